//! A file of users, or the job that writes one.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use provost_api::{ExportView, Snake};
use provost_http::{
    Accepted,
    reply::{IntoReply, Reply, ReplyDoc},
};
use schemars::SchemaGenerator;

/// A file of users.
#[derive(Debug)]
pub struct FileOfUsers {
    /// Name of the file.
    pub name: &'static str,
    /// Whether it begins with a byte order mark.
    pub bom: bool,
    /// Media type.
    pub media_type: &'static str,
    /// Number of users.
    pub users: u64,
    /// Columns that are empty because the caller may not see them.
    pub hidden: Vec<&'static str>,
    /// Cells that a spreadsheet would cut: `ROW:COLUMN=LENGTH`.
    pub long_cells: String,
    /// The file.
    pub text: String,
}

/// The response of an export.
#[derive(Debug)]
pub enum ExportReply {
    /// A file.
    File(FileOfUsers),
    /// A job.
    Job(Box<Accepted<Snake<ExportView>>>),
}

impl IntoReply for ExportReply {
    fn reply(&self) -> Reply {
        let file = match self {
            Self::Job(job) => return job.reply(),
            Self::File(file) => file,
        };
        let mut headers = HeaderMap::new();
        let mut add = |name: HeaderName, value: String| {
            if let Ok(value) = HeaderValue::from_str(&value)
                && !value.is_empty()
            {
                headers.insert(name, value);
            }
        };
        add(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", file.name));
        add(HeaderName::from_static("x-total-count"), file.users.to_string());
        add(HeaderName::from_static("x-redacted-columns"), file.hidden.join(", "));
        add(HeaderName::from_static("x-long-cells"), file.long_cells.clone());
        if file.bom {
            // The adapter of Lambda takes the mark off a text, and leaves bytes in an encoding as
            // they are.
            add(header::CONTENT_ENCODING, "identity".to_owned());
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
        ReplyDoc {
            status: 200,
            description: "The file. `X-Total-Count` is the number of users, `X-Redacted-Columns` names the columns that are empty because the caller may not see them, `X-Long-Cells` the first cells above 32,767 characters, which spreadsheets cut.",
            content: vec![("text/csv", text.clone()), ("application/x-ndjson", text)],
            headers: vec!["Content-Disposition"],
            instead: vec![Accepted::<Snake<ExportView>>::describe(generator)],
            ..ReplyDoc::default()
        }
    }
}
