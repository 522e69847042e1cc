//! `POST /api/admin/audit/exports`: export a selection of the audit log of any size into an encrypted
//! archive.

use provost_api::ExportView;
use provost_archive::choose_recipients;
use provost_domain::{ApiError, export::ListFormat};
use provost_http::{Accepted, Body, HandlerResult, RequestContext, access::StaffGrant};
use provost_operations::audit::{NewLogExport, export_log};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::query::AuditQuery;

/// Where the requester finds the export.
const JOBS: &str = "/api/users/me/export-jobs";

/// Request to export a selection of the audit log.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct CreateAuditExport {
    /// Filters as in the list, without pages. Default: all entries until now.
    filter: AuditQuery,
    /// Format of the file in the archive. Default: `ndjson`.
    format: Option<ListFormat>,
    /// Age public keys (`age1…`) that the archive is encrypted to, at most 20. If omitted, a key
    /// pair is created for the export, and the secret key is returned once.
    recipients: Option<Vec<String>>,
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

/// Requests an export.
///
/// # Errors
/// `VALIDATION_FAILED` for an invalid filter or recipient; `IN_PROGRESS` while another export of the
/// requester is running.
pub(crate) async fn create_audit_export(
    ctx: RequestContext<StaffGrant>,
    Body(body): Body<CreateAuditExport>,
) -> HandlerResult<Accepted<ExportView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    body.filter.check_no_page("filter.")?;
    let (recipients, identity) = choose_recipients(body.recipients.as_deref())
        .map_err(|wrong| ApiError::field(wrong.field, wrong.code, wrong.message))?;
    let Some(filter) = body.filter.filter(&ctx).await? else {
        return Err(ApiError::field(
            "filter",
            "unknown_user",
            "The filter names a user who does not exist, so no entry matches. Check the id.",
        )
        .into());
    };
    let format = body.format.unwrap_or(ListFormat::Ndjson);
    let now = ctx.now();
    let exporter = &ctx.caller.user;
    let change =
        export_log(&ctx.op(reason), exporter, NewLogExport { filter, format, recipients })?;
    ctx.complete(change, |job| {
        Accepted(ExportView::of(job, JOBS, now).with_identity(identity), JOBS.to_owned())
    })
    .await
}
