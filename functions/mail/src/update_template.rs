//! `PUT /api/admin/emails/templates/{name}`: change the content of a template in one language.

use provost_domain::{
    ApiError,
    mail::content::{Language, MailContent},
};
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffGrant};
use provost_operations::mail::save_template;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::templates::{TemplateContentView, named};

/// Request to change an email template. `reset` cannot be sent together with a content.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateTemplate {
    /// Language of the content.
    language: Language,
    /// Subject line with variables, 1 to 200 characters. Required unless `reset` is sent.
    #[serde(default)]
    subject: Option<String>,
    /// Text with variables, 1 to 10,000 characters. Required unless `reset` is sent.
    #[serde(default)]
    text: Option<String>,
    /// HTML with variables, up to 10,000 characters. Without it, the HTML part is made from the
    /// text.
    #[serde(default)]
    html: Option<String>,
    /// Whether to return to the built-in content. Default: false.
    #[serde(default)]
    reset: bool,
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    #[serde(default)]
    reason: Option<String>,
}

/// Changes an email template.
pub async fn update_email_template(
    ctx: RequestContext<StaffGrant>,
    Body(body): Body<UpdateTemplate>,
) -> HandlerResult<Json<TemplateContentView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let template = named(&ctx)?;
    let content = match (body.reset, body.subject, body.text, body.html) {
        (true, None, None, None) => None,
        (true, _, _, _) => {
            return Err(ApiError::field(
                "reset",
                "contradiction",
                "A reset returns to the built-in content. Send either a content or `reset`.",
            )
            .into());
        }
        (false, subject, text, html) => Some(MailContent {
            subject: subject.unwrap_or_default(),
            text: text.unwrap_or_default(),
            html,
        }),
    };
    let saved = ctx.app.store().saved_mail_template(template).await?;
    let before = saved.get(&body.language);
    ctx.check_version(before.map_or(0, |saved| saved.version))?;
    let view = |saved| {
        TemplateContentView::of(template, body.language, saved)
            .ok_or_else(|| ApiError::missing("template"))
    };
    let (op, actor) = (ctx.op(reason), ctx.caller.acting());
    match save_template(&op, actor, template, body.language, before, content)? {
        None => {
            let version = before.map_or(0, |saved| saved.version);
            Ok(Json::new(view(before)?).version(version))
        }
        Some(change) => {
            let (after, version) = (view(Some(&change.after))?, change.after.version);
            ctx.complete(change, |_| Json::new(after).version(version)).await
        }
    }
}
