//! Accounts over HTTP: registering, confirming, choosing a new password, reading and changing one's
//! own account.

mod api {
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
