use provost_app::stripe::{
    NewCoupon, StripeError,
    objects::{OPERATION, PromotionCode},
};
use provost_domain::{
    ApiError, Code, Timestamp,
    audit::{Resource, note_change},
    catalogue::promotion_code,
    currency::Currency,
};
use provost_store::{Conflict, promotions::PromotionIntent};

use super::stripe_failure::stripe_failed;
use crate::{Change, Op, OperationError};

/// What a promotion code takes off the first invoice.
#[derive(Debug, Clone, Copy)]
pub enum Discount {
    /// A percentage, 1 to 100.
    Percent(u32),
    /// An amount, in the smallest unit of its currency.
    Amount(u64, Currency),
}

/// A promotion code to create.
#[derive(Debug, Clone)]
pub struct NewPromotionCode {
    /// The code, in any case.
    pub code: String,
    /// What it gives.
    pub discount: Discount,
    /// How often it can be used.
    pub max_redemptions: Option<u64>,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// Whether it is kept out of public lists.
    pub private: bool,
}

/// Creates a coupon and its code at Stripe, where promotion codes live. The intent and its audit entry
/// are written first. The intent names the operation at Stripe, so that a request that comes again
/// makes nothing twice and completes what an earlier one began.
///
/// # Errors
/// `VALIDATION_FAILED`, `ALREADY_EXISTS` for a code that is active, `UNAVAILABLE`.
pub async fn create_promotion_code(
    op: &Op<'_>,
    new: NewPromotionCode,
) -> Result<Change<PromotionCode>, OperationError> {
    let code = promotion_code(&new.code)?;
    if new.expires_at.is_some_and(|at| at <= op.now) {
        return Err(ApiError::field(
            "expiresAt",
            "out_of_range",
            "The time is over. Give a time in the future.",
        )
        .into());
    }
    let coupon = NewCoupon {
        name: &code,
        percent_off: match new.discount {
            Discount::Percent(percent) => Some(percent),
            Discount::Amount(..) => None,
        },
        amount_off: match new.discount {
            Discount::Percent(_) => None,
            Discount::Amount(amount, currency) => {
                Some((currency.to_stripe("amountOff", amount)?, currency.stripe_code()))
            }
        },
    };
    let content = format!(
        "{:?} {:?} {:?} {:?} {}",
        coupon.percent_off, coupon.amount_off, new.max_redemptions, new.expires_at, new.private
    );
    let (stripe, store) = (op.app.stripe(), op.app.store());
    let before = store.promotion_intent(&code).await?;
    let active = stripe.promotion_codes(Some(&code), Some(true), op.now).await;
    let active = active.map_err(stripe_failed)?.into_iter().next();
    if let Some(active) = active {
        let Some(intent) = before.filter(|intent| is_of(&active, intent)) else {
            return Err(taken().into());
        };
        let is_same = intent.content == content;
        let change = completed(op, &code, &intent, active)?;
        if is_same {
            return Ok(change);
        }
        change.commit().await?;
        return Err(taken().into());
    }
    let intent = match before {
        Some(intent) if intent.content == content => intent,
        before => begin(op, &code, content, before.as_ref()).await?,
    };
    match create(op, &code, &coupon, &new, &intent).await {
        Ok(created) => completed(op, &code, &intent, created),
        Err(error) => {
            if error.is_final() {
                let mut tx = op.transaction();
                tx.end_promotion_intent(&code, &intent)?;
                Change::new(tx, ()).decided_again_on(&[Conflict::PromotionCode]).commit().await?;
            }
            let is_taken = matches!(&error, StripeError::Refused { status: 400, param: Some(param), .. } if param == "code");
            Err(if is_taken { taken().into() } else { stripe_failed(error) })
        }
    }
}

/// Whether a code was created by this operation.
fn is_of(code: &PromotionCode, intent: &PromotionIntent) -> bool {
    code.metadata.get(OPERATION) == Some(&intent.operation)
}

/// Writes the intent and its audit entry.
async fn begin(
    op: &Op<'_>,
    code: &str,
    content: String,
    before: Option<&PromotionIntent>,
) -> Result<PromotionIntent, OperationError> {
    let intent =
        PromotionIntent { operation: op.origin.request_id.to_string(), content, at: op.now };
    let resource = Resource::Other { kind: "promotion_code", id: code.to_owned() };
    let mut entry = op.entry("promotion_code.requested", resource);
    note_change(&mut entry.changes, "content", &None, &Some(&intent.content));
    let mut tx = op.transaction();
    tx.intend_promotion_code(code, before, &intent)?;
    tx.audit(entry)?;
    let change = Change::new(tx, intent).decided_again_on(&[Conflict::PromotionCode]);
    change.commit().await
}

/// Creates coupon and code at Stripe.
async fn create(
    op: &Op<'_>,
    code: &str,
    coupon: &NewCoupon<'_>,
    new: &NewPromotionCode,
    intent: &PromotionIntent,
) -> Result<PromotionCode, StripeError> {
    let stripe = op.app.stripe();
    let coupon = stripe.create_coupon(coupon, &intent.operation, op.now).await?;
    let created = stripe
        .create_promotion_code(
            code,
            &coupon.id,
            new.max_redemptions,
            new.expires_at.map(Timestamp::seconds),
            new.private,
            &intent.operation,
            op.now,
        )
        .await;
    if created.as_ref().is_err_and(StripeError::is_final) {
        // Nothing else would find the coupon. One that stays behind costs nothing.
        drop(stripe.delete_coupon(&coupon.id, op.now).await);
    }
    created
}

/// The end of an intent: the code is there.
fn completed(
    op: &Op<'_>,
    code: &str,
    intent: &PromotionIntent,
    created: PromotionCode,
) -> Result<Change<PromotionCode>, OperationError> {
    let resource = Resource::Other { kind: "promotion_code", id: created.id.to_string() };
    let mut entry = op.entry("promotion_code.created", resource);
    note_change(&mut entry.changes, "code", &None, &Some(code));
    let mut tx = op.transaction();
    tx.end_promotion_intent(code, intent)?;
    tx.audit(entry)?;
    Ok(Change::new(tx, created).decided_again_on(&[Conflict::PromotionCode]))
}

fn taken() -> ApiError {
    ApiError::new(
        Code::AlreadyExists,
        "This code is active already. Switch that one off first, or use another code.",
    )
    .with("field", "code")
}
