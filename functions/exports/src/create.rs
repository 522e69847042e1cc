//! `POST /api/admin/users/{id}/export-job`: export a user's data into an encrypted archive. An
//! export does not bypass permissions: files that the requester cannot see are left out, and the
//! manifest of the archive lists them.

use provost_api::ExportView;
use provost_domain::export::Category;
use provost_http::{Accepted, Body, HandlerError, RequestContext, StaffTargetGrant};
use provost_operations::export::{self, NewExport, Requester};
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
    let by = Requester::Staff {
        pseudonym: ctx.caller.user.pseudonym,
        permissions: &ctx.caller.permissions,
    };
    let (op, now) = (ctx.op(reason), ctx.now());
    let new = NewExport { by, recipients, categories };
    let change = export::create_export(&op, &ctx.target, new)?;
    let created = ctx
        .complete(change, |job| accepted(ExportView::of(job, JOBS, now).with_identity(identity)))
        .await;
    match created {
        Err(HandlerError::Conflict(Conflict::ExportRunning)) => {
            let running = export::running_export(&op, &ctx.target).await?;
            Ok(accepted(ExportView::of(running, JOBS, now)))
        }
        created => created,
    }
}

fn accepted(view: ExportView) -> Accepted<ExportView> {
    let location = format!("{JOBS}/{}", view.id);
    Accepted(view, location)
}
