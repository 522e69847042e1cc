//! Accounts over HTTP: registration, email verification, password reset, reading and updating
//! one's own account.

mod api {
    mod contacts;
    mod history;
    mod impersonations;
    mod input;
    mod password;
    mod register;
    mod show;
    mod spent;
    pub mod support;
    mod texts;
    mod update;
    mod verify_email;
}
