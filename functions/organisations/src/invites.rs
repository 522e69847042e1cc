//! Invitations: of organisations and of users.

pub(crate) mod accept;
pub(crate) mod create;
pub(crate) mod list_mine;
pub(crate) mod reject;
pub(crate) mod resend;
pub(crate) mod revoke;
