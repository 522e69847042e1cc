//! `GET /api/admin/verifications/{id}`: one verification, without its images. For a pending one, whether the images are uploaded.

use provost_domain::{ApiError, VerificationId, verification::VerificationStatus};
use provost_http::{Answer, Json, RequestContext, access::StaffGrant};

use crate::{arrive::has_come, views::VerificationView};

/// Shows a verification.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn get_verification(call: RequestContext<StaffGrant>) -> Answer<Json<VerificationView>> {
    let id: VerificationId = call.id("id", "verification")?;
    let found = call.app.store().verification(id).await?.ok_or_else(|| ApiError::missing("verification"))?;
    let (version, mut arrivals) = (found.version, Vec::new());
    if found.status == VerificationStatus::Pending {
        for image in &found.images {
            arrivals.push(has_come(&call.app, &found, image).await?);
        }
    }
    Ok(Json::new(VerificationView::from(found).with_arrivals(arrivals)).version(version))
}
