//! `GET /api/admin/emails/templates`: list the email templates, and when each is sent.

use provost_domain::{mail::Template, page::Page};
use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, access::StaffGrant};
use schemars::JsonSchema;
use serde::Serialize;

/// An email template.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TemplateView {
    /// Template id, as in the list of sent emails.
    id: Template,
    /// Name of the template.
    name: &'static str,
    /// Subject line.
    subject: &'static str,
    /// When the email is sent.
    about: &'static str,
}

/// Lists the email templates.
pub async fn list_email_templates(
    ctx: RequestContext<StaffGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<List<TemplateView>>> {
    let request = ctx.page_request(&paging).await?;
    let all = Template::ALL
        .iter()
        .map(|template| TemplateView {
            id: *template,
            name: template.title(),
            subject: template.subject(),
            about: template.about(),
        })
        .collect();
    Ok(Json::new(ctx.list(Page::of(all, &request), &request).await?))
}
