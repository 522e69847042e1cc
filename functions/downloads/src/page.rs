//! The pages of a share link: plain HTML without scripts, images or other resources, which a screen
//! reader reads in order.

use http::{HeaderValue, StatusCode, header};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use provost_domain::{ApiError, Code, Timestamp, share_link::ShareLink};
use provost_http::{
    Html,
    reply::{IntoReply, Reply, ReplyDoc},
};
use schemars::SchemaGenerator;

/// A page for a browser, or an answer for a program.
#[derive(Debug, Clone)]
pub enum Shown<T> {
    /// For a browser.
    Page {
        /// The page.
        html: Html,
        /// What its form may lead to.
        policy: String,
    },
    /// For a program.
    Answer(T),
}

impl<T> Shown<T> {
    /// A page. Its form is answered with a redirect to the bucket, and browsers apply the page's
    /// policy to that redirect too, so the policy names the bucket's origin.
    pub(crate) fn page(status: StatusCode, page: String, base: &str) -> Self {
        let elsewhere = if base.starts_with("https:") {
            "https:"
        } else {
            "http://127.0.0.1:* http://localhost:*"
        };
        let policy = format!(
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self' {elsewhere}; base-uri 'none'; frame-ancestors 'none'"
        );
        Self::Page { html: Html { status, page }, policy }
    }

    /// The page that says why there is no download.
    pub(crate) fn refused(refused: &ApiError, base: &str) -> Self {
        let status = StatusCode::from_u16(refused.code.status()).unwrap_or(StatusCode::GONE);
        Self::page(status, refusal(refused), base)
    }
}

impl<T: IntoReply> IntoReply for Shown<T> {
    fn reply(&self) -> Reply {
        match self {
            Self::Answer(answer) => answer.reply(),
            Self::Page { html, policy } => {
                let mut reply = html.reply();
                if let Ok(policy) = HeaderValue::from_str(policy) {
                    reply.headers.insert(header::CONTENT_SECURITY_POLICY, policy);
                }
                reply
            }
        }
    }

    fn describe(generator: &mut SchemaGenerator) -> ReplyDoc {
        let mut doc = T::describe(generator);
        let page = ReplyDoc {
            description: "The page of the share link, for a browser.",
            ..Html::describe(generator)
        };
        if doc.status == page.status {
            doc.content.extend(page.content);
        } else {
            doc.instead.push(page);
        }
        ReplyDoc { refuses_by_page: true, ..doc }
    }
}

const STYLE: &str = "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:3rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}\
dt{font-weight:600}dd{margin:0 0 .6rem;overflow-wrap:anywhere}label{display:block;margin:.6rem 0 .2rem}\
input,button{font:inherit;padding:.5rem .8rem;border:1px solid #555;border-radius:.3rem}button{background:#0b57a4;color:#fff;border-color:#0b57a4;margin-top:1rem;cursor:pointer}\
.wrong{border-left:.3rem solid #a40b0b;padding-left:.8rem}\
@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}input{background:#222;color:#eee}}";

fn whole(title: &str, main: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (title) }
                    (main)
                }
            }
        }
    }
    .into_string()
}

/// The page of an open link: the file and the button. `wrong` is the error of the password that was
/// given.
pub(crate) fn archive(link: &ShareLink, wrong: Option<&ApiError>) -> String {
    let notice = wrong.map(|refused| {
        refused.fields.first().map_or(refused.detail.as_str(), |field| field.message.as_str())
    });
    let described = notice.is_some().then_some("wrong");
    let main = html! {
        @if let Some(notice) = notice {
            p .wrong #wrong role="alert" { (notice) }
        }
        dl {
            dt { "File" } dd { (link.file_name()) }
            dt { "Size" } dd { (size(link.size)) }
            dt { "Link expires" }
            dd { time datetime=(link.expires_at) { (moment(link.expires_at)) } }
            dt { "Downloads left" } dd { (link.remaining) }
        }
        p { "The file is encrypted with age. To open it, you need its key, which is not part of this link." }
        form method="post" {
            @if link.password_hash.is_some() {
                label for="password" { "Password" }
                input #password name="password" type="password" autocomplete="off" required
                    aria-invalid=[described.map(|_| "true")] aria-describedby=[described];
            }
            button { "Download" }
        }
    };
    whole("A file was shared with you", &main)
}

fn refusal(refused: &ApiError) -> String {
    let title = match refused.code {
        Code::LinkExpired => "This link has expired",
        Code::LinkUsedUp => "This link has no downloads left",
        Code::LinkRevoked => "This link has been revoked",
        _ => "Link not found",
    };
    whole(title, &html! { p { (refused.detail) } })
}

/// A readable size in decimal units, with one decimal below ten.
fn size(bytes: u64) -> String {
    if bytes < 1000 {
        return format!("{bytes} bytes");
    }
    let (mut value, mut unit) = (bytes as f64, "");
    for next in ["kB", "MB", "GB", "TB"] {
        value /= 1000.0;
        unit = next;
        if value < 999.5 {
            break;
        }
    }
    if value < 9.95 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

/// A time to the minute, `2026-11-20 16:00 UTC`.
fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    format!("{} {} UTC", &text[..10], &text[11..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn external_text_never_becomes_markup() {
        let page = refusal(&ApiError::new(Code::NotFound, "<script>alert('x')</script>"));
        assert!(!page.contains("<script>"));
        assert!(page.contains("&lt;script&gt;alert('x')"));
    }

    #[test]
    fn a_size_has_one_unit() {
        assert_eq!(
            [size(999), size(1_234), size(1_234_567_890)],
            ["999 bytes", "1.2 kB", "1.2 GB"]
        );
    }
}
