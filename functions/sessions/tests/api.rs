//! Sessions over HTTP: signing in, staying signed in, signing out.

mod api {
    mod behind_a_cdn;
    mod enumeration;
    mod imported;
    mod input;
    mod lockout;
    mod login;
    mod pending_deletion;
    mod refresh;
    mod sessions;
    mod spent;
    pub mod support;
}
