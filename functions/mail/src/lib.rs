//! The routes of the function `mail`: the email templates, and sent emails with their delivery
//! status.

mod logs;
mod templates;

use provost_domain::Permission;
use provost_http::{Access, Routes};

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
            "/api/admin/emails/templates",
            Access::staff(Permission::MailRead),
            templates::list_email_templates,
            "List the email templates, and when each is sent.",
        )
}
