//! `POST /api/users/me/export-request`: request your data, once a day.

use provost_api::ExportView;
use provost_archive::choose_recipients;
use provost_domain::{ApiError, export::Category};
use provost_http::{Accepted, Body, HandlerError, HandlerResult, RequestContext, SignedInGrant};
use provost_operations::export::{self, NewExport, Requester};
use provost_store::Conflict;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::exports::list::{JOBS, own_view};

/// Request for an export of your data.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct RequestExport {
    /// age public keys (`age1…`) to encrypt the archive to, at most 20. Without them, a key pair is
    /// generated for this archive and its secret key is shown only in this answer.
    recipients: Option<Vec<String>>,
    /// Categories of data to export; all if not given.
    categories: Option<Vec<Category>>,
}

pub(crate) async fn request_data_export(
    ctx: RequestContext<SignedInGrant>,
    Body(body): Body<RequestExport>,
) -> HandlerResult<Accepted<ExportView>> {
    let categories = Category::chosen(body.categories.as_deref())?;
    let (recipients, identity) = choose_recipients(body.recipients.as_deref())
        .map_err(|wrong| ApiError::field(wrong.field, wrong.code, wrong.message))?;
    let (op, owner, now) = (ctx.op(None), &ctx.caller.user, ctx.now());
    let new = NewExport { by: Requester::Owner, recipients, categories };
    let change = export::create_export(&op, owner, new)?;
    let created =
        ctx.complete(change, |job| accepted(own_view(job, now).with_identity(identity))).await;
    match created {
        Err(HandlerError::Conflict(Conflict::ExportRunning)) => {
            Ok(accepted(own_view(export::running_export(&op, owner).await?, now)))
        }
        Err(HandlerError::Conflict(Conflict::ExportRequested)) => {
            Err(export::own_export_limit(&op, owner).await?.into())
        }
        created => created,
    }
}

fn accepted(view: ExportView) -> Accepted<ExportView> {
    Accepted(view, JOBS.to_owned())
}
