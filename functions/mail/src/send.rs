//! `POST /api/admin/email/send`: send an email to individual users.

use std::collections::BTreeSet;

use provost_domain::{
    ApiError, Email, MessageId, Status, UserId, lockout::MAIL_RECIPIENTS,
    mail::content::MailContent,
};
use provost_http::{Accepted, Body, HandlerResult, LimitKey, RequestContext, StaffGrant};
use provost_operations::mail::{MAX_RECIPIENTS, send_message};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Request to send an email to individual users.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SendEmail {
    /// Email addresses of users, 1 to 50.
    #[schemars(length(min = 1, max = 50))]
    to: Vec<Email>,
    /// Subject line, 1 to 200 characters. May contain the variables `firstName`, `brand` and `url`.
    subject: String,
    /// Text, 1 to 10,000 characters, with the same variables.
    text: String,
    /// HTML, up to 10,000 characters. Without it, the HTML part is made from the text.
    #[serde(default)]
    html: Option<String>,
    /// Whether replies go to your own address instead of the platform's. Default: false.
    #[serde(default)]
    replies_to_me: bool,
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    #[serde(default)]
    reason: Option<String>,
}

/// Emails that are queued.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueuedEmails {
    /// Number of queued emails.
    queued: usize,
    /// Number of addresses that no account has.
    failed: usize,
    /// Addresses that no account has.
    errors: Vec<Email>,
    /// Addresses of suspended users, who get no email.
    left_out: Vec<Email>,
    /// Message ids of the emails, as in the list of sent emails.
    emails: Vec<MessageId>,
}

/// Sends an email to individual users.
pub async fn send_email(
    ctx: RequestContext<StaffGrant>,
    Body(body): Body<SendEmail>,
) -> HandlerResult<Accepted<QueuedEmails>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let addresses: BTreeSet<Email> = body.to.into_iter().collect();
    if addresses.is_empty() || addresses.len() > MAX_RECIPIENTS {
        return Err(ApiError::field(
            "to",
            "out_of_range",
            "Send 1 to 50 addresses. Use a broadcast for more recipients.",
        )
        .into());
    }
    // The answer reveals which addresses have an account, so each counts, whether it has one or not.
    let amount = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
    ctx.count_several(MAIL_RECIPIENTS, LimitKey::Account(ctx.caller.user.user_id), amount).await?;
    let (mut recipients, mut errors) = (Vec::new(), Vec::new());
    for address in addresses {
        match ctx.app.store().owner_of_email(&address).await? {
            Some(user) => recipients.push((address, user)),
            None => errors.push(address),
        }
    }
    let users = ctx.app.store().users_of(recipients.iter().map(|(_, user)| *user)).await?;
    let is_banned = |(_, user): &(Email, UserId)| {
        users.get(user).is_some_and(|user| user.standing() == Status::Suspended)
    };
    let (left_out, recipients): (Vec<_>, Vec<_>) = recipients.into_iter().partition(is_banned);
    let left_out: Vec<Email> = left_out.into_iter().map(|(address, _)| address).collect();
    if recipients.is_empty() && !left_out.is_empty() {
        return Err(ApiError::field(
            "to",
            "suspended",
            "The users with these addresses are suspended and get no email. Lift the suspension first.",
        )
        .into());
    }
    if recipients.is_empty() {
        return Err(ApiError::field(
            "to",
            "unknown",
            "No account has any of these addresses. Check them, and send the request again.",
        )
        .into());
    }
    let content = MailContent { subject: body.subject, text: body.text, html: body.html };
    let replies_to = body.replies_to_me.then_some(ctx.caller.user.pseudonym);
    let change = send_message(&ctx.op(reason), &recipients, content, replies_to)?;
    ctx.complete(change, |sent| {
        let emails: Vec<_> = sent.emails.into_iter().map(|(_, email)| email).collect();
        let (queued, failed) = (emails.len(), errors.len());
        let view = QueuedEmails { queued, failed, errors, left_out, emails };
        Accepted(view, "/api/admin/email/logs".to_owned())
    })
    .await
}
