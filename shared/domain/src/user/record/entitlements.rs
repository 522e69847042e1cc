//! How plans, student status and grants change what an account may use.

use serde_json::Value;

use super::{PortalTier, User};
use crate::{
    ApiError, Timestamp,
    audit::{Changes, note_change},
    entitlement::{AppliedPlan, Benefits, Limits, PlanSource, Student, StudentClaim},
    product::{Product, STORAGE},
};

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
