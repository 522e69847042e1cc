//! `GET /api/admin/verifications/{id}`: one verification, without its images. For a pending one,
//! whether the images are uploaded.

use provost_domain::{ApiError, VerificationId, verification::VerificationStatus};
use provost_http::{HandlerResult, Json, RequestContext, access::StaffGrant};
use provost_operations::verification::has_image;

use crate::views::VerificationView;

/// Shows a verification.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn get_verification(
    ctx: RequestContext<StaffGrant>,
) -> HandlerResult<Json<VerificationView>> {
    let id: VerificationId = ctx.id("id", "verification")?;
    let found =
        ctx.app.store().verification(id).await?.ok_or_else(|| ApiError::missing("verification"))?;
    let (version, mut arrivals) = (found.version, Vec::new());
    if found.status == VerificationStatus::Pending {
        for image in &found.images {
            arrivals.push(has_image(ctx.app.store(), &found, image).await?);
        }
    }
    Ok(Json::new(VerificationView::from(found).with_arrivals(arrivals)).version(version))
}
