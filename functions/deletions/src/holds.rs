//! Legal holds: a hold belongs to an account, stops its pending deletion, and makes later deletions
//! start on hold.

use provost_app::App;
use provost_domain::{
    Principal, Pseudonym, UserId,
    audit::Resource,
    deletion::{DeletionRequest, DeletionState, DeletionView, HELD, HOLD_LIFTED, Hold, HoldView},
};
use provost_http::{HandlerResult, RequestContext, access::AccessGrant};
use provost_store::Transaction;
use serde::Serialize;

use crate::changes::{resource, view};

/// An account and its pending deletion request, if there is one.
pub(crate) struct Account {
    /// The account.
    pub person: Principal,
    /// The request.
    pub request: Option<DeletionRequest>,
}

/// A change of a hold, ready to be committed.
pub(crate) struct Changed {
    /// The transaction with all changes.
    pub tx: Transaction,
    /// The account after the change.
    pub account: Account,
}

/// The legal hold on an account.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountHoldView {
    /// User id.
    user_id: UserId,
    /// Legal hold; null when there is none.
    hold: Option<HoldView>,
    /// Pending deletion request of the account; null when there is none.
    deletion: Option<DeletionView>,
}

impl Account {
    /// An account by its user, with its pending request. A hold that an older version stored on the
    /// request applies to the account.
    pub async fn of(app: &App, person: Principal) -> HandlerResult<Self> {
        let request = app.store().pending_deletion(&person).await?;
        Ok(Self { person: person.with_hold_of(request.as_ref()), request })
    }

    /// An account by its pending request; `None` when the request has ended or the account no
    /// longer exists.
    pub fn waiting_for(person: Option<Principal>, request: &DeletionRequest) -> Option<Self> {
        let person = person.filter(|person| {
            person.deletion.as_ref().is_some_and(|pending| pending.id == request.id)
        })?;
        Some(Self { person: person.with_hold_of(Some(request)), request: Some(request.clone()) })
    }

    /// Places a hold, for a reason.
    pub fn place<G: AccessGrant>(
        self,
        ctx: &RequestContext<G>,
        by: Pseudonym,
        reason: String,
    ) -> HandlerResult<Changed> {
        let hold = Hold { reason: reason.clone(), by, at: ctx.now() };
        let read = self.request.as_ref().map(|request| request.version);
        let request = self.request.map(|request| request.hold(hold.clone())).transpose()?;
        let account = Self { person: self.person.place_hold(hold, ctx.now())?, request };
        account.write(ctx, read, HELD, Some(reason))
    }

    /// Lifts the hold. If the due date has passed meanwhile, the schedule sends the request.
    pub fn lift<G: AccessGrant>(
        self,
        ctx: &RequestContext<G>,
        reason: Option<String>,
    ) -> HandlerResult<Changed> {
        let person = self.person.lift_hold(ctx.now())?;
        let (request, read) = match self.request {
            Some(request) if request.state == DeletionState::Held => {
                let read = request.version;
                (Some(request.lift_hold()?), Some(read))
            }
            request => (request, None),
        };
        Self { person, request }.write(ctx, read, HOLD_LIFTED, reason)
    }

    fn write<G: AccessGrant>(
        self,
        ctx: &RequestContext<G>,
        read: Option<u64>,
        action: &'static str,
        reason: Option<String>,
    ) -> HandlerResult<Changed> {
        let mut tx = ctx.app.transaction();
        tx.save_principal(&self.person)?;
        if let (Some(request), Some(read)) = (&self.request, read) {
            tx.save_deletion(request, read, ctx.now())?;
        }
        let about = match &self.request {
            Some(request) => resource(request, Some(&self.person)),
            None => Resource::User(self.person.subject()),
        };
        let mut entry = ctx.entry(action, about);
        entry.reason = reason;
        tx.audit(entry)?;
        Ok(Changed { tx, account: self })
    }

    /// The account's hold as staff see it.
    pub async fn view(&self, app: &App) -> HandlerResult<AccountHoldView> {
        let hold = match &self.person.hold {
            Some(hold) => Some(hold.for_staff(app.store().user_or_pseudonym(hold.by).await?)),
            None => None,
        };
        let deletion = match &self.request {
            Some(request) => Some(view(app, request).await?),
            None => None,
        };
        Ok(AccountHoldView { user_id: self.person.user_id, hold, deletion })
    }
}
