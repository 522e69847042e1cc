//! The routes of the function `mail`: email templates, emails to individual users and to many,
//! statistics, sent emails with their delivery status, and the link to unsubscribe.

mod broadcasts;
mod lift_suppression;
mod logs;
mod preview_template;
mod send;
mod stats;
mod templates;
mod unsubscribe;
mod update_template;

use http::Method;
use provost_domain::{Code, Permission};
use provost_http::{Access, Effect::Write, Routes};

/// The routes of this function.
pub fn routes() -> Routes {
    Routes::of("mail")
        .get(
            "/api/admin/email/logs",
            Access::staff(Permission::MailLogs),
            logs::list_sent_emails,
            "List sent emails with their delivery status, newest first.",
        )
        .get(
            "/api/admin/email/stats",
            Access::staff(Permission::MailRead),
            stats::get_email_stats,
            "Get the number of emails by status of the last 30 days, in all and by day.",
        )
        .route(
            Method::DELETE,
            "/api/admin/email/suppressions",
            Access::staff(Permission::MailSend),
            Write,
            lift_suppression::lift_email_suppression,
            "Send email again to an address that is suppressed after a bounce or a spam report.",
        )
        .errors(&[Code::NotFound, Code::Outranked, Code::CannotModifySelf])
        .route(
            Method::POST,
            "/api/admin/email/send",
            Access::staff(Permission::MailSend),
            Write,
            send::send_email,
            "Send an email to 1 to 50 users, by their addresses. The answer lists addresses that no account has, and those of suspended users, who get no email. Follow the emails in the list of sent emails. Limit: 500 recipients per sender and day.",
        )
        .errors(&[Code::RateLimited])
        .get(
            "/api/admin/emails/templates",
            Access::staff(Permission::MailRead),
            templates::list_email_templates,
            "List the email templates, and when each is sent.",
        )
        .get(
            "/api/admin/emails/templates/{name}",
            Access::staff(Permission::MailRead),
            templates::get_email_template,
            "Get an email template with its content in each language and its variables.",
        )
        .route(
            Method::PUT,
            "/api/admin/emails/templates/{name}",
            Access::staff(Permission::MailWrite),
            Write,
            update_template::update_email_template,
            "Change the content of an email template in one language, or return to the built-in content. Emails are written with it from now on. A template with the variable `link` or `token` can only be changed by root.",
        )
        .errors(&[Code::NotFound, Code::StaleVersion, Code::SuperadminRequired])
        .route(
            Method::POST,
            "/api/admin/emails/templates/{name}/preview",
            Access::staff(Permission::MailRead),
            Write,
            preview_template::preview_email_template,
            "Render an email template with example values, as it is or with a content to try. With `sendToMe`, also send it to your own address, which counts for the limit of emails to individual users.",
        )
        .errors(&[Code::NotFound, Code::RateLimited])
        .route(
            Method::POST,
            "/api/admin/emails/broadcast",
            Access::staff(Permission::MailBroadcast),
            Write,
            broadcasts::start_email_broadcast,
            "Send an email to many users, now or at a later time, in a job. Who gets it is decided when it is sent, and nobody gets it twice. With `dryRun`, only count the recipients. With `resume`, continue a missed broadcast.",
        )
        .errors(&[Code::NotFound, Code::InvalidAction])
        .get(
            "/api/admin/emails/broadcast",
            Access::staff(Permission::MailRead),
            broadcasts::list_email_broadcasts,
            "List broadcasts, newest first.",
        )
        .get(
            "/api/admin/emails/broadcast/{id}",
            Access::staff(Permission::MailRead),
            broadcasts::get_email_broadcast,
            "Get a broadcast with its content and progress.",
        )
        .route(
            Method::DELETE,
            "/api/admin/emails/broadcast/{id}",
            Access::staff(Permission::MailBroadcast),
            Write,
            broadcasts::cancel_email_broadcast,
            "Cancel a broadcast. Emails that were sent before cannot be recalled.",
        )
        .errors(&[Code::NotFound, Code::InvalidAction])
        .get(
            "/unsubscribe/{token}",
            Access::public(),
            unsubscribe::show_unsubscribe_page,
            "Show the page of the link to unsubscribe in a broadcast. Changes nothing.",
        )
        .page()
        .route(
            Method::POST,
            "/unsubscribe/{token}",
            Access::public(),
            Write,
            unsubscribe::unsubscribe_by_link,
            "Stop broadcasts to a user by the link in a broadcast, in one click (RFC 8058), or start them again.",
        )
        .page()
}
