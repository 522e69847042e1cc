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
    ApiError, ProductId, Pseudonym, Timestamp, User,
    audit::{Changes, note_change},
    product::{Product, STORAGE},
    stored_enum::stored_enum,
    stripe_id::StripeId,
    user::PortalTier,
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
    const fn unverified() -> Self {
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

/// Records the difference between entitlements in an audit entry; each side comes with its limits.
pub fn note_entitlements(changes: &mut Changes, before: (&User, &Limits), after: (&User, &Limits)) {
    let plan = |person: &User| person.entitlements.plan.as_ref().map(|plan| plan.name.clone());
    note_change(changes, "plan", &plan(before.0), &plan(after.0));
    note_change(changes, "studentVerified", &before.0.student_verified, &after.0.student_verified);
    note_change(changes, "portalTier", &before.0.portal_tier, &after.0.portal_tier);
    note_change(changes, "storageQuota", &before.0.storage_quota, &after.0.storage_quota);
    note_change(changes, "limits", before.1, after.1);
}

impl User {
    /// The current benefits; the limits are stored in the profile.
    pub fn benefits(&self, limits: &Limits) -> Benefits {
        Benefits {
            portal_tier: self.portal_tier,
            storage_quota: self.storage_quota.saturating_sub(self.entitlements.granted_storage),
            limits: limits.clone(),
        }
    }

    fn hold(&mut self, benefits: &Benefits) {
        self.portal_tier = benefits.portal_tier;
        self.storage_quota =
            benefits.storage_quota.saturating_add(self.entitlements.granted_storage);
    }

    /// Changes the base of the account, under a plan or without one. Returns the effective limits.
    fn change_base(&mut self, limits: Limits, change: impl FnOnce(&mut Benefits)) -> Limits {
        if let Some(plan) = &mut self.entitlements.plan {
            change(&mut plan.before);
            return limits;
        }
        let mut base = self.benefits(&limits);
        change(&mut base);
        self.hold(&base);
        base.limits
    }

    /// Applies a plan; tier and limits change immediately. If a plan is already applied, the base
    /// that it remembers is kept. Returns the effective limits.
    #[must_use]
    pub fn apply_plan(
        mut self,
        plan: &Product,
        limits: &Limits,
        source: PlanSource,
        now: Timestamp,
    ) -> (Self, Limits) {
        let before = self
            .entitlements
            .plan
            .take()
            .map_or_else(|| self.benefits(limits), |earlier| earlier.before);
        let portal_tier = plan.portal_tier.unwrap_or(before.portal_tier);
        let given = Benefits {
            portal_tier,
            storage_quota: plan.limits.get(STORAGE).copied().unwrap_or(before.storage_quota),
            limits: plan
                .limits
                .iter()
                .filter(|(name, _)| *name != STORAGE)
                .map(|(name, limit)| (name.clone(), Value::from(*limit)))
                .collect(),
        };
        self.hold(&given);
        self.entitlements.plan = Some(AppliedPlan {
            id: plan.id,
            name: plan.name.clone(),
            portal_tier,
            at: now,
            source,
            before,
        });
        (self.changed(now), given.limits)
    }

    /// Cancels the plan and restores exactly what the account had before the first plan. `None`
    /// without a plan.
    #[must_use]
    pub fn cancel_plan(mut self, now: Timestamp) -> Option<(Self, Limits)> {
        let plan = self.entitlements.plan.take()?;
        self.hold(&plan.before);
        Some((self.changed(now), plan.before.limits))
    }

    /// Adds granted storage.
    #[must_use]
    pub fn grant_storage(mut self, bytes: u64, now: Timestamp) -> Self {
        self.entitlements.granted_storage = self.entitlements.granted_storage.saturating_add(bytes);
        self.storage_quota = self.storage_quota.saturating_add(bytes);
        self.changed(now)
    }

    /// Removes granted storage from the quota. Stored files remain, even above the quota.
    #[must_use]
    pub fn withdraw_storage(mut self, bytes: u64, now: Timestamp) -> Self {
        let taken = bytes.min(self.entitlements.granted_storage);
        self.entitlements.granted_storage -= taken;
        self.storage_quota = self.storage_quota.saturating_sub(taken);
        self.changed(now)
    }

    /// Sets student status: restores what the account had before it was required to verify again,
    /// and moves a free account to the educational tier.
    #[must_use]
    pub fn become_student(
        mut self,
        claim: StudentClaim,
        limits: Limits,
        now: Timestamp,
    ) -> (Self, Limits) {
        let kept = self.entitlements.student.take().and_then(|earlier| earlier.kept);
        let limits = self.change_base(limits, |base| match kept {
            Some(kept) if base.portal_tier == PortalTier::Free => {
                (base.portal_tier, base.limits) = (kept.portal_tier, kept.limits)
            }
            _ if base.portal_tier == PortalTier::Free => base.portal_tier = PortalTier::Educational,
            _ => {}
        });
        if let Some(plan) = &self.entitlements.plan {
            self.portal_tier = plan.portal_tier;
        }
        self.student_verified = true;
        self.entitlements.student = Some(Student {
            claim: Some(claim),
            verified_at: Some(now),
            reverify_required: false,
            kept: None,
        });
        (self.changed(now), limits)
    }

    /// Requires the student to verify again. The account is on the free tier until then.
    ///
    /// # Errors
    /// `INVALID_ACTION` when the account has no student status.
    pub fn require_reverify(
        mut self,
        limits: Limits,
        now: Timestamp,
    ) -> Result<(Self, Limits), ApiError> {
        if !self.student_verified {
            return Err(ApiError::invalid_action(
                "This account has no student status, so it cannot be verified again.",
                &[],
            ));
        }
        let mut student = self.entitlements.student.take().unwrap_or_else(Student::unverified);
        let mut kept = None;
        let limits = self.change_base(limits, |base| {
            kept = Some(base.clone());
            drop_education(base);
        });
        if self.portal_tier == PortalTier::Educational {
            self.portal_tier = PortalTier::Free;
        }
        student.kept = kept;
        student.reverify_required = true;
        self.student_verified = false;
        self.entitlements.student = Some(student);
        Ok((self.changed(now), limits))
    }

    /// Removes student status, together with the educational tier, its limits, and an educational
    /// plan. `None` when the account has no student status.
    #[must_use]
    pub fn end_student(mut self, limits: Limits, now: Timestamp) -> Option<(Self, Limits)> {
        if self.entitlements.student.take().is_none() && !self.student_verified {
            return None;
        }
        self.student_verified = false;
        let educational = self
            .entitlements
            .plan
            .as_ref()
            .is_some_and(|plan| plan.portal_tier == PortalTier::Educational);
        let plan = if educational { self.entitlements.plan.take() } else { None };
        let limits = match plan {
            Some(plan) => {
                self.hold(&plan.before);
                plan.before.limits
            }
            None => limits,
        };
        let limits = self.change_base(limits, drop_education);
        Some((self.changed(now), limits))
    }

    /// Marks the identity of the user as verified.
    #[must_use]
    pub fn confirm_identity(mut self, now: Timestamp) -> Self {
        self.id_verified = true;
        self.changed(now)
    }
}

fn drop_education(base: &mut Benefits) {
    if base.portal_tier != PortalTier::Educational {
        return;
    }
    base.portal_tier = PortalTier::Free;
    base.limits.clear();
}
