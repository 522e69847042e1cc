//! A legal hold belongs to an account, stops its pending deletion, and makes later deletions start
//! on hold.

use provost_domain::{
    ApiError, Pseudonym, User,
    audit::Resource,
    deletion::{DeletionRequest, DeletionState, HELD, HOLD_LIFTED, Hold},
};
use provost_store::StoreError;

use super::resource;
use crate::{Change, Op, OperationError};

/// An account after a change of its legal hold, and its pending deletion request, if there is one.
#[derive(Debug, Clone)]
pub struct HeldAccount {
    /// The account.
    pub account: User,
    /// The request.
    pub request: Option<DeletionRequest>,
}

/// What a new legal hold says.
#[derive(Debug, Clone)]
pub struct PlaceHold {
    /// Pseudonym of the staff member who places the hold.
    pub by: Pseudonym,
    /// Reason for the hold.
    pub reason: String,
}

/// Places a legal hold on an account.
///
/// # Errors
/// `INVALID_ACTION` when a hold is in place, or the pending deletion is being carried out.
pub async fn place_hold(
    op: &Op<'_>,
    account: &User,
    hold: PlaceHold,
) -> Result<Change<HeldAccount>, OperationError> {
    HeldAccount::read(op, account).await?.place(op, hold)
}

/// Places a legal hold on the account of a pending deletion request.
///
/// # Errors
/// `INVALID_ACTION` when a hold is in place, or the request has ended or is being carried out;
/// `NOT_FOUND` when the account does not wait for the request.
pub fn place_hold_on_deletion(
    op: &Op<'_>,
    request: &DeletionRequest,
    account: Option<&User>,
    hold: PlaceHold,
) -> Result<Change<DeletionRequest>, OperationError> {
    let Some(held) = HeldAccount::waiting_for(request, account) else {
        let hold = Hold { reason: hold.reason, by: hold.by, at: op.now };
        return Err(ended(request.clone().hold(hold)));
    };
    Ok(held.place(op, hold)?.map(|held| held.request.unwrap_or_else(|| request.clone())))
}

/// Lifts the legal hold of an account. If the due date of its deletion has passed meanwhile, the
/// scheduler starts the erasure.
///
/// # Errors
/// `INVALID_ACTION` when there is no hold.
pub async fn lift_hold(op: &Op<'_>, account: &User) -> Result<Change<HeldAccount>, OperationError> {
    HeldAccount::read(op, account).await?.lift(op)
}

/// Lifts the legal hold of the account of a pending deletion request.
///
/// # Errors
/// `INVALID_ACTION` when there is no hold, or the request has ended; `NOT_FOUND` when the account
/// does not wait for the request.
pub fn lift_hold_of_deletion(
    op: &Op<'_>,
    request: &DeletionRequest,
    account: Option<&User>,
) -> Result<Change<DeletionRequest>, OperationError> {
    let Some(held) = HeldAccount::waiting_for(request, account) else {
        return Err(ended(request.clone().lift_hold()));
    };
    Ok(held.lift(op)?.map(|held| held.request.unwrap_or_else(|| request.clone())))
}

/// The error for a request that no account waits for: its state explains it.
fn ended(changed: Result<DeletionRequest, ApiError>) -> OperationError {
    changed.err().unwrap_or_else(|| ApiError::missing("deletion request")).into()
}

impl HeldAccount {
    /// An account with its pending request. A hold that an older version stored on the request
    /// applies to the account.
    async fn read(op: &Op<'_>, account: &User) -> Result<Self, StoreError> {
        let request = op.app.store().pending_deletion(account).await?;
        Ok(Self { account: account.clone().with_hold_of(request.as_ref()), request })
    }

    /// The same by the request; none when the request has ended or the account does not exist.
    fn waiting_for(request: &DeletionRequest, account: Option<&User>) -> Option<Self> {
        let account = account.filter(|account| {
            account.deletion.as_ref().is_some_and(|pending| pending.id == request.id)
        })?;
        let account = account.clone().with_hold_of(Some(request));
        Some(Self { account, request: Some(request.clone()) })
    }

    fn place(self, op: &Op<'_>, hold: PlaceHold) -> Result<Change<Self>, OperationError> {
        let hold = Hold { reason: hold.reason, by: hold.by, at: op.now };
        let read = self.request.as_ref().map(|request| request.version);
        let request = self.request.map(|request| request.hold(hold.clone())).transpose()?;
        Self { account: self.account.place_hold(hold, op.now)?, request }.write(op, read, HELD)
    }

    fn lift(self, op: &Op<'_>) -> Result<Change<Self>, OperationError> {
        let account = self.account.lift_hold(op.now)?;
        let (request, read) = match self.request {
            Some(request) if request.state == DeletionState::Held => {
                let read = request.version;
                (Some(request.lift_hold()?), Some(read))
            }
            request => (request, None),
        };
        Self { account, request }.write(op, read, HOLD_LIFTED)
    }

    /// Writes the account, and the request if it has changed since it was `read`.
    fn write(
        self,
        op: &Op<'_>,
        read: Option<u64>,
        action: &'static str,
    ) -> Result<Change<Self>, OperationError> {
        let mut tx = op.transaction();
        tx.save_user(&self.account)?;
        if let (Some(request), Some(read)) = (&self.request, read) {
            tx.save_deletion(request, read, op.now)?;
        }
        let about = match &self.request {
            Some(request) => resource(request, Some(&self.account)),
            None => Resource::User(self.account.subject()),
        };
        tx.audit(op.entry(action, about))?;
        Ok(Change::new(tx, self))
    }
}
