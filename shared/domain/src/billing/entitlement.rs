//! What an account is entitled to beyond its role: a plan from staff or a subscription, student
//! status, granted storage.
//!
//! All of these affect tier, limits and storage. The base is what the account has without a plan; a
//! plan replaces the base and remembers it. Student status changes the base; grants are added to
//! the result.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    ProductId, Pseudonym, Timestamp, stored_enum::stored_enum, stripe_id::StripeId,
    tier::PortalTier,
};

/// Limits by name; a plan does not limit what it does not name.
pub type Limits = BTreeMap<String, Value>;

/// Tier, storage and limits: what a plan replaces and gives back when it ends.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Benefits {
    /// Tier, which decides what the account may use.
    pub portal_tier: PortalTier,
    /// Storage quota in bytes, without granted storage.
    pub storage_quota: u64,
    /// Limits by name.
    #[serde(default)]
    pub limits: Limits,
}

/// Source of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PlanSource {
    /// Applied by staff, without a checkout.
    Staff {
        /// Pseudonym of the staff member.
        by: Pseudonym,
    },
    /// A paid subscription.
    Subscription {
        /// Stripe id of the subscription.
        subscription: StripeId,
    },
    /// A source that only a later release knows, with its fields.
    Unknown(BTreeMap<String, Value>),
}

/// A plan that was applied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppliedPlan {
    /// Product id.
    pub id: ProductId,
    /// Name of the plan when it was applied.
    pub name: String,
    /// Portal tier of the plan.
    pub portal_tier: PortalTier,
    /// Time at which the plan was applied.
    pub at: Timestamp,
    /// Source of the plan.
    #[serde(flatten)]
    pub source: PlanSource,
    /// What the account had before its first plan, and returns to when the plan is cancelled.
    pub before: Benefits,
}

stored_enum! {
    /// Proof of student status.
    pub enum StudentSource {
        /// GitHub's student programme.
        Github = "github",
        /// Hack Club.
        Hackclub = "hackclub",
        /// A document from a school.
        Document = "document",
    }
}

/// A claim of student status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StudentClaim {
    /// Kind of proof.
    pub source: StudentSource,
    /// GitHub username.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub github_login: Option<String>,
}

impl StudentClaim {
    /// URL of the GitHub profile.
    pub fn github_profile_url(&self) -> Option<String> {
        self.github_login.as_ref().map(|login| format!("https://github.com/{login}"))
    }
}

/// Student status.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Student {
    /// The claim that was approved; absent if another service set the status.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub claim: Option<StudentClaim>,
    /// Time of approval; absent if another service set the status.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub verified_at: Option<Timestamp>,
    /// Whether the student must verify again. The account is on the free tier until then.
    #[serde(default)]
    pub reverify_required: bool,
    /// What the account had before it was required to verify again, and returns to afterwards.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kept: Option<Benefits>,
}

impl Student {
    /// Student status without a claim.
    pub(crate) const fn unverified() -> Self {
        Self { claim: None, verified_at: None, reverify_required: false, kept: None }
    }

    /// Kind of proof.
    pub fn source(&self) -> Option<StudentSource> {
        self.claim.as_ref().map(|claim| claim.source)
    }

    /// GitHub username.
    pub fn github_login(&self) -> Option<&str> {
        self.claim.as_ref().and_then(|claim| claim.github_login.as_deref())
    }
}

/// What an account is entitled to beyond its role.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Entitlements {
    /// Granted storage in bytes, included in `storage_quota`.
    #[serde(skip_serializing_if = "is_zero")]
    pub granted_storage: u64,
    /// The plan that was applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<AppliedPlan>,
    /// Student status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub student: Option<Student>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Entitlements {
    /// Whether the account has no entitlements.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the user must verify again to get the tier back.
    pub fn reverify_required(&self) -> bool {
        self.student.as_ref().is_some_and(|student| student.reverify_required)
    }
}
