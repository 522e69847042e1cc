//! The routes of the function `credentials`: API keys, with which programs act for a user, and SSH
//! keys for servers.

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
use provost_http::{Access, Effect, Routes};

/// The routes of this function.
pub fn routes() -> Routes {
    Routes::of("credentials")
        .get(
            "/api/apikeys/my",
            Access::signed_in(),
            list::list_api_keys,
            "List your API keys, oldest first.",
        )
        .route(
            Method::POST,
            "/api/apikeys",
            Access::signed_in(),
            Effect::Sensitive,
            create::create_api_key,
            "Create an API key. It is shown only in this answer.",
        )
        .errors(&[Code::SuperadminRequired, Code::InvalidAction])
        .route(
            Method::DELETE,
            "/api/apikeys/{id}",
            Access::signed_in(),
            Effect::Sensitive,
            remove::delete_api_key,
            "Delete an API key. Takes effect immediately.",
        )
        .get(
            "/api/ssh-keys",
            Access::signed_in(),
            list_ssh_keys::list_ssh_keys,
            "List your SSH keys, oldest first.",
        )
        .route(
            Method::POST,
            "/api/ssh-keys",
            Access::signed_in(),
            Effect::Sensitive,
            add_ssh_key::add_ssh_key,
            "Add an SSH public key.",
        )
        .errors(&[Code::InvalidAction, Code::AlreadyExists])
        .route(
            Method::DELETE,
            "/api/ssh-keys/{id}",
            Access::signed_in(),
            Effect::Sensitive,
            remove_ssh_key::delete_ssh_key,
            "Delete an SSH key.",
        )
}
