//! `POST /api/admin/export-jobs/{id}/share-link`: share an archive with someone who has no account.

use provost_auth::{password, secret};
use provost_domain::{
    Refused, ShareLinkId, Timestamp,
    export::ExportJob,
    password::prepare,
    share_link::{self, LONGEST_HOURS, MOST_DOWNLOADS, PASSWORD_TRIES, ShareLink},
    text,
};
use provost_http::{Body, Call, Created, OwnedGrant, Problem};
use provost_store::exports::JOB;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{JOBS, find};

/// How long a link lives unless it is said, in hours.
const HOURS: u32 = 24;

/// How the archive is shared.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateShareLink {
    /// How long the link works, in hours, 1 to 720; 24 unless given. It never outlives the archive: `expiresAt` in the answer says when it ends.
    #[serde(default)]
    #[schemars(range(min = 1, max = 720))]
    expires_in_hours: Option<u32>,
    /// How often the archive may be downloaded, 1 to 100; once unless given.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100))]
    max_downloads: Option<u32>,
    /// A password that is asked for as well, 8 to 128 characters. Tell it by another way than the link.
    #[serde(default)]
    password: Option<String>,
    /// What the link is for, seen by staff only.
    #[serde(default)]
    note: Option<String>,
    /// Why, for the audit log.
    #[serde(default)]
    reason: Option<String>,
}

/// A new link.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewShareLink {
    /// Its id, which opens nothing.
    id: ShareLinkId,
    /// The link itself. It is shown here and nowhere else.
    url: String,
    /// When it stops working.
    expires_at: Timestamp,
    /// How often the archive may be downloaded.
    max_downloads: u32,
    /// How often it still may.
    remaining: u32,
    /// Whether it asks for a password.
    password_required: bool,
}

pub async fn create_share_link(
    call: Call<OwnedGrant<ExportJob>>,
    Body(body): Body<CreateShareLink>,
) -> Result<Created<NewShareLink>, Problem> {
    let reason = call.reason(body.reason.as_deref())?;
    let hours = within("expiresInHours", body.expires_in_hours.unwrap_or(HOURS), LONGEST_HOURS)?;
    let max_downloads = within("maxDownloads", body.max_downloads.unwrap_or(1), MOST_DOWNLOADS)?;
    let note = body.note.as_deref().map(|note| text::note("note", note, 200)).transpose()?;
    if body.password.as_ref().is_some_and(|password| !(8..=128).contains(&prepare(password).chars().count())) {
        return Err(Refused::field("password", "length", "Give 8 to 128 characters, or leave the field out.").into());
    }
    let job = call.thing.clone();
    let now = call.now();
    job.check_ready(now)?;

    let token = secret::token()?;
    let wanted = share_link::expiry(now, hours);
    let link = ShareLink {
        id: call.app.id(ShareLinkId::new),
        job_id: job.id,
        user_id: job.user_id,
        size: job.size.unwrap_or(0),
        expires_at: job.expires_at.map_or(wanted, |end| end.min(wanted)),
        max_downloads,
        remaining: max_downloads,
        password_hash: body.password.as_deref().map(password::hash).transpose()?,
        tries_left: PASSWORD_TRIES,
        revoked_at: None,
        note,
        created_by: call.caller.principal.pseudonym,
        created_at: now,
        trail: Vec::new(),
    };
    let mut tx = call.app.transaction();
    tx.create_share_link(&secret::hex_digest(&token), &link)?;
    tx.check_completed(job.id)?;
    let mut entry = call.entry("share_link.created", find::link(link.id, call.owner()?.subject()));
    entry.reason = reason;
    tx.audit(entry)?;
    let answer = Created(
        NewShareLink {
            id: link.id,
            url: format!("{}/share/{token}", call.app.public_url()),
            expires_at: link.expires_at,
            max_downloads,
            remaining: max_downloads,
            password_required: link.password_hash.is_some(),
        },
        format!("{JOBS}/{}/share-links", job.id),
    );
    match call.commit(tx, &answer).await {
        // The archive went since the job was read: decide anew, and say so.
        Err(Problem::Failed { action: JOB, .. }) => Err(Problem::Collision),
        result => result.map(|()| answer),
    }
}

fn within(field: &str, given: u32, most: u32) -> Result<u32, Refused> {
    if (1..=most).contains(&given) {
        Ok(given)
    } else {
        Err(Refused::field(field, "out_of_range", format!("Give a number from 1 to {most}.")))
    }
}
