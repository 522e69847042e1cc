//! Records a change twice in the same transaction: in the audit log for staff, and in the
//! organisation's activity for its members.

use provost_domain::{
    ActivityId, OrganisationId,
    audit::{Changes, Resource, note_change},
    organisation_activity::Activity,
};
use provost_http::{HandlerResult, OrganisationGrant, RequestContext, StaffGrant};
use provost_store::{StoreError, Transaction};
use serde::Serialize;

/// Maximum size of a record's content in the logs, in bytes. A longer text is truncated.
const MAX_SHOWN: usize = 4096;

/// The content of a record as the logs show it: ASCII, so it can be cut anywhere.
pub fn shown(content: &str) -> String {
    match content.get(..MAX_SHOWN) {
        Some(start) if content.len() > MAX_SHOWN => format!("{start}… ({} bytes)", content.len()),
        _ => content.to_owned(),
    }
}

/// A recorded change.
#[derive(Debug)]
pub struct ResourceEvent {
    /// Name of the action, such as `server.created`.
    pub action: &'static str,
    /// Kind of resource, such as `server`.
    pub kind: &'static str,
    /// Resource id.
    pub id: String,
    /// Changed fields.
    pub changes: Changes,
    /// Reason, if one was given.
    pub reason: Option<String>,
}

impl ResourceEvent {
    /// A change of a resource.
    pub fn of(action: &'static str, kind: &'static str, id: impl ToString) -> Self {
        Self { action, kind, id: id.to_string(), changes: Changes::new(), reason: None }
    }

    /// Adds a changed field.
    #[must_use]
    pub fn change<T: Serialize>(
        mut self,
        field: &str,
        before: Option<T>,
        after: Option<T>,
    ) -> Self {
        note_change(&mut self.changes, field, &before, &after);
        self
    }

    /// Records a change by an organisation; staff give a reason in the header `X-Reason`.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` for an invalid reason.
    pub fn write(
        self,
        ctx: &RequestContext<OrganisationGrant>,
        tx: &mut Transaction,
    ) -> HandlerResult<()> {
        let activity = self.activity(
            ctx.organisation.id,
            ctx.app.id(ActivityId::new),
            ctx.now(),
            &ctx.caller,
            ctx.by_staff(),
        );
        let mut entry = ctx.entry(self.action, Resource::Other { kind: self.kind, id: self.id });
        entry.changes = self.changes;
        entry.reason = ctx.reason(self.reason.as_deref())?;
        tx.audit(entry)?;
        Ok(tx.add_activity(&activity)?)
    }

    /// Records a change by staff that affects these organisations.
    pub fn write_by_staff(
        self,
        ctx: &RequestContext<StaffGrant>,
        tx: &mut Transaction,
        organisations: &[OrganisationId],
    ) -> Result<(), StoreError> {
        for id in organisations {
            tx.add_activity(&self.activity(
                *id,
                ctx.app.id(ActivityId::new),
                ctx.now(),
                &ctx.caller,
                true,
            ))?;
        }
        let mut entry = ctx.entry(self.action, Resource::Other { kind: self.kind, id: self.id });
        entry.changes = self.changes;
        entry.reason = self.reason;
        tx.audit(entry)
    }

    fn activity(
        &self,
        organisation_id: OrganisationId,
        id: ActivityId,
        at: provost_domain::Timestamp,
        caller: &provost_auth::Caller,
        by_staff: bool,
    ) -> Activity {
        let mut changes = self.changes.clone();
        // An entry has no field for the affected resource, so the changes name it.
        note_change(&mut changes, self.kind, &None::<&str>, &Some(self.id.as_str()));
        Activity {
            id,
            organisation_id,
            at,
            action: self.action.to_owned(),
            actor: caller.principal.pseudonym,
            by_staff,
            about: None,
            invite: None,
            changes,
        }
    }
}
