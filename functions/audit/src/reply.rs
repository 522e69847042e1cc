//! A page of entries, or a file of them.

use http::{HeaderMap, HeaderValue, StatusCode, header};
use provost_domain::audit::Record;
use provost_http::{
    Json, List,
    reply::{IntoReply, Reply, ReplyDoc},
};
use schemars::SchemaGenerator;

use crate::file::EntriesFile;

/// The response of a list of entries.
#[derive(Debug)]
pub(crate) enum EntriesOrFile {
    /// A page.
    Page(Json<List<Record>>),
    /// A file.
    File(EntriesFile),
}

impl IntoReply for EntriesOrFile {
    fn reply(&self) -> Reply {
        let file = match self {
            Self::Page(page) => return page.reply(),
            Self::File(file) => file,
        };
        let mut headers = HeaderMap::new();
        let disposition = format!("attachment; filename=\"{}\"", file.name);
        if let Ok(value) = HeaderValue::from_str(&disposition) {
            headers.insert(header::CONTENT_DISPOSITION, value);
        }
        Reply {
            status: StatusCode::OK,
            headers,
            content_type: file.media_type,
            body: file.text.clone().into(),
        }
    }

    fn describe(generator: &mut SchemaGenerator) -> ReplyDoc {
        let text = serde_json::json!({"type": "string"});
        let mut doc = Json::<List<Record>>::describe(generator);
        doc.content.push(("text/csv", text.clone()));
        doc.content.push(("application/x-ndjson", text));
        doc
    }
}
