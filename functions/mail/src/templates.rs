//! `GET /api/admin/emails/templates`: the letters that the platform writes, and when.

use provost_domain::{mail::Template, page::Page};
use provost_http::{Answer, Call, Json, List, Paging, Query, access::Staff};
use schemars::JsonSchema;
use serde::Serialize;

/// One kind of letter.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TemplateView {
    /// Its id, as the mail log names it.
    id: Template,
    /// Its name.
    name: &'static str,
    /// The subject line.
    subject: &'static str,
    /// When it is written.
    about: &'static str,
}

/// Every kind of letter.
pub async fn list_email_templates(call: Call<Staff>, Query(paging): Query<Paging>) -> Answer<Json<List<TemplateView>>> {
    let request = call.page_request(&paging).await?;
    let all = Template::ALL
        .iter()
        .map(|template| TemplateView { id: *template, name: template.title(), subject: template.subject(), about: template.about() })
        .collect();
    Ok(Json::new(call.list(Page::of(all, &request), &request).await?))
}
