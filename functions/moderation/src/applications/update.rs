//! `PATCH /api/admin/applications/{id}`: review or decide an application.

use provost_domain::{
    ApiError, Timestamp,
    application::{Application, ApplicationStatus, MAX_NOTE},
    staff_record::GrantType,
    text,
};
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffOwnerGrant};
use provost_operations::application::{
    ApplicationGrant, ApplicationUpdate, update_application as update,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::views::{ApplicationDetails, view};
use crate::spelling;

/// A benefit that is granted with an approval.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewGrant {
    /// Type of benefit.
    r#type: GrantType,
    /// Amount, 1 to 2^50. In bytes for storage.
    #[schemars(range(min = 1, max = 1_125_899_906_842_624_u64))]
    amount: u64,
    /// Time at which the grant ends, in the future. No end if omitted.
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

/// Request to update an application. A status or notes are required.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UpdateApplication {
    /// New status: `reviewing`, `approved` or `rejected`, in lower or upper case. The last two are
    /// final. An approval takes effect immediately, which needs the permission of its effect as
    /// well: `user.verify` for the verified badge, `user.suspend` and a higher rank to lift a ban,
    /// `grant.write` and a higher rank for a grant. The applicant gets an email.
    #[serde(deserialize_with = "spelling::optional")]
    status: Option<ApplicationStatus>,
    /// Internal note, at most 5000 characters. The applicant never sees it.
    #[serde(alias = "reviewNotes")]
    notes: Option<String>,
    /// Benefit to grant when a staff or partner application is approved.
    award_grant: Option<NewGrant>,
    /// Reason for the audit log and the grant, 3 to 500 characters. Can also be sent as the header
    /// `X-Reason`.
    reason: Option<String>,
}

/// Updates or decides an application.
///
/// # Errors
/// `VALIDATION_FAILED`, `INVALID_ACTION` with who decided the application and how,
/// `PERMISSION_DENIED`, `OUTRANKED`, `CANNOT_MODIFY_SELF`, `STALE_VERSION`.
pub async fn update_application(
    ctx: RequestContext<StaffOwnerGrant<Application>>,
    Body(body): Body<UpdateApplication>,
) -> HandlerResult<Json<ApplicationDetails>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let notes = body.notes.as_deref().map(|given| text::note("notes", given, MAX_NOTE));
    let notes = notes.transpose()?;
    if body.status.is_none() && notes.is_none() {
        return Err(ApiError::field(
            "status",
            "required",
            "There is nothing to update. Send a status or notes.",
        )
        .into());
    }
    if body.award_grant.is_some() && body.status != Some(ApplicationStatus::Approved) {
        return Err(ApiError::field(
            "awardGrant",
            "contradiction",
            "A grant comes with an approval. Send it together with the status `approved`.",
        )
        .into());
    }
    let before = &ctx.thing;
    // A decided application says who decided, which is more than that it has changed.
    if before.status.is_live() {
        ctx.check_version(before.version)?;
    }
    let grant = body.award_grant.map(|NewGrant { r#type, amount, expires_at }| ApplicationGrant {
        r#type,
        amount,
        expires_at,
    });
    let wanted = ApplicationUpdate { status: body.status, notes, grant };
    let (op, applicant) = (ctx.op(reason), ctx.owner()?);
    let change = update(&op, ctx.caller.acting(), before, applicant, wanted).await?;
    let shown = view(&ctx.app, change.after.clone()).await?;
    ctx.complete(change, |application| Json::new(shown).version(application.version)).await
}
