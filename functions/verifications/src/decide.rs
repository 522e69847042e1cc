//! Deciding a verification.

use provost_domain::verification::{Verification, VerificationStatus};
use provost_http::{HandlerResult, Json, RequestContext, StaffOwnerGrant};
use provost_operations::verification as verifications;

use crate::views::VerificationView;

/// Decides a verification.
///
/// # Errors
/// `NOT_FOUND`, `INVALID_ACTION` when it has already been decided, or for an approval when an image
/// is missing or unsuitable, `CANNOT_MODIFY_SELF`, `STALE_VERSION`.
pub async fn decide(
    ctx: &RequestContext<StaffOwnerGrant<Verification>>,
    status: VerificationStatus,
    reason: Option<String>,
) -> HandlerResult<Json<VerificationView>> {
    let (found, owner) = (&ctx.thing, ctx.owner()?);
    ctx.check_version(found.version)?;
    let (op, by) = (ctx.op(reason), ctx.caller.user.pseudonym);
    let change = verifications::decide_verification(&op, found, owner, status, by).await?;
    ctx.complete(change, |decided| {
        let version = decided.version;
        Json::new(VerificationView::from(decided)).version(version)
    })
    .await
}
