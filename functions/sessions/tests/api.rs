//! Sessions over HTTP: signing in, staying signed in, signing out.

mod api {
    mod enumeration;
    mod input;
    mod leaving;
    mod lockout;
    mod login;
    mod refresh;
    mod sessions;
    mod spent;
    pub mod support;
}
