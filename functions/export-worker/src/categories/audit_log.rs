//! `audit-log.ndjson` or `audit-log.csv`: a selection of the audit log of the platform, as the
//! requester may see it. The rights of the requester count at the time of writing.

use provost_api::audit::{csv, ndjson};
use provost_archive::Compression;
use provost_domain::{
    Permission, User,
    export::{Category, ListFormat, ListSelection},
    page::{PageFrom, PageRequest},
};
use provost_operations::audit::{LogReader, log_filter, visible};
use provost_store::{StoreError, audit_log::AuditFilter};

use super::member;
use crate::writer::{Stop, Writer};

/// How many entries are read at a time.
const PIECE: usize = 1_000;

pub(super) async fn write(writer: &mut Writer<'_>, requester: &User) -> Result<(), Stop> {
    let Some(selection) = writer.job.selection.clone() else { return Ok(()) };
    let permissions = requester.permissions();
    let may_read = requester.check_usable(writer.app.now()).is_ok()
        && !requester.awaits_second_factor()
        && permissions.contains(&Permission::AuditRead);
    if !may_read {
        return writer.gap(
            name(&selection),
            "Omitted because the requester of this export may not read the audit log any more.",
        );
    }
    let filter = log_filter(requester, &selection)
        .ok_or_else(|| StoreError::unreadable("a filter of the audit log", "no key opens it"))?;
    let reader = LogReader {
        user: requester.user_id,
        sees_addresses: permissions.contains(&Permission::SessionRead),
    };
    let (store, now) = (writer.app.store(), writer.app.now());
    // A search reads everything to count, so its progress shows only what is written.
    if filter.search.is_none() {
        let one = PageRequest { from: PageFrom::Page(1), limit: 1 };
        writer.expect(store.audit_log(&filter, now, &one).await?.total + 1);
    }
    entries(writer, &selection, &filter, reader).await
}

async fn entries(
    writer: &mut Writer<'_>,
    selection: &ListSelection,
    filter: &AuditFilter,
    reader: LogReader,
) -> Result<(), Stop> {
    let (store, now) = (writer.app.store(), writer.app.now());
    writer.begin_member(name(selection), Compression::Deflate, None)?;
    let (mut after, mut is_first) = (None::<String>, true);
    loop {
        let slice = store.audit_log_slice(filter, now, after.as_deref(), PIECE).await?;
        let records = visible(reader, filter, slice.records);
        let text = match selection.format {
            ListFormat::Csv => csv(&records, is_first),
            // A format that this release does not know is not started.
            ListFormat::Ndjson | ListFormat::Unknown(_) => ndjson(&records),
        };
        writer.text(&text, records.len() as u64).await?;
        writer.done(records.len() as u64).await?;
        is_first = false;
        match slice.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    writer.end_member().await
}

fn name(selection: &ListSelection) -> &'static str {
    match selection.format {
        ListFormat::Csv => "audit-log.csv",
        ListFormat::Ndjson | ListFormat::Unknown(_) => member(Category::AuditLog),
    }
}
