//! `GET /api/admin/verifications/{id}`: one verification, without its images.

use provost_http::{Answer, Call, Json, access::Staff};

use crate::{decide::find, views::VerificationView};

/// Shows a verification.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn show(call: Call<Staff>) -> Answer<Json<VerificationView>> {
    let found = find(&call).await?;
    let version = found.version;
    Ok(Json::new(VerificationView::from(found)).version(version))
}
