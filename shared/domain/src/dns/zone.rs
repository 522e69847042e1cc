//! Zones, and how their owner shows control of the domain.

use serde::{Deserialize, Serialize};

use super::{CHALLENGE_LABEL, ZONE_RESERVED};
use crate::{ApiError, Code, OrganisationId, Timestamp, ZoneId, stored_enum::stored_enum};

stored_enum! {
    /// Verification status of a zone.
    #[derive(Default)]
    pub enum ZoneStatus {
        /// The owner has not shown control of the domain yet. Zones of releases without this status are
        /// pending, since they were never checked.
        #[default]
        Pending = "pending",
        /// The owner has shown control of the domain. The zone is published, and no other organisation
        /// can have it.
        Verified = "verified",
    }
}

/// The TXT record by which the owner of a zone shows control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// The name of the record.
    pub name: String,
    /// Text of the record.
    pub value: String,
}

/// A claim to the name of a zone, by an organisation that has shown control, or that removed the
/// zone after showing control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ZoneClaim {
    /// The zone.
    pub zone_id: ZoneId,
    /// Organisation id.
    pub organisation_id: OrganisationId,
    /// Time at which control was shown. Absent for zones of releases that did not require it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<Timestamp>,
    /// Time at which the zone was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released_at: Option<Timestamp>,
}

impl ZoneClaim {
    /// Whether the zone is verified, so that no other organisation can have it.
    pub const fn is_live(&self) -> bool {
        self.verified_at.is_some() && self.released_at.is_none()
    }

    /// Whether the zone was removed so recently that the same organisation can have it back without
    /// showing control again.
    pub fn is_reserved_for(&self, organisation: OrganisationId, now: Timestamp) -> bool {
        self.organisation_id == organisation
            && self.released_at.is_some_and(|at| now < at.plus(ZONE_RESERVED))
    }
}

/// A DNS zone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Zone {
    /// Id.
    pub id: ZoneId,
    /// Organisation id.
    pub organisation_id: OrganisationId,
    /// Name in ASCII, lower case, without the trailing dot. Unique in the organisation, and in the
    /// deployment once verified.
    pub name: String,
    /// Whether its owner has shown control of it.
    #[serde(default)]
    pub status: ZoneStatus,
    /// Time at which control was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<Timestamp>,
    /// Number of records, updated in the transactions that add and remove them.
    pub record_count: u64,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Counts every change of the zone and its records.
    pub version: u64,
}

impl Zone {
    /// Creates a pending zone without records.
    pub const fn pending(
        id: ZoneId,
        organisation_id: OrganisationId,
        name: String,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            organisation_id,
            name,
            status: ZoneStatus::Pending,
            verified_at: None,
            record_count: 0,
            created_at: now,
            version: 1,
        }
    }

    /// The record that shows control. It contains the zone's id, so each organisation and each zone
    /// of the same name has its own.
    pub fn challenge(&self) -> Challenge {
        Challenge {
            name: format!("{CHALLENGE_LABEL}.{}", self.name),
            value: format!("provost-zone={}", self.id),
        }
    }

    /// Whether these texts at the challenge name show control of the zone.
    pub fn is_proved_by(&self, texts: &[Vec<u8>]) -> bool {
        let wanted = self.challenge().value;
        texts.iter().any(|text| text.trim_ascii() == wanted.as_bytes())
    }

    /// The zone as verified.
    #[must_use]
    pub fn verified(self, now: Timestamp) -> Self {
        Self { status: ZoneStatus::Verified, verified_at: Some(now), ..self }
    }
}

/// The error for a zone that another organisation has verified.
pub fn verified_by_another() -> ApiError {
    let detail = "Another organisation has already verified this domain. If the domain is yours, ask support to release it.";
    ApiError::new(Code::AlreadyExists, detail).with("field", "name")
}

/// Checks that no organisation has verified a domain. `claim` is the claim on its name.
///
/// # Errors
/// `ALREADY_EXISTS`.
pub fn check_unclaimed(claim: Option<&ZoneClaim>) -> Result<(), ApiError> {
    if claim.is_some_and(ZoneClaim::is_live) { Err(verified_by_another()) } else { Ok(()) }
}

/// The error for a zone that the organisation already has.
pub fn already_yours() -> ApiError {
    ApiError::new(
        Code::AlreadyExists,
        "Your organisation already has this zone. Use the existing zone.",
    )
    .with("field", "name")
}

/// The error while the challenge record is missing.
pub fn not_proved(challenge: &Challenge) -> ApiError {
    let detail = format!(
        "No TXT record with the text {} was found at {}. Add the record at your current DNS provider, wait until it is visible, and check again.",
        challenge.value, challenge.name
    );
    ApiError::invalid_action(detail, &["verify-zone"])
}

/// The error while the domain's name servers do not respond.
pub fn not_answered(challenge: &Challenge) -> ApiError {
    let detail = format!(
        "The domain's name servers did not answer a query for {}. Check that they are reachable, and try again in a few minutes.",
        challenge.name
    );
    ApiError::new(Code::Unavailable, detail)
}
