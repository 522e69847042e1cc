//! An organisation's activity log: what changed, when, and by whom. It names users by pseudonym
//! only, so it stays complete after an erasure without identifying anybody.

use serde::{Deserialize, Serialize};

use crate::{ActivityId, InviteId, OrganisationId, Pseudonym, Timestamp, audit::Changes};

/// An entry of the activity log.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Activity {
    /// Activity id, which sorts by time.
    pub id: ActivityId,
    /// The organisation.
    pub organisation_id: OrganisationId,
    /// Time of the action.
    pub at: Timestamp,
    /// Action, such as `organisation.created` or `organisation.member_removed`.
    pub action: String,
    /// Pseudonym of the actor.
    pub actor: Pseudonym,
    /// Whether the actor acted as staff of the platform.
    #[serde(default)]
    pub by_staff: bool,
    /// Pseudonym of the affected member.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub about: Option<Pseudonym>,
    /// Affected invitation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub invite: Option<InviteId>,
    /// Changed fields, without personal data.
    #[serde(skip_serializing_if = "Changes::is_empty", default)]
    pub changes: Changes,
}
