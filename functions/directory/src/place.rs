//! Where a group of found things goes on: sealed into a cursor that is good for the same caller, the same text and the same kind only.

use provost_http::{Answer, Call, access::Staff, cursor};
use serde::{Deserialize, Serialize};

use crate::views::Kind;

/// What a page comes from, in this order; only people are found by their addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Those whose unique name it is; they are few, and only the smallest pages cannot hold them all.
    Unique,
    /// By the beginning of the name.
    Names,
    /// By the beginning of the address.
    Addresses,
}

/// Where a group goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// From what.
    pub stage: Stage,
    /// The position there; nothing at its beginning.
    pub at: Option<String>,
    /// What stood on an earlier page, because its unique name is the very text.
    pub shown: Vec<String>,
}

impl Place {
    /// Where every group begins.
    pub const BEGINNING: Self = Self { stage: Stage::Unique, at: None, shown: Vec::new() };

    /// The position in the index of names, as long as the page comes from there.
    pub fn among_names(&self) -> Option<&str> {
        self.at.as_deref().filter(|_| self.stage == Stage::Names)
    }
}

fn context(call: &Call<Staff>, kind: Kind, q: &str) -> String {
    let query = serde_json::json!([kind, q]).to_string();
    cursor::context(&call.caller.principal.user_id.to_string(), "search", &[], &query)
}

/// Opens a cursor of a group.
///
/// # Errors
/// `VALIDATION_FAILED` on `cursor` for one of another caller, text or kind.
pub async fn open(call: &Call<Staff>, kind: Kind, q: &str, cursor: &str) -> Answer<Place> {
    let key = call.app.keys().cursor().await?;
    let position = cursor::open_position(&key, &context(call, kind, q), cursor)?;
    // Whatever was sealed is a place.
    Ok(serde_json::from_str(&position).unwrap_or(Place::BEGINNING))
}

/// Seals a place into a cursor.
///
/// # Errors
/// When the key is out of reach.
pub async fn seal(call: &Call<Staff>, kind: Kind, q: &str, place: &Place) -> Answer<Option<String>> {
    let key = call.app.keys().cursor().await?;
    let position = serde_json::to_string(place).unwrap_or_default();
    Ok(cursor::seal_position(&key, &context(call, kind, q), &position))
}
