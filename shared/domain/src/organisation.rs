//! Organisations: workspaces that people share.

use serde::{Deserialize, Serialize};

use crate::{OrganisationId, Timestamp, UserId, principal::PortalTier};

/// What a member may do in an organisation. The order is the rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MemberRole {
    /// Uses it.
    Member,
    /// Runs it.
    Admin,
    /// Answers for it; exactly one.
    Owner,
}

/// One organisation.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
    /// Its globally unique handle.
    pub handle: String,
    /// Who answers for it.
    pub owner_id: UserId,
    /// Its tier.
    pub portal_tier: PortalTier,
    /// How many members it has; kept exact in the transactions that add and remove them.
    pub member_count: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// Counts every change.
    pub version: u64,
}

/// One membership.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The organisation.
    pub organisation_id: OrganisationId,
    /// The person.
    pub member_id: UserId,
    /// Their role there.
    pub role: MemberRole,
    /// Since when.
    pub joined_at: Timestamp,
}
