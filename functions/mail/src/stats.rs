//! `GET /api/admin/email/stats`: counts of the emails of the last 30 days.

use provost_domain::{Timestamp, time::DAY};
use provost_http::{HandlerResult, Json, RequestContext, StaffGrant};
use provost_store::mails::stats::MailCounts;
use schemars::JsonSchema;
use serde::Serialize;

/// Days in the statistics, today included.
const DAYS: i64 = 30;

/// Counts of emails of the last 30 days.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EmailStats {
    /// First day (UTC).
    from: String,
    /// Last day (UTC): today.
    to: String,
    /// Emails that were written.
    total: i64,
    /// Emails that are waiting to be sent.
    pending: i64,
    /// Emails that the transport accepted.
    sent: i64,
    /// Emails that could not be sent.
    failed: i64,
    /// Emails that the transport did not confirm.
    unconfirmed: i64,
    /// Emails that came back.
    bounced: i64,
    /// Emails that were reported as spam.
    complained: i64,
    /// Counts by day, oldest first, also of days without emails.
    days: Vec<EmailDay>,
}

/// Counts of emails of a day, each by the time of its event.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EmailDay {
    /// Day (UTC).
    day: String,
    /// Emails that were written.
    total: i64,
    /// Emails that the transport accepted.
    sent: i64,
    /// Emails that could not be sent.
    failed: i64,
    /// Emails that came back.
    bounced: i64,
    /// Emails that were reported as spam.
    complained: i64,
}

/// Gets the counts of emails.
pub async fn get_email_stats(ctx: RequestContext<StaffGrant>) -> HandlerResult<Json<EmailStats>> {
    let day = |ago: i64| Timestamp::from_millis(ctx.now().millis() - ago * DAY).date();
    let (from, to) = (day(DAYS - 1), day(0));
    let counts = ctx.app.store().mail_counts(&from, &to).await?;
    let mut all = MailCounts::default();
    for day in counts.values() {
        all.add(*day);
    }
    let days = (0..DAYS)
        .rev()
        .map(|ago| {
            let day = day(ago);
            let counts = counts.get(&day).copied().unwrap_or_default();
            EmailDay {
                day,
                total: counts.created,
                sent: counts.sent,
                failed: counts.failed + counts.rejected,
                bounced: counts.bounced,
                complained: counts.complained,
            }
        })
        .collect();
    Ok(Json::new(EmailStats {
        from,
        to,
        total: all.created,
        // Emails of the day before the first may have been sent on it.
        pending: (all.created - all.sent - all.failed - all.unconfirmed).max(0),
        sent: all.sent,
        failed: all.failed + all.rejected,
        unconfirmed: all.unconfirmed,
        bounced: all.bounced,
        complained: all.complained,
        days,
    }))
}
