use provost_domain::{
    User,
    audit::{Resource, note_change},
    charge::{Charge, Taken},
    payment::Payment,
    revenue::Figures,
};
use provost_store::{Conflict, Transaction};

use super::stripe_event;
use crate::{Change, Op, OperationError};

/// Records a payment or a failed payment as revenue, and in the ledger of the account that pays unless
/// it has been erased.
/// [`StripeEvent`](provost_store::Conflict::StripeEvent) means that an earlier delivery of the event
/// has made the change.
///
/// # Errors
/// The store failed.
pub fn record_payment(
    op: &Op<'_>,
    user: Option<&User>,
    payment: &Payment,
) -> Result<Change<()>, OperationError> {
    let mut tx = op.transaction();
    tx.mark_event(&payment.event, op.now)?;
    if let Some(user) = user {
        tx.check_user(user)?;
        enter(op, &mut tx, user, payment)?;
    }
    tx.count_revenue(&Figures::of_payment(payment), payment.at, &payment.event)?;
    Ok(stripe_event::change(tx))
}

/// Records what was taken from a charge, or given back: an entry for each, in the ledger of the
/// account that paid, unless it has been erased. `payment` describes the entries, except for kind and amount.
///
/// # Errors
/// The store failed.
pub fn record_taken(
    op: &Op<'_>,
    user: Option<&User>,
    payment: &Payment,
    (before, after): (Option<&Charge>, &Charge),
    taken: &[Taken],
) -> Result<Change<()>, OperationError> {
    let mut tx = op.transaction();
    tx.mark_event(&payment.event, op.now)?;
    if let Some(user) = user {
        tx.check_user(user)?;
        tx.save_charge(user.user_id, before, after)?;
    }
    let mut figures = Figures::default();
    for (kind, amount) in taken {
        let payment = Payment { kind: *kind, amount: *amount, ..payment.clone() };
        if let Some(user) = user {
            enter(op, &mut tx, user, &payment)?;
        }
        figures.add_all(&Figures::of_payment(&payment), 1);
    }
    tx.count_revenue(&figures, payment.at, &payment.event)?;
    Ok(stripe_event::change(tx).decided_again_on(&[Conflict::Charge]))
}

fn enter(
    op: &Op<'_>,
    tx: &mut Transaction,
    user: &User,
    payment: &Payment,
) -> Result<(), OperationError> {
    let mut entry = op.entry("payment.recorded", Resource::User(user.subject()));
    let shown = (payment.kind, payment.amount, &payment.currency);
    note_change(&mut entry.changes, "payment", &None, &Some(shown));
    tx.record_payment(user.user_id, payment)?;
    tx.audit(entry)?;
    Ok(())
}
