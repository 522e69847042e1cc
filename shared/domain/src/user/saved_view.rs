//! Saved views: named parameters of the list of users, which a member of staff keeps, for themselves
//! or for all staff who may list users.

use serde::{Deserialize, Serialize};

use crate::{ApiError, Code, SavedViewId, Timestamp, UserId, text};

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
    /// Whether all staff who may list users see it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shared: bool,
    /// Time of creation.
    pub created_at: Timestamp,
}

/// A view that its owner shares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SharedView {
    /// The member of staff who saved it.
    pub owner_id: UserId,
    /// The view.
    #[serde(flatten)]
    pub view: SavedView,
}

/// New values of a view; none leaves a value as it is.
#[derive(Debug, Clone, Default)]
pub struct SavedViewEdit {
    /// Name.
    pub name: Option<String>,
    /// Parameters, which were read before.
    pub query: Option<String>,
    /// Whether all staff who may list users see it.
    pub shared: Option<bool>,
}

impl SavedViewEdit {
    /// The view with the new values.
    pub fn apply(self, view: &SavedView) -> SavedView {
        SavedView {
            name: self.name.unwrap_or_else(|| view.name.clone()),
            query: self.query.unwrap_or_else(|| view.query.clone()),
            shared: self.shared.unwrap_or(view.shared),
            ..view.clone()
        }
    }
}

/// Checks that a view with this name can be added to those of its owner.
///
/// # Errors
/// `ALREADY_EXISTS` for a name that a view has, regardless of case; `INVALID_ACTION` above the
/// maximum number.
pub fn check_addable(views: &[SavedView], name: &str) -> Result<(), ApiError> {
    check_name(views, name)?;
    if views.len() >= MAX_VIEWS {
        return Err(ApiError::invalid_action(
            format!("You have {MAX_VIEWS} views, which is the maximum. Delete one first."),
            &[],
        ));
    }
    Ok(())
}

/// Checks that none of the views has a name.
///
/// # Errors
/// `ALREADY_EXISTS` for a name that a view has, regardless of case.
pub fn check_name(views: &[SavedView], name: &str) -> Result<(), ApiError> {
    let wanted = text::caseless(name);
    if views.iter().any(|view| text::caseless(&view.name) == wanted) {
        return Err(ApiError::new(
            Code::AlreadyExists,
            "The owner has a view with this name. Choose another name, or delete that view.",
        )
        .with("field", "name"));
    }
    Ok(())
}
