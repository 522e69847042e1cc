//! Saved views: named parameters of the list of users, which a member of staff keeps.

use serde::{Deserialize, Serialize};

use crate::{ApiError, Code, SavedViewId, Timestamp, text};

/// Maximum number of views of a member of staff.
pub const MAX_VIEWS: usize = 50;
/// Maximum length of a name, in characters.
pub const MAX_NAME: usize = 64;
/// Maximum length of the parameters, in bytes.
pub const MAX_QUERY: usize = 4096;

/// A saved view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SavedView {
    /// Id.
    pub id: SavedViewId,
    /// Name, unique among the views of its owner.
    pub name: String,
    /// The parameters, as the query string of the list of users.
    pub query: String,
    /// Time of creation.
    pub created_at: Timestamp,
}

/// Checks that a view with this name can be added to those of its owner.
///
/// # Errors
/// `ALREADY_EXISTS` for a name that a view has, regardless of case; `INVALID_ACTION` above the
/// maximum number.
pub fn check_addable(views: &[SavedView], name: &str) -> Result<(), ApiError> {
    let wanted = text::caseless(name);
    if views.iter().any(|view| text::caseless(&view.name) == wanted) {
        return Err(ApiError::new(
            Code::AlreadyExists,
            "You have a view with this name. Choose another name, or delete that view.",
        )
        .with("field", "name"));
    }
    if views.len() >= MAX_VIEWS {
        return Err(ApiError::invalid_action(
            format!("You have {MAX_VIEWS} views, which is the maximum. Delete one first."),
            &[],
        ));
    }
    Ok(())
}
