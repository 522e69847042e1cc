//! Usernames that an account gave up, which stay reserved for a while.

use serde::{Deserialize, Serialize};

use super::User;
use crate::{Timestamp, Username, contact, reserved};

/// Maximum number of former usernames that are reserved for an account. One more frees the oldest,
/// so that nobody can reserve many names by frequent changes.
pub const MAX_FORMER_USERNAMES: usize = 5;

/// A username that an account gave up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FormerUsername {
    /// The name.
    #[serde(deserialize_with = "contact::stored")]
    pub username: Username,
    /// Time until which no other user may take the name.
    pub reserved_until: Timestamp,
}

impl User {
    /// Changes the username and reserves the former one. Returns a former username that is no
    /// longer reserved, because the account has too many.
    pub fn take_username(&mut self, username: Username, now: Timestamp) -> Option<Username> {
        self.former_usernames.retain(|former| former.username != username);
        let given_up = self.username.replace(username)?;
        self.former_usernames.push(FormerUsername {
            username: given_up,
            reserved_until: now.plus(reserved::HELD_FOR),
        });
        let oldest = (self.former_usernames.len() > MAX_FORMER_USERNAMES)
            .then(|| self.former_usernames.remove(0));
        oldest.filter(|former| now < former.reserved_until).map(|former| former.username)
    }
}
