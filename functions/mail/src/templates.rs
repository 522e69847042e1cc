//! `GET /api/admin/emails/templates`: list the email templates, and when each is sent.

use std::collections::BTreeMap;

use provost_domain::{
    ApiError, Timestamp,
    mail::{
        Template,
        content::{Language, MailContent},
        saved_template::SavedTemplate,
    },
    page::Page,
};
use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, access::StaffGrant};
use provost_mail::{Variable, built_in, has_content, variables};
use schemars::JsonSchema;
use serde::Serialize;

/// An email template.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TemplateView {
    /// Template id, as in the list of sent emails.
    id: Template,
    /// Name of the template.
    name: &'static str,
    /// Built-in subject line in English.
    subject: &'static str,
    /// When the email is sent.
    about: &'static str,
}

impl TemplateView {
    fn of(template: Template) -> Self {
        Self {
            id: template,
            name: template.title(),
            subject: template.subject(),
            about: template.about(),
        }
    }
}

/// A variable of an email template.
#[derive(Debug, Serialize, JsonSchema)]
pub struct VariableView {
    /// Name, as in `{{ firstName }}`.
    name: &'static str,
    /// What it stands for.
    about: &'static str,
    /// A value.
    example: &'static str,
    /// Whether it may have no value. It is then false in a condition, and leaves no gap in the text.
    optional: bool,
}

/// The content of an email template in one language.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplateContentView {
    /// For users whose locale has this language; English is for all others.
    language: Language,
    /// Content in use.
    content: MailContent,
    /// Built-in content.
    built_in: MailContent,
    /// Whether staff changed the content.
    customised: bool,
    /// Version: 0 for a content that was never changed.
    version: u64,
    /// Time of the last change.
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<Timestamp>,
}

impl TemplateContentView {
    /// The content in a language; none for a template without content of its own.
    pub fn of(
        template: Template,
        language: Language,
        saved: Option<&SavedTemplate>,
    ) -> Option<Self> {
        let built_in = built_in(template, language)?;
        let content = saved.and_then(|saved| saved.content.clone());
        Some(Self {
            language,
            customised: content.is_some(),
            content: content.unwrap_or_else(|| built_in.clone()),
            built_in,
            version: saved.map_or(0, |saved| saved.version),
            updated_at: saved.map(|saved| saved.updated_at),
        })
    }
}

/// An email template with its contents and variables.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TemplateDetails {
    #[serde(flatten)]
    template: TemplateView,
    /// Variables that the content may use.
    variables: Vec<VariableView>,
    /// Content in each language. The locale of the recipient decides which is sent.
    languages: Vec<TemplateContentView>,
}

impl TemplateDetails {
    fn of(template: Template, saved: &BTreeMap<Language, SavedTemplate>) -> Self {
        let view = |variable: &Variable| {
            let Variable { name, about, example, optional } = *variable;
            VariableView { name, about, example, optional }
        };
        Self {
            template: TemplateView::of(template),
            variables: variables(template).iter().map(view).collect(),
            languages: Language::ALL
                .iter()
                .filter_map(|language| {
                    TemplateContentView::of(template, *language, saved.get(language))
                })
                .collect(),
        }
    }
}

/// Lists the email templates.
pub async fn list_email_templates(
    ctx: RequestContext<StaffGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<List<TemplateView>>> {
    let request = ctx.page_request(&paging).await?;
    let all = Template::ALL.into_iter().filter(|template| has_content(*template));
    let all = all.map(TemplateView::of).collect();
    Ok(Json::new(ctx.list(Page::of(all, &request), &request).await?))
}

/// Gets an email template.
pub async fn get_email_template(
    ctx: RequestContext<StaffGrant>,
) -> HandlerResult<Json<TemplateDetails>> {
    let template = named(&ctx)?;
    let saved = ctx.app.store().saved_mail_template(template).await?;
    Ok(Json::new(TemplateDetails::of(template, &saved)))
}

/// The template in the path.
///
/// # Errors
/// `NOT_FOUND` for a name without a template that has content.
pub fn named(ctx: &RequestContext<StaffGrant>) -> Result<Template, ApiError> {
    let name = ctx.param("name");
    let found = Template::ALL.into_iter().find(|template| template.as_str() == name);
    found.filter(|template| has_content(*template)).ok_or_else(|| ApiError::missing("template"))
}
