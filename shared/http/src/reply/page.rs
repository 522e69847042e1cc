//! Pages for browsers.

use http::{HeaderMap, StatusCode, header};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;

use super::{HTML, IntoReply, Json, Reply, ReplyDoc, page_doc};

/// An HTML page, which may not contain scripts.
#[derive(Debug, Clone)]
pub struct Html {
    /// The status.
    pub status: StatusCode,
    /// The page.
    pub page: String,
}

impl IntoReply for Html {
    fn reply(&self) -> Reply {
        let reply = Reply {
            status: self.status,
            headers: HeaderMap::new(),
            content_type: HTML,
            body: self.page.clone().into(),
        };
        reply.with(
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        )
    }
    fn describe(_: &mut SchemaGenerator) -> ReplyDoc {
        ReplyDoc {
            status: 200,
            description: "An HTML page.",
            content: vec![page_doc()],
            refuses_by_page: true,
            ..ReplyDoc::default()
        }
    }
}

/// A page for a browser, or JSON for a program.
#[derive(Debug, Clone)]
pub enum HtmlOr<T> {
    /// For a browser.
    Html(Html),
    /// For a program.
    Json(Json<T>),
}

impl<T: Serialize + JsonSchema> IntoReply for HtmlOr<T> {
    fn reply(&self) -> Reply {
        match self {
            Self::Html(page) => page.reply(),
            Self::Json(json) => json.reply(),
        }
    }
    fn describe(generator: &mut SchemaGenerator) -> ReplyDoc {
        let mut doc = Json::<T>::describe(generator);
        doc.content.push(page_doc());
        ReplyDoc { refuses_by_page: true, ..doc }
    }
}
