//! `GET /api/admin/email/logs`: sent emails with their delivery status, newest first.

use provost_domain::{
    Email, MessageId, Timestamp, UserId,
    mail::{AddressRecord, BounceType, Mail, MailStatus, SuppressionReason, Template},
};
use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, access::StaffGrant};
use provost_store::mails::MailFilter;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Filters and page of a list of sent emails.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MailQuery {
    /// Only emails with this delivery status.
    status: Option<MailStatus>,
    /// Only emails of this template.
    template: Option<Template>,
    /// Only emails to this user.
    user_id: Option<UserId>,
    /// Only emails to this address.
    to: Option<Email>,
    /// Only emails created at or after this time.
    since: Option<Timestamp>,
    /// Only emails created before this time.
    until: Option<Timestamp>,
    /// Page number, starting at 1. Not together with `cursor`.
    #[schemars(range(min = 1))]
    page: Option<u32>,
    /// Items per page, 1 to 200; 50 by default.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// `nextCursor` of the previous page. Not together with `page`.
    cursor: Option<String>,
}

/// A sent email.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MailView {
    /// Message id.
    id: MessageId,
    /// User id of the recipient; null for an invitation to an address without an account.
    user_id: Option<UserId>,
    /// Email address of the recipient.
    to: String,
    /// Template of the email.
    template: Template,
    /// Subject line.
    subject: String,
    /// Text of the email. Present only where emails are captured instead of sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    /// Delivery status.
    status: MailStatus,
    /// Message id assigned by the email provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    transport_id: Option<String>,
    /// Reason for the failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Time of creation.
    created_at: Timestamp,
    /// Time at which the email provider accepted the email.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<Timestamp>,
    /// Whether the bounce is for good, when it bounced.
    #[serde(skip_serializing_if = "Option::is_none")]
    bounce_type: Option<BounceType>,
    /// When the bounce, complaint or rejection was reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    reported_at: Option<Timestamp>,
    /// What is known about the address now; absent for an address that takes email.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<AddressView>,
}

/// An address that did not take an email.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddressView {
    /// Why no email is sent to it; absent while it has only transient bounces.
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed: Option<SuppressionReason>,
    /// When the first of these emails came back.
    since: Timestamp,
    /// How many transient bounces there were.
    soft_bounces: u32,
    /// When this is forgotten, and email is sent to the address again.
    until: Timestamp,
}

impl AddressView {
    fn of(record: &AddressRecord, now: Timestamp) -> Option<Self> {
        let until = Timestamp::from_millis(record.ttl.saturating_mul(1000));
        let shown = || Self {
            suppressed: record.suppressed(now),
            since: record.since,
            soft_bounces: record.soft_bounces,
            until,
        };
        (now < until).then(shown)
    }
}

impl MailView {
    fn of((user_id, mail): (Option<UserId>, Mail), address: Option<AddressView>) -> Self {
        let Mail {
            id,
            to,
            template,
            subject,
            body,
            status,
            transport_id,
            error,
            created_at,
            sent_at,
            bounce_type,
            reported_at,
            // For operators, in the stored email and the logs.
            request_id: _,
        } = mail;
        Self {
            id,
            user_id,
            to,
            template,
            subject,
            body,
            status,
            transport_id,
            error,
            created_at,
            sent_at,
            bounce_type,
            reported_at,
            address,
        }
    }
}

/// Lists sent emails.
pub async fn list_sent_emails(
    ctx: RequestContext<StaffGrant>,
    Query(wanted): Query<MailQuery>,
) -> HandlerResult<Json<List<MailView>>> {
    let request = ctx
        .page_request(&Paging { page: wanted.page, limit: wanted.limit, cursor: wanted.cursor })
        .await?;
    let filter = MailFilter {
        status: wanted.status,
        template: wanted.template,
        user: wanted.user_id,
        to: wanted.to,
        since: wanted.since,
        until: wanted.until,
    };
    let page = ctx.app.store().mails(&filter, &request).await?;
    let records =
        ctx.app.store().address_records(page.rows.iter().map(|(_, mail)| mail.to.as_str())).await?;
    let now = ctx.now();
    let view = |row: (Option<UserId>, Mail)| {
        let address = records.get(&row.1.to).and_then(|record| AddressView::of(record, now));
        MailView::of(row, address)
    };
    Ok(Json::new(ctx.list(page.map(view), &request).await?))
}
