//! `GET /api/admin/audit/logs`: who did what to whom, when, why and with what result, newest first;
//! as a page, or as a file with everything that matches.

use provost_domain::{
    ApiError, Code, Permission,
    audit::Record,
    page::{Page, PageFrom, PageRequest},
};
use provost_http::{HandlerResult, Json, Paging, Query, RequestContext, access::StaffGrant};
use provost_operations::audit::{LogReader, export_selection, visible};
use provost_store::audit_log::AuditFilter;

use crate::{
    file::{EntriesFile, MAX_ENTRIES},
    query::{AuditQuery, Format},
    reply::EntriesOrFile,
};

/// Lists audit log entries.
///
/// # Errors
/// `VALIDATION_FAILED` for an invalid filter; `TOO_LARGE` for a file with too many entries.
pub async fn list_audit_entries(
    ctx: RequestContext<StaffGrant>,
    Query(query): Query<AuditQuery>,
) -> HandlerResult<EntriesOrFile> {
    if query.format != Format::Json {
        return export(ctx, query).await;
    }
    let request = ctx
        .page_request(&Paging {
            page: query.page,
            limit: query.limit,
            cursor: query.cursor.clone(),
        })
        .await?;
    let page = match query.filter(&ctx).await? {
        Some(filter) => {
            let page = ctx.app.store().audit_log(&filter, ctx.now(), &request).await?;
            seen(&ctx, &filter, page)
        }
        None => nothing(),
    };
    Ok(EntriesOrFile::Page(Json::new(ctx.list(page, &request).await?)))
}

/// The same, by the path of older clients.
///
/// # Errors
/// As [`list_audit_entries`].
pub async fn list_audit_logs(
    ctx: RequestContext<StaffGrant>,
    query: Query<AuditQuery>,
) -> HandlerResult<EntriesOrFile> {
    list_audit_entries(ctx, query).await
}

/// Returns all entries that match in one file, once the export is in the log itself.
async fn export(
    ctx: RequestContext<StaffGrant>,
    query: AuditQuery,
) -> HandlerResult<EntriesOrFile> {
    query.check_no_page("")?;
    let format = query.format;
    let filter = query.filter(&ctx).await?;
    let request = PageRequest { from: PageFrom::Page(1), limit: MAX_ENTRIES };
    let page = match &filter {
        Some(filter) => {
            let page = ctx.app.store().audit_log(filter, ctx.now(), &request).await?;
            seen(&ctx, filter, page)
        }
        None => nothing(),
    };
    let total = page.total;
    let file = match format {
        Format::Csv => EntriesFile::csv(&page.rows),
        Format::Json | Format::Ndjson => EntriesFile::ndjson(&page.rows),
    };
    let Some(file) = file.filter(|_| page.next.is_none()) else {
        let text = "There are too many entries for one file. Choose a shorter range with `from` and `to`, or export them with `POST /api/admin/audit/exports`.";
        return Err(ApiError::new(Code::TooLarge, text).with("entries", total).into());
    };
    let name = if format == Format::Csv { "csv" } else { "ndjson" };
    let exporter = &ctx.caller.user;
    let filter = filter.unwrap_or_default();
    let change = export_selection(&ctx.op(ctx.reason(None)?), exporter, &filter, name, total)?;
    ctx.complete(change, |()| EntriesOrFile::File(file)).await
}

fn nothing() -> Page<Record> {
    Page { rows: Vec::new(), total: 0, next: None }
}

/// The page as the caller may see it.
fn seen(
    ctx: &RequestContext<StaffGrant>,
    filter: &AuditFilter,
    page: Page<Record>,
) -> Page<Record> {
    let reader = LogReader {
        user: ctx.caller.user.user_id,
        sees_addresses: ctx.caller.permissions.contains(&Permission::SessionRead),
    };
    Page { rows: visible(reader, filter, page.rows), ..page }
}
