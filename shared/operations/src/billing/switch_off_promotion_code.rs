use provost_app::stripe::objects::PromotionCode;
use provost_domain::{
    ApiError,
    audit::{Resource, note_change},
    stripe_id::StripeId,
};

use super::stripe_failure::stripe_failed;
use crate::{Change, Op, OperationError};

/// Switches a promotion code off. Who has used it keeps the discount.
///
/// # Errors
/// `NOT_FOUND`, `UNAVAILABLE`.
pub async fn switch_off_promotion_code(
    op: &Op<'_>,
    id: &StripeId,
) -> Result<Change<PromotionCode>, OperationError> {
    let run = op.origin.request_id.to_string();
    let code = op.app.stripe().switch_off(id, &run, op.now).await.map_err(stripe_failed)?;
    let code = code.ok_or_else(|| ApiError::missing("promotion code"))?;
    let resource = Resource::Other { kind: "promotion_code", id: id.to_string() };
    let mut entry = op.entry("promotion_code.switched_off", resource);
    note_change(&mut entry.changes, "active", &Some(true), &Some(false));
    let mut tx = op.transaction();
    tx.audit(entry)?;
    Ok(Change::new(tx, code))
}
