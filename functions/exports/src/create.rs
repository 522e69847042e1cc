//! `POST /api/admin/users/{id}/export-job`: export a user's data into an encrypted archive. An
//! export does not bypass permissions: files that the requester cannot see are left out, and the
//! manifest of the archive lists them.

use provost_domain::{
    ApiError, Code, ExportId,
    audit::Resource,
    export::{Category, ExportJob, requested_by},
    export_view::ExportView,
    message::Message,
};
use provost_http::{Accepted, Body, HandlerError, RequestContext, StaffTargetGrant};
use provost_store::Conflict;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{JOBS, recipients};

/// Request to export a user's data.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateExport {
    /// Age public keys (`age1…`) that the archive is encrypted to, at most 20. If omitted, a key
    /// pair is created for the export, and the secret key is returned once.
    #[serde(default)]
    recipients: Option<Vec<String>>,
    /// Categories of data to export. Default: all.
    #[serde(default)]
    categories: Option<Vec<Category>>,
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    #[serde(default)]
    reason: Option<String>,
}

pub async fn create_export(
    ctx: RequestContext<StaffTargetGrant>,
    Body(body): Body<CreateExport>,
) -> Result<Accepted<ExportView>, HandlerError> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let categories = Category::chosen(body.categories.as_deref())?;
    let (recipients, identity) = recipients::choose(body.recipients.as_deref())?;
    let person = ctx.target.clone();

    let now = ctx.now();
    let by = requested_by(false, ctx.caller.principal.pseudonym);
    let job = ExportJob::queued(
        ctx.app.id(ExportId::new),
        person.user_id,
        by,
        recipients,
        categories,
        now,
    )
    .within(&ctx.caller.permissions);
    let mut tx = ctx.app.transaction();
    tx.create_export(&job, now)?;
    let mut entry = ctx.entry(
        "export.created",
        Resource::Owned { kind: "export", id: job.id.to_string(), owner: person.subject() },
    );
    entry.reason = reason;
    tx.audit(entry)?;
    ctx.app.send(&mut tx, Message::Export { job: job.id })?;
    let answer = accepted(ExportView::of(job, JOBS, now).with_identity(identity));
    match ctx.commit(tx, &answer).await {
        Err(HandlerError::Conflict(Conflict::ExportRunning)) => {
            match ctx.app.store().export_under_way(person.user_id).await? {
                Some(running) => Ok(accepted(ExportView::of(running, JOBS, now))),
                // The export ended at the same time: evaluate the request again.
                None => Err(HandlerError::Collision),
            }
        }
        Err(HandlerError::Conflict(Conflict::Erasing)) => Err(ApiError::new(
            Code::InvalidAction,
            "This account is being erased, so its data can no longer be exported.",
        )
        .into()),
        result => result.map(|()| answer),
    }
}

fn accepted(view: ExportView) -> Accepted<ExportView> {
    let location = format!("{JOBS}/{}", view.id);
    Accepted(view, location)
}
