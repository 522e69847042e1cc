//! `POST /api/admin/emails/templates/{name}/preview`: render a template with example values, saved
//! or not, and optionally send it to the caller.

use provost_domain::{
    MessageId,
    lockout::MAIL_RECIPIENTS,
    mail::content::{Language, MailContent},
};
use provost_http::{Body, HandlerResult, Json, LimitKey, RequestContext, StaffGrant};
use provost_mail::{check, examples, fill, variables};
use provost_operations::mail::{Design, first_name, send_message};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::templates::named;

/// Request to preview an email template. Parts that are left out are the current ones.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PreviewTemplate {
    /// Which content to render. Default: English.
    language: Option<Language>,
    /// Subject line to try.
    subject: Option<String>,
    /// Text to try.
    text: Option<String>,
    /// HTML to try.
    html: Option<String>,
    /// Whether to leave out the values of optional variables. Default: false.
    without_optional: bool,
    /// Whether to send it to your own address as well. Default: false.
    send_to_me: bool,
}

/// A rendered email.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewView {
    /// Subject line.
    subject: String,
    /// Text part.
    text: String,
    /// HTML part.
    html: String,
    /// Message id of the email that is sent to you, as in the list of sent emails.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_as: Option<MessageId>,
}

/// Renders an email template.
pub async fn preview_email_template(
    ctx: RequestContext<StaffGrant>,
    Body(body): Body<PreviewTemplate>,
) -> HandlerResult<Json<PreviewView>> {
    let template = named(&ctx)?;
    let language = body.language.unwrap_or(Language::English);
    let mut design = Design::of(ctx.app.store(), template, language).await?;
    if let Some(current) = design.content.take() {
        let content = MailContent {
            subject: body.subject.unwrap_or(current.subject),
            html: body.html.or(if body.text.is_none() { current.html } else { None }),
            text: body.text.unwrap_or(current.text),
        }
        .checked()?;
        check(&content, variables(template))?;
        design.content = Some(content);
    }
    let mut values = examples(variables(template), !body.without_optional);
    if !body.without_optional {
        values.insert("firstName", first_name(&ctx.caller.user));
    }
    let rendered = design.render(values.clone(), ctx.app.public_url(), None)?;
    let view = |sent_as| {
        let rendered = rendered.clone();
        Json::new(PreviewView {
            subject: rendered.subject,
            text: rendered.text,
            html: rendered.html,
            sent_as,
        })
    };
    let Some(content) = design.content.as_ref().filter(|_| body.send_to_me) else {
        return Ok(view(None));
    };
    ctx.count_several(MAIL_RECIPIENTS, LimitKey::Account(ctx.caller.user.user_id), 1).await?;
    values.insert("brand", Some(design.brand.name.clone()));
    values.insert("url", Some(ctx.app.public_url().to_owned()));
    let me = (ctx.caller.user.email.clone(), ctx.caller.user.user_id);
    let change = send_message(&ctx.op(None), &[me], fill(content, &values)?, None)?;
    ctx.complete(change, |queued| view(queued.emails.first().map(|(_, email)| *email))).await
}
