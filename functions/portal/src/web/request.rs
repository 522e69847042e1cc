//! What a browser sends to a page: a query, and the fields of a form.

use bytes::Bytes;
use futures_util::FutureExt;
use http::header;
use provost_domain::ApiError;
use provost_http::input::{Incoming, Input, InputDoc};
use schemars::SchemaGenerator;

use super::fields::{Fields, Upload};

/// The query and the form as they were sent. The page reads what it needs: links may have gained
/// parameters on their way.
#[derive(Debug)]
pub struct PortalRequest {
    /// The query.
    pub query: String,
    /// The fields of the form.
    pub form: Fields,
}

impl Input for PortalRequest {
    const QUERY: bool = true;
    // A form can have a file.
    const MAX_SIZE: usize = provost_domain::file::MAX_AVATAR + 64 * 1024;
    fn read(incoming: &Incoming) -> Result<Self, ApiError> {
        let form = match with_files(incoming) {
            Some(fields) => fields,
            None => Fields::read(&incoming.body),
        };
        Ok(Self { query: incoming.query.clone(), form })
    }
    fn describe(_: &mut SchemaGenerator, _: &mut InputDoc) {}
}

/// The fields and files of `multipart/form-data` (RFC 7578); `None` for another form. What is after a
/// fault is left out, and the page asks for it.
fn with_files(incoming: &Incoming) -> Option<Fields> {
    let content_type = incoming.headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let boundary = multer::parse_boundary(content_type).ok()?;
    let whole = incoming.body.clone();
    let body = futures_util::stream::once(async { Ok::<Bytes, std::convert::Infallible>(whole) });
    let mut parts = multer::Multipart::new(body, boundary);
    let mut fields = Fields::default();
    // The whole body is in memory, so this never waits.
    while let Some(Ok(Some(part))) = parts.next_field().now_or_never() {
        let name = part.name().unwrap_or_default().to_owned();
        let file = part.file_name().map(str::to_owned);
        let kind = part.content_type().map(ToString::to_string).unwrap_or_default();
        let Some(Ok(bytes)) = part.bytes().now_or_never() else { break };
        match file {
            None => fields.push(&name, &String::from_utf8_lossy(&bytes)),
            Some(_) if bytes.is_empty() => {}
            Some(file) => fields.attach(&name, Upload { name: file, content_type: kind, bytes }),
        }
    }
    Some(fields)
}
