//! `invoice.paid`, `invoice.payment_failed` and `charge.refunded`: an entry in the ledger of the
//! account that pays.

use provost_domain::{audit::note_change, payment::Payment};
use provost_http::{HandlerResult, PublicGrant, RequestContext};

use super::{
    account, again, commit, entry,
    event::{Event, Money},
};

/// Records a payment event.
pub(super) async fn record(
    ctx: &RequestContext<PublicGrant>,
    event: &Event,
    money: &Money,
) -> HandlerResult<()> {
    let store = ctx.app.store();
    // A payment without a customer belongs to no account.
    let Some(customer) = &money.customer else { return Ok(()) };
    let found = match account(ctx, money.user, customer).await? {
        Some(user) => store.payer(user, money.subscription.as_ref()).await?,
        None => None,
    };
    let Some((person, subscription)) = found.filter(|(person, _)| !person.is_being_erased()) else {
        return Err(again(event, "account for this customer").into());
    };
    let payment = Payment {
        event: event.id.clone(),
        at: event.at,
        kind: money.kind,
        amount: money.amount,
        currency: money.currency.clone(),
        customer: customer.clone(),
        subscription: money.subscription.clone(),
        product_id: subscription.and_then(|subscription| subscription.terms?.product_id),
        invoice: money.invoice.clone(),
        charge: money.charge.clone(),
    };
    let mut entry = entry(ctx, "payment.recorded", &person);
    note_change(
        &mut entry.changes,
        "payment",
        &None,
        &Some((payment.kind, payment.amount, &payment.currency)),
    );
    let mut tx = ctx.app.transaction();
    tx.mark_event(&event.id, ctx.now())?;
    tx.check_principal(&person)?;
    tx.record_payment(person.user_id, &payment)?;
    tx.audit(entry)?;
    commit(event, tx).await
}
