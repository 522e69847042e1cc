//! Payments, and what is taken from them: entries in the ledger of the account that pays.

use provost_app::stripe::{
    StripeError,
    objects::{self, Charge, Dispute, Invoice, Reference, Refund},
};
use provost_domain::{
    ProductId, User, UserId,
    charge::{self, Taken},
    currency::Currency,
    payment::{Payment, PaymentKind},
    product::Product,
    stripe_id::StripeId,
    subscription::Subscription,
};
use provost_http::{HandlerResult, PublicGrant, RequestContext};
use provost_operations::billing::{self, stripe_failed};

use super::{Effect, account, again, commit, event::Event, op, product_of};

/// An amount in the minor unit of its currency.
fn amount(event: &Event, currency: &str, amount: i64) -> HandlerResult<(Currency, u64)> {
    let known = currency.parse::<Currency>().ok();
    let converted = known.and_then(|known| Some((known, known.from_stripe(amount.max(0)).ok()?)));
    let (known, amount) =
        converted.ok_or_else(|| again(event, "known currency for this amount"))?;
    Ok((known, amount.unsigned_abs()))
}

/// The product of an invoice: that of the first line that has one, charges before credits.
fn sold<'p>(invoice: &Invoice, products: &'p [Product]) -> Option<&'p Product> {
    invoice.lines().into_iter().find_map(|line| {
        let (price, product) = line.sold();
        product_of(products, price, product)
    })
}

/// Who paid.
enum Payer {
    /// An account, and the subscription that was paid for, as far as it is known.
    Account(Box<(User, Option<Subscription>)>),
    /// An account that has been erased since. Its payments are revenue, and are in no ledger.
    Erased,
}

impl Payer {
    fn person(&self) -> Option<&User> {
        match self {
            Self::Account(known) => Some(&known.0),
            Self::Erased => None,
        }
    }

    /// The product of the subscription.
    fn sold(&self) -> Option<ProductId> {
        match self {
            Self::Account(known) => known.1.as_ref()?.terms.as_ref()?.product_id,
            Self::Erased => None,
        }
    }
}

/// Finds who paid: the account that the customer is bound to or that the metadata names.
async fn payer(
    ctx: &RequestContext<PublicGrant>,
    event: &Event,
    (bound, named): (Option<UserId>, Option<UserId>),
    subscription: Option<&StripeId>,
) -> HandlerResult<Payer> {
    let unknown = || again(event, "account for this customer");
    let store = ctx.app.store();
    let user = bound.or(named).ok_or_else(unknown)?;
    match store.payer(user, subscription).await? {
        None => Ok(Payer::Erased),
        // An account that only the metadata names has started no checkout.
        Some((person, _)) if bound.is_none() || person.is_being_erased() => Err(unknown().into()),
        Some(known) => Ok(Payer::Account(Box::new(known))),
    }
}

/// Records an invoice that was paid, or whose payment failed.
pub(super) async fn record(
    ctx: &RequestContext<PublicGrant>,
    event: &Event,
    kind: PaymentKind,
    invoice: &Invoice,
) -> HandlerResult<Effect> {
    let store = ctx.app.store();
    // A payment without a customer belongs to no account.
    let Some(customer) = invoice.customer.as_ref().and_then(Reference::stripe_id) else {
        return Ok(Effect::None);
    };
    let products = store.all_products().await?;
    let product = sold(invoice, &products);
    let subscription = invoice.subscription();
    let user = account(ctx, invoice.user(), &customer).await?;
    if user.is_none() && invoice.user().is_none() && product.is_none() {
        return Ok(Effect::Foreign);
    }
    let payer = payer(ctx, event, (user, invoice.user()), subscription.as_ref()).await?;
    let paid = if kind == PaymentKind::Paid { invoice.amount_paid } else { invoice.amount_due };
    let (currency, amount) = amount(event, &invoice.currency, paid)?;
    let of_subscription = || payer.sold();
    let payment = Payment {
        event: event.id.clone(),
        at: event.at,
        kind,
        amount,
        currency: currency.to_string(),
        customer,
        subscription,
        product_id: product.map(|product| product.id).or_else(of_subscription),
        invoice: Some(invoice.id.clone()),
        charge: invoice.charge.as_ref().and_then(Reference::stripe_id),
        paid_at: None,
    };
    commit(event, billing::record_payment(&op(ctx), payer.person(), &payment)?).await
}

/// Records the refunds of a charge that are new.
pub(super) async fn refunded(
    ctx: &RequestContext<PublicGrant>,
    event: &Event,
    charge: &Charge,
    before: i64,
) -> HandlerResult<Effect> {
    let reported = ReportedAmount {
        currency: charge.currency.as_str(),
        amount: charge.amount_refunded,
        before,
    };
    take(ctx, event, charge, reported, |known, total, before| match known {
        Some(known) => known.refunds_reported(event.at, total),
        None => charge::unrecorded(PaymentKind::Refunded, total.saturating_sub(before)),
    })
    .await
}

/// Records that a refund failed.
pub(super) async fn refund_failed(
    ctx: &RequestContext<PublicGrant>,
    event: &Event,
    refund: &Refund,
) -> HandlerResult<Effect> {
    let Some(charge) = charge_of(ctx, refund.charge.as_ref()).await? else {
        return Ok(Effect::Foreign);
    };
    let reported =
        ReportedAmount { currency: refund.currency.as_str(), amount: refund.amount, before: 0 };
    take(ctx, event, &charge, reported, |known, amount, _| match known {
        Some(known) => known.refund_failed(event.at, &refund.id, amount),
        None => charge::unrecorded(PaymentKind::RefundFailed, amount),
    })
    .await
}

/// Records the money that a dispute took or gave back.
pub(super) async fn disputed(
    ctx: &RequestContext<PublicGrant>,
    event: &Event,
    dispute: &Dispute,
    state: charge::Dispute,
) -> HandlerResult<Effect> {
    if state == charge::Dispute::default() {
        return Ok(Effect::None);
    }
    let Some(charge) = charge_of(ctx, dispute.charge.as_ref()).await? else {
        return Ok(Effect::Foreign);
    };
    let reported =
        ReportedAmount { currency: dispute.currency.as_str(), amount: dispute.amount, before: 0 };
    take(ctx, event, &charge, reported, |known, amount, _| match known {
        Some(known) => known.disputed(&dispute.id, amount, state),
        None => charge::Charge::new(charge.id.clone()).disputed(&dispute.id, amount, state),
    })
    .await
}

/// The charge that a refund or a dispute names, which do not name the customer.
async fn charge_of(
    ctx: &RequestContext<PublicGrant>,
    charge: Option<&Reference<objects::OnlyId>>,
) -> HandlerResult<Option<Charge>> {
    let Some(id) = charge.and_then(Reference::stripe_id) else { return Ok(None) };
    Ok(ctx.app.stripe().charge(&id, ctx.now()).await.map_err(stripe_failed)?)
}

/// The invoice of a charge. Charges do not name it since version 2025-03-31, so Stripe is asked.
async fn invoice_of(
    ctx: &RequestContext<PublicGrant>,
    charge: &Charge,
) -> HandlerResult<(Option<StripeId>, Option<Invoice>)> {
    let named = charge.invoice.as_ref().and_then(Reference::stripe_id);
    let Some(payment) = &charge.payment_intent else { return Ok((named, None)) };
    match ctx.app.stripe().invoice_payment(payment.id(), ctx.now()).await {
        Ok(Some(payment)) => match payment.invoice {
            Reference::Object(invoice) => Ok((Some(invoice.id.clone()), Some(*invoice))),
            Reference::Id(id) => Ok((id.parse().ok().or(named), None)),
        },
        // A deployment without a key records refunds without their invoice.
        Ok(None) | Err(StripeError::NotConfigured) => Ok((named, None)),
        Err(error) => Err(stripe_failed(error).into()),
    }
}

/// What an event says about an amount, in Stripe's units.
struct ReportedAmount<'a> {
    currency: &'a str,
    amount: i64,
    /// The amount before the event, where it reports a total.
    before: i64,
}

/// Records what `report` finds new for a charge, of which nothing is kept once its user is erased. It
/// gets the amounts of the event now and before. `said` is read only once the event is known to be
/// ours, so that a stranger's currency is accepted.
async fn take(
    ctx: &RequestContext<PublicGrant>,
    event: &Event,
    charge: &Charge,
    reported: ReportedAmount<'_>,
    report: impl FnOnce(Option<&mut charge::Charge>, u64, u64) -> Vec<Taken>,
) -> HandlerResult<Effect> {
    let store = ctx.app.store();
    let Some(customer) = charge.customer.as_ref().and_then(Reference::stripe_id) else {
        return Ok(Effect::None);
    };
    let (id, invoice) = invoice_of(ctx, charge).await?;
    let products = store.all_products().await?;
    let product = invoice.as_ref().and_then(|invoice| sold(invoice, &products));
    let named = invoice.as_ref().and_then(Invoice::user);
    let user = account(ctx, named, &customer).await?;
    if user.is_none() && named.is_none() && product.is_none() {
        return Ok(Effect::Foreign);
    }
    let subscription = invoice.as_ref().and_then(Invoice::subscription);
    let payer = payer(ctx, event, (user, named), subscription.as_ref()).await?;
    let (_, now) = amount(event, reported.currency, reported.amount)?;
    let (_, earlier) = amount(event, reported.currency, reported.before)?;
    let before = match payer.person() {
        Some(person) => store.charge(person.user_id, &charge.id).await?,
        None => None,
    };
    let mut after = before.clone().unwrap_or_else(|| charge::Charge::new(charge.id.clone()));
    let kept = payer.person().is_some().then_some(&mut after);
    let is_kept = kept.is_some();
    let taken = report(kept, now, earlier);
    let is_known = if is_kept { before.as_ref() == Some(&after) } else { taken.is_empty() };
    if is_known {
        return Ok(Effect::None);
    }
    let currency = charge.currency.to_ascii_uppercase();
    let of_subscription = || payer.sold();
    let paid = invoice.as_ref().and_then(|invoice| invoice.status_transitions.as_ref());
    let payment = Payment {
        event: event.id.clone(),
        at: event.at,
        kind: PaymentKind::Refunded,
        amount: 0,
        currency,
        customer,
        subscription,
        product_id: product.map(|product| product.id).or_else(of_subscription),
        invoice: id,
        charge: Some(charge.id.clone()),
        paid_at: paid.and_then(|paid| paid.paid_at).map(objects::time),
    };
    let states = (before.as_ref(), &after);
    let change = billing::record_taken(&op(ctx), payer.person(), &payment, states, &taken)?;
    commit(event, change).await
}
