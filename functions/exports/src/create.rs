//! `POST /api/admin/users/{id}/export-job`: export a person's data into one encrypted archive. An export is no way around a permission: files that the one who asks may not see are left
//! out of it, and its manifest names them.

use provost_domain::{
    Code, ExportId, Refused,
    audit::Resource,
    export::{Category, ExportJob, requested_by},
    export_view::ExportView,
    message::Message,
};
use provost_http::{Accepted, Body, Call, OverGrant, Problem};
use provost_store::exports::{ERASING, LOCK};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{JOBS, recipients};

/// What to export, and for whom.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateExport {
    /// Public keys that the archive is encrypted to (`age1…`), at most 20. Without them an identity is made for this job and its secret half answered once.
    #[serde(default)]
    recipients: Option<Vec<String>>,
    /// What the archive holds; everything unless given.
    #[serde(default)]
    categories: Option<Vec<Category>>,
    /// Why, for the audit log.
    #[serde(default)]
    reason: Option<String>,
}

pub async fn create_export(call: Call<OverGrant>, Body(body): Body<CreateExport>) -> Result<Accepted<ExportView>, Problem> {
    let reason = call.reason(body.reason.as_deref())?;
    let categories = Category::chosen(body.categories.as_deref())?;
    let (recipients, identity) = recipients::choose(body.recipients.as_deref())?;
    let person = call.target.clone();

    let now = call.now();
    let by = requested_by(false, call.caller.principal.pseudonym);
    let job =
        ExportJob::queued(call.app.id(ExportId::new), person.user_id, by, recipients, categories, now).within(&call.caller.permissions);
    let mut tx = call.app.transaction();
    tx.create_export(&job, now)?;
    let mut entry = call.entry("export.created", Resource::Owned { kind: "export", id: job.id.to_string(), owner: person.subject() });
    entry.reason = reason;
    tx.audit(entry)?;
    call.app.send(&mut tx, Message::Export { job: job.id })?;
    let answer = accepted(ExportView::of(job, JOBS, now).with_identity(identity));
    match call.commit(tx, &answer).await {
        Err(Problem::Failed { action: LOCK, .. }) => match call.app.store().export_under_way(person.user_id).await? {
            Some(running) => Ok(accepted(ExportView::of(running, JOBS, now))),
            // It ended in this very moment: decide anew.
            None => Err(Problem::Collision),
        },
        Err(Problem::Failed { action: ERASING, .. }) => {
            Err(Refused::new(Code::InvalidAction, "This account is being erased, so its data cannot be exported any more.").into())
        }
        result => result.map(|()| answer),
    }
}

fn accepted(view: ExportView) -> Accepted<ExportView> {
    let location = format!("{JOBS}/{}", view.id);
    Accepted(view, location)
}
