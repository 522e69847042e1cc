//! `/appeal/{token}`: the link in the email about a ban. Opening it shows a form and changes nothing,
//! since mail scanners open links too.

use http::StatusCode;
use provost_http::{HandlerResult, Html, JsonOrForm, PublicGrant, RequestContext};
use provost_operations::application::check_appeal;
use schemars::JsonSchema;
use serde::Deserialize;

use super::appeal::AppealLink;

/// The form of an appeal.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AppealForm {
    /// Why the ban should be lifted, 50 to 2000 characters.
    #[schemars(length(min = 50, max = 2000))]
    reason: String,
}

pub async fn show_appeal_page(ctx: RequestContext<PublicGrant>) -> HandlerResult<Html> {
    let link = AppealLink::read(&ctx, ctx.param("token"))?;
    let applicant = link.applicant(&ctx).await?;
    check_appeal(applicant.as_ref(), link.ban, &ctx.op(None))?;
    if ctx.app.store().has_appealed(link.user, link.ban).await? {
        return Ok(received());
    }
    let form = "<form method=\"post\"><label for=\"reason\">Why should the ban be lifted?</label>\
        <textarea id=\"reason\" name=\"reason\" rows=\"8\" minlength=\"50\" maxlength=\"2000\" required></textarea>\
        <button>Send the appeal</button></form>";
    Ok(page(
        "Appeal against your ban",
        "Write 50 to 2000 characters. Someone who can lift the ban will read it, and you will receive an email with the decision. A ban can be appealed once.",
        form,
    ))
}

pub async fn appeal_by_page(
    ctx: RequestContext<PublicGrant>,
    JsonOrForm(body): JsonOrForm<AppealForm>,
) -> HandlerResult<Html> {
    let link = AppealLink::read(&ctx, ctx.param("token"))?;
    let change = link.appeal(&ctx, body.reason, None).await?;
    ctx.complete(change, |_| received()).await
}

fn received() -> Html {
    page(
        "We have received your appeal",
        "You will receive an email with the decision. There is nothing more to do.",
        "",
    )
}

/// A page of fixed sentences; nothing in it comes from the request.
fn page(title: &str, text: &str, form: &str) -> Html {
    let style = "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1.5rem;color:#1c2330}label,textarea{display:block;width:100%;box-sizing:border-box;font:inherit;margin:.4rem 0}button{font:inherit;padding:.6rem 1.2rem;border:0;border-radius:.4rem;background:#1b5fc1;color:#fff;cursor:pointer}";
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><style>{style}</style><h1>{title}</h1><p>{text}</p>{form}</html>"
    );
    Html { status: StatusCode::OK, page }
}
