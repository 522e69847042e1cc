//! What the audit log says of a plan that changed: its name, and what it exchanged.

use provost_domain::{
    Principal,
    audit::{Changes, note_change},
    entitlement::Limits,
};

/// Notes what is different after a plan was applied or taken away; each side with the limits that counted then.
pub fn note_plan(changes: &mut Changes, before: (&Principal, &Limits), after: (&Principal, &Limits)) {
    let name = |person: &Principal| person.entitlements.plan.as_ref().map(|plan| plan.name.clone());
    note_change(changes, "plan", &name(before.0), &name(after.0));
    note_change(changes, "portalTier", &before.0.portal_tier, &after.0.portal_tier);
    note_change(changes, "storageQuota", &before.0.storage_quota, &after.0.storage_quota);
    note_change(changes, "limits", before.1, after.1);
}
