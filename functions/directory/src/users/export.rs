//! `GET /v1/users/bulk/export`: the users that match, as a file; many users as an encrypted archive
//! that a worker writes.

use std::collections::HashMap;

use provost_api::{ExportView, Snake};
use provost_archive::choose_recipients;
use provost_directory::{Layout, Reader, UserExport, UserFile, names};
use provost_domain::{ApiError, Code, UserId, export::ListFormat};
use provost_http::{
    Accepted, CONSISTENCY_TOKEN, HandlerError, HandlerResult, QueryParameters, RawQuery,
    RequestContext, access::StaffGrant,
};
use provost_operations::user::{UsersExport, export_users, start_users_export};
use provost_search::query::{csv::EXPORT_COLUMNS, describe};
use serde_json::Value;

use super::{
    export_reply::{ExportReply, FileOfUsers},
    lookup::{Lookup, check_no_page, refused},
};

/// The maximum number of users in a file of the response.
const MAX_USERS: usize = 5_000;
/// The maximum size of a file of the response, in bytes.
const MAX_SIZE: usize = 5_000_000;
/// The maximum size of the response as Lambda returns it, in bytes: 6 MiB with some headers.
const MAX_RESPONSE: usize = 6_200_000;
/// Where the requester finds the export.
const JOBS: &str = "/api/users/me/export-jobs";

/// The parameters of an export of users.
#[derive(Debug)]
pub struct ExportParameters;

impl QueryParameters for ExportParameters {
    fn schema() -> Value {
        let columns = format!(
            "Columns of the file in this order, separated by commas. Default: all of them: {}.",
            EXPORT_COLUMNS.join(", ")
        );
        describe::selection(&[
            (
                "sort",
                "Sort order: fields separated by commas, each with `-` in front for descending. Default: `-created_at`, with `search` `-relevance`. Users without a value come last.",
            ),
            ("format", "Format of the file: `csv` (default) or `ndjson`."),
            ("columns", &columns),
            (
                "bom",
                "`true` begins a table with a byte order mark, by which spreadsheets recognise UTF-8. Default: `false`.",
            ),
            (
                "csv_escape",
                "`owasp` (default) puts an apostrophe before cells that a spreadsheet would take for a formula; `none` does not.",
            ),
            (
                "async",
                "`true` always writes an archive. By default, only more than 5,000 users or 5 MB become one.",
            ),
            (
                "recipients",
                "Age public keys (`age1…`) that the archive is encrypted to, at most 20, separated by commas. If omitted, a key pair is created for the archive, and the secret key is returned once.",
            ),
        ])
    }
}

/// Exports users.
///
/// # Errors
/// What is wrong with the query; `IN_PROGRESS` while another export of the caller is running;
/// `INDEX_BEHIND` when users that match were erased a moment ago.
pub async fn export_directory_users(
    ctx: RequestContext<StaffGrant>,
    query: RawQuery<ExportParameters>,
) -> HandlerResult<ExportReply> {
    let reason = ctx.reason(None)?;
    check_no_page(&query.text)?;
    let Lookup { list, query: selected, snapshot } =
        Lookup::read(&ctx, &query.text, &UserExport::PARAMETERS).await?;
    if list.skip_unavailable {
        return Err(ApiError::field(
            "on_unavailable",
            "contradiction",
            "An export may not leave out conditions. Use `error` or omit this.",
        )
        .into());
    }
    let layout = Layout::read(&list)?;
    let recipients = names(&list, "recipients");
    // Who names recipients wants nothing that others can read.
    let asks = wants_archive(list.extras.get("async").map(Vec::as_slice))? || recipients.is_some();
    let (recipients, identity) = choose_recipients(recipients.as_deref())
        .map_err(|wrong| ApiError::field(wrong.field, wrong.code, wrong.message))?;
    let ids = snapshot.index.ids(&selected, ctx.now()).map_err(refused)?;
    let export = UsersExport { query: &query.text, format: layout.format, users: ids.len() as u64 };
    let (op, exporter) = (ctx.op(reason), &ctx.caller.user);
    if !asks && ids.len() <= MAX_USERS {
        let reader = Reader {
            held: ctx.caller.permissions.clone(),
            zone: list.zone.clone(),
            now: ctx.now(),
        };
        if let Some(file) = file(&ctx, &ids, layout, reader).await? {
            let change = export_users(&op, exporter, &export)?;
            return ctx.complete(change, |()| ExportReply::File(file)).await;
        }
    }
    let token = ctx.headers.get_all(CONSISTENCY_TOKEN).iter();
    let token: Vec<_> = token.filter_map(|value| value.to_str().ok()).collect();
    let selection = UserExport { query: query.text.clone(), token: token.join(",") };
    let selection = serde_json::to_string(&selection).unwrap_or_default();
    let change = start_users_export(&op, exporter, &export, &selection, recipients)?;
    let now = ctx.now();
    ctx.complete(change, |job| {
        let view = ExportView::of(job, JOBS, now).with_identity(identity);
        ExportReply::Job(Box::new(Accepted(Snake(view), JOBS.to_owned())))
    })
    .await
}

/// A file of these users; none if it is too large.
async fn file(
    ctx: &RequestContext<StaffGrant>,
    ids: &[UserId],
    layout: Layout,
    reader: Reader,
) -> Result<Option<FileOfUsers>, HandlerError> {
    let (name, format, bom) = (layout.name(), layout.format, layout.bom);
    let mut file = UserFile::new(layout, reader);
    let found = ctx.app.store().users_in_full(ids).await?;
    let mut found: HashMap<UserId, _> =
        found.into_iter().map(|found| (found.user.user_id, found)).collect();
    for id in ids {
        let Some(found) = found.remove(id) else {
            return Err(ApiError::new(
                Code::IndexBehind,
                "A user of this selection was erased a moment ago. Send the request again.",
            )
            .with("retryAfter", 2)
            .into());
        };
        file.add(&found);
    }
    let text = String::from_utf8(file.take()).unwrap_or_default();
    let long_cells = file.manifest().map(|manifest| {
        let cells = manifest.named_long_cells.iter().take(20);
        let cells: Vec<_> =
            cells.map(|cell| format!("{}:{}={}", cell.row, cell.column, cell.length)).collect();
        cells.join(", ")
    });
    Ok(fits(&text, bom || format != ListFormat::Csv).then(|| FileOfUsers {
        name,
        bom,
        media_type: match format {
            ListFormat::Csv => "text/csv; charset=utf-8; header=present",
            ListFormat::Ndjson | ListFormat::Unknown(_) => "application/x-ndjson",
        },
        users: file.rows(),
        hidden: file.hidden().to_vec(),
        long_cells: long_cells.unwrap_or_default(),
        text,
    }))
}

/// Whether Lambda can return a file: as bytes, which it returns in Base64, or as a text of JSON.
fn fits(text: &str, as_bytes: bool) -> bool {
    let escaped = text.bytes().filter(|byte| matches!(byte, b'"' | b'\\' | b'\r' | b'\n')).count();
    let returned = if as_bytes { text.len().div_ceil(3) * 4 } else { text.len() + escaped };
    text.len() <= MAX_SIZE && returned <= MAX_RESPONSE
}

fn wants_archive(given: Option<&[String]>) -> Result<bool, ApiError> {
    match given {
        None => Ok(false),
        Some([value]) if value == "true" => Ok(true),
        Some([value]) if value == "false" => Ok(false),
        Some(_) => Err(ApiError::field("async", "unknown_value", "Use `true` or `false`.")),
    }
}
