//! `POST /api/users/me/export-request`: request your data, once a day.

use provost_archive::{ArchiveOptions, Identity, Recipient};
use provost_domain::{
    ApiError, Code, ExportId,
    audit::Resource,
    export::{Category, ExportJob, OWN_EXPORT_EVERY, requested_by},
    export_view::ExportView,
    lockout::too_many,
    message::Message,
};
use provost_http::{Accepted, Body, HandlerError, HandlerResult, RequestContext, SignedInGrant};
use provost_store::Conflict;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::list_exports::{JOBS, own_view};

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
    let (recipients, identity) = recipients(body.recipients.as_deref())?;
    let (app, now, person) = (&ctx.app, ctx.now(), &ctx.caller.principal);
    let by = requested_by(true, person.pseudonym);
    let job =
        ExportJob::queued(app.id(ExportId::new), person.user_id, by, recipients, categories, now);
    let mut tx = app.transaction();
    // The lock is checked first: a second request while the archive is being written gets its
    // error, not the one of the rate limit.
    tx.create_export(&job, now)?;
    tx.note_own_export(person.user_id, now)?;
    tx.audit(ctx.entry(
        "export.created",
        Resource::Owned { kind: "export", id: job.id.to_string(), owner: person.subject() },
    ))?;
    app.send(&mut tx, Message::Export { job: job.id })?;
    let answer = accepted(own_view(job, now).with_identity(identity));
    match ctx.commit(tx, &answer).await {
        Err(HandlerError::Conflict(Conflict::ExportRunning)) => {
            match app.store().export_under_way(person.user_id).await? {
                Some(running) => Ok(accepted(own_view(running, now))),
                // The export ended at the same time: evaluate the request again.
                None => Err(HandlerError::Collision),
            }
        }
        Err(HandlerError::Conflict(Conflict::ExportRequested)) => {
            let asked = app.store().own_export_asked(person.user_id).await?.unwrap_or(now);
            Err(too_many(asked.plus(OWN_EXPORT_EVERY).since(now).max(1)).into())
        }
        Err(HandlerError::Conflict(Conflict::Erasing)) => Err(ApiError::new(
            Code::InvalidAction,
            "This account is being erased. Its data can no longer be exported.",
        )
        .into()),
        result => result.map(|()| answer),
    }
}

fn accepted(view: ExportView) -> Accepted<ExportView> {
    Accepted(view, JOBS.to_owned())
}

/// The recipients of an archive, and the secret key if one was generated for it.
fn recipients(given: Option<&[String]>) -> Result<(Vec<String>, Option<String>), ApiError> {
    let Some(given) = given else {
        let identity = Identity::generate();
        return Ok((vec![identity.recipient().to_string()], Some(identity.reveal(str::to_owned))));
    };
    if given.is_empty() || given.len() > ArchiveOptions::MAX_RECIPIENTS {
        return Err(ApiError::field(
            "recipients",
            "count",
            format!(
                "Give 1 to {} age recipients, or omit the field to get a new key pair.",
                ArchiveOptions::MAX_RECIPIENTS
            ),
        ));
    }
    let parse = |(position, text): (usize, &String)| {
        let wrong = |_| {
            ApiError::field(
                format!("recipients[{position}]"),
                "invalid",
                "This is not an age public key. Give the key that age-keygen prints, which starts with age1.",
            )
        };
        Recipient::parse(text).map(|recipient| recipient.to_string()).map_err(wrong)
    };
    let mut parsed = given.iter().enumerate().map(parse).collect::<Result<Vec<_>, _>>()?;
    parsed.sort();
    parsed.dedup();
    Ok((parsed, None))
}
