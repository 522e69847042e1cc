use provost_app::stripe::{NewCoupon, StripeError, objects::PromotionCode};
use provost_domain::{
    ApiError, Code, Timestamp,
    audit::{Resource, note_change},
    catalogue::promotion_code,
    currency::Currency,
};

use super::stripe_failure::stripe_failed;
use crate::{Change, Op, OperationError};

/// What a promotion code takes off the first invoice.
#[derive(Debug, Clone, Copy)]
pub enum Off {
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
    pub off: Off,
    /// How often it can be used.
    pub max_redemptions: Option<u64>,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// Whether it is kept out of public lists.
    pub private: bool,
}

/// Creates a coupon and its code at Stripe, where promotion codes live. The keys of both contain the
/// latest code of this name, so that a retry makes nothing twice, and a code that was switched off
/// can be made again.
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
    let stripe = op.app.stripe();
    let earlier = stripe.promotion_codes(Some(&code), None, op.now).await.map_err(stripe_failed)?;
    if earlier.iter().any(|earlier| earlier.active) {
        return Err(taken().into());
    }
    let latest = earlier.first().map_or_else(|| "first".to_owned(), |code| code.id.to_string());
    let operation = format!("{code}-{latest}");
    let coupon = NewCoupon {
        name: &code,
        percent_off: match new.off {
            Off::Percent(percent) => Some(percent),
            Off::Amount(..) => None,
        },
        amount_off: match new.off {
            Off::Percent(_) => None,
            Off::Amount(amount, currency) => {
                Some((currency.to_stripe("amountOff", amount)?, currency.stripe_code()))
            }
        },
    };
    let coupon = stripe.create_coupon(&coupon, &operation, op.now).await.map_err(stripe_failed)?;
    let created = stripe
        .create_promotion_code(
            &code,
            &coupon.id,
            new.max_redemptions,
            new.expires_at.map(Timestamp::seconds),
            new.private,
            &operation,
            op.now,
        )
        .await;
    let created = match created {
        Ok(created) => created,
        Err(error) => {
            // Nothing else would find the coupon. One that stays behind costs nothing.
            if error.is_final() {
                drop(stripe.delete_coupon(&coupon.id, op.now).await);
            }
            let is_taken = matches!(&error, StripeError::Refused { status: 400, param: Some(param), .. } if param == "code");
            return Err(if is_taken { taken().into() } else { stripe_failed(error) });
        }
    };
    let resource = Resource::Other { kind: "promotion_code", id: created.id.to_string() };
    let mut entry = op.entry("promotion_code.created", resource);
    note_change(&mut entry.changes, "code", &None, &Some(&code));
    let mut tx = op.transaction();
    tx.audit(entry)?;
    Ok(Change::new(tx, created))
}

fn taken() -> ApiError {
    ApiError::new(
        Code::AlreadyExists,
        "This code is active already. Switch that one off first, or use another code.",
    )
    .with("field", "code")
}
