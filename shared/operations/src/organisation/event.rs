use provost_domain::{
    ActivityId, InviteId, OrganisationId, Pseudonym, User,
    audit::{Changes, Resource, note_change},
    organisation_activity::Activity,
    organisation_invite::Inviter,
};
use provost_store::{StoreError, Transaction};
use serde::Serialize;

use crate::Op;

/// Who changes an organisation, as its activity shows it.
#[derive(Debug, Clone, Copy)]
pub struct EventActor {
    /// Pseudonym of the user.
    pub pseudonym: Pseudonym,
    /// Whether the user acts as staff of the platform.
    pub as_staff: bool,
}

impl EventActor {
    /// A user who acts for themselves or by their role in the organisation.
    pub const fn member(user: &User) -> Self {
        Self { pseudonym: user.pseudonym, as_staff: false }
    }

    /// A user who acts as staff of the platform.
    pub const fn staff(user: &User) -> Self {
        Self { pseudonym: user.pseudonym, as_staff: true }
    }
}

impl From<&Inviter<'_>> for EventActor {
    fn from(inviter: &Inviter<'_>) -> Self {
        Self { pseudonym: inviter.user.pseudonym, as_staff: inviter.as_staff }
    }
}

/// A change, recorded twice in its transaction: in the audit log of the platform, and in the
/// activity of an organisation, which names users only by pseudonym.
#[derive(Debug)]
pub(crate) struct OrganisationEvent {
    action: &'static str,
    resource: Resource,
    about: Option<Pseudonym>,
    invite: Option<InviteId>,
    /// Kind and id of a resource of the organisation.
    names: Option<(&'static str, String)>,
    changes: Changes,
}

impl OrganisationEvent {
    /// A change of an organisation. The action is a name such as `organisation.created`.
    pub(crate) fn of(action: &'static str, organisation: OrganisationId) -> Self {
        let resource = Resource::Other { kind: "organisation", id: organisation.to_string() };
        Self { action, resource, about: None, invite: None, names: None, changes: Changes::new() }
    }

    /// A change of a membership; of the organisation if the member has no account.
    pub(crate) fn of_member(
        action: &'static str,
        organisation: OrganisationId,
        member: Option<&User>,
    ) -> Self {
        let event = Self::of(action, organisation);
        let Some(member) = member else { return event };
        Self {
            resource: Resource::Owned {
                kind: "membership",
                id: organisation.to_string(),
                owner: member.subject(),
            },
            about: Some(member.pseudonym),
            ..event
        }
    }

    /// A change of a resource, such as a server.
    pub(crate) fn of_resource(action: &'static str, kind: &'static str, id: impl ToString) -> Self {
        let id = id.to_string();
        Self {
            action,
            resource: Resource::Other { kind, id: id.clone() },
            about: None,
            invite: None,
            names: Some((kind, id)),
            changes: Changes::new(),
        }
    }

    /// Sets the affected invitation.
    pub(crate) const fn invite(mut self, id: InviteId) -> Self {
        self.invite = Some(id);
        self
    }

    /// Adds a changed field. It must not contain personal data.
    pub(crate) fn change<T: Serialize>(
        mut self,
        field: &str,
        before: Option<T>,
        after: Option<T>,
    ) -> Self {
        note_change(&mut self.changes, field, &before, &after);
        self
    }

    /// Whether no field changed.
    pub(crate) fn is_unchanged(&self) -> bool {
        self.changes.is_empty()
    }

    /// Records the change in the activity of these organisations and in the audit log.
    pub(crate) fn record(
        self,
        op: &Op<'_>,
        tx: &mut Transaction,
        organisations: &[OrganisationId],
        by: EventActor,
    ) -> Result<(), StoreError> {
        for organisation in organisations {
            tx.add_activity(&self.activity(op, *organisation, by))?;
        }
        let mut entry = op.entry(self.action, self.resource);
        entry.changes = self.changes;
        tx.audit(entry)
    }

    fn activity(&self, op: &Op<'_>, organisation_id: OrganisationId, by: EventActor) -> Activity {
        let mut changes = self.changes.clone();
        // An activity has no field for a resource of the organisation, so the changes name it.
        if let Some((kind, id)) = &self.names {
            note_change(&mut changes, kind, &None, &Some(id));
        }
        Activity {
            id: op.app.id(ActivityId::new),
            organisation_id,
            at: op.now,
            action: self.action.to_owned(),
            actor: by.pseudonym,
            by_staff: by.as_staff,
            about: self.about,
            invite: self.invite,
            changes,
        }
    }
}
