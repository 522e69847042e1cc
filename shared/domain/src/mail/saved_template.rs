//! A template as staff saved it, instead of the built-in one.

use serde::{Deserialize, Serialize};

use super::{
    Template,
    content::{Language, MailContent},
};
use crate::Timestamp;

/// The content of a template in one language, as staff saved it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SavedTemplate {
    /// The template.
    pub template: Template,
    /// Language of the content.
    pub language: Language,
    /// The content; none after a return to the built-in content.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub content: Option<MailContent>,
    /// Version: 1 for the first change of the built-in content.
    pub version: u64,
    /// Time of the change.
    pub updated_at: Timestamp,
}
