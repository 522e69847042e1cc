//! The routes of the function `credentials`: API keys, with which programs act for a user, and SSH keys for servers.

mod add_ssh_key;
mod create;
mod list;
mod list_ssh_keys;
mod public_key;
mod published_keys;
mod remove;
mod remove_ssh_key;
mod view;

use http::Method;
use provost_domain::Code;
use provost_http::{Effect, Routes, SignedIn};

/// The table of this function.
pub fn routes() -> Routes {
    Routes::of("credentials")
        .get("/api/apikeys/my", SignedIn, list::list_api_keys, "List your API keys, oldest first.")
        .route(
            Method::POST,
            "/api/apikeys",
            SignedIn,
            Effect::Sensitive,
            create::create_api_key,
            "Create an API key. It is shown only in this answer.",
        )
        .errors(&[Code::SuperadminRequired, Code::InvalidAction])
        .route(
            Method::DELETE,
            "/api/apikeys/{id}",
            SignedIn,
            Effect::Sensitive,
            remove::delete_api_key,
            "Delete an API key. Takes effect immediately.",
        )
        .get("/api/ssh-keys", SignedIn, list_ssh_keys::list_ssh_keys, "List your SSH keys, oldest first.")
        .route(Method::POST, "/api/ssh-keys", SignedIn, Effect::Sensitive, add_ssh_key::add_ssh_key, "Add an SSH public key.")
        .errors(&[Code::InvalidAction, Code::AlreadyExists])
        .route(Method::DELETE, "/api/ssh-keys/{id}", SignedIn, Effect::Sensitive, remove_ssh_key::delete_ssh_key, "Delete an SSH key.")
}
