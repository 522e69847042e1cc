//! `GET /api/admin/email/logs`: the letters that were written, newest first, and what became of each.

use provost_domain::{
    Email, MessageId, Timestamp, UserId,
    mail::{Mail, MailStatus, Template},
};
use provost_http::{Answer, Call, Json, List, Paging, Query, access::Staff};
use provost_store::mails::MailFilter;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which letters are wanted.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MailQuery {
    /// Only letters of this status.
    status: Option<MailStatus>,
    /// Only letters of this template.
    template: Option<Template>,
    /// Only letters to this address.
    to: Option<Email>,
    /// Only letters written at or after this time.
    since: Option<Timestamp>,
    /// The page's number, from 1. Not together with `cursor`.
    #[schemars(range(min = 1))]
    page: Option<u32>,
    /// Rows per page, 1 to 200; 50 unless given.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// `nextCursor` of the page before. Not together with `page`.
    cursor: Option<String>,
}

/// One letter.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MailView {
    /// Its id.
    id: MessageId,
    /// To whom; null for an invitation to an address that has no account.
    user_id: Option<UserId>,
    /// The address that it went to.
    to: String,
    /// Which letter.
    template: Template,
    /// The subject line.
    subject: String,
    /// The text; only where mail is captured instead of sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    /// What became of it.
    status: MailStatus,
    /// The transport's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    transport_id: Option<String>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// When it was written.
    created_at: Timestamp,
    /// When the transport took it.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<Timestamp>,
}

impl From<(Option<UserId>, Mail)> for MailView {
    fn from((user_id, mail): (Option<UserId>, Mail)) -> Self {
        let Mail { id, to, template, subject, body, status, transport_id, error, created_at, sent_at } = mail;
        Self { id, user_id, to, template, subject, body, status, transport_id, error, created_at, sent_at }
    }
}

/// A page of the mail log.
pub async fn list(call: Call<Staff>, Query(wanted): Query<MailQuery>) -> Answer<Json<List<MailView>>> {
    let request = call.page_request(&Paging { page: wanted.page, limit: wanted.limit, cursor: wanted.cursor }).await?;
    let filter = MailFilter { status: wanted.status, template: wanted.template, to: wanted.to, since: wanted.since };
    let page = call.app.store().mails(&filter, &request).await?;
    Ok(Json::new(call.list(page.map(MailView::from), &request).await?))
}
