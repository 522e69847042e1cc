use provost_domain::{UserId, audit::Record};
use provost_store::audit_log::AuditFilter;

/// Who reads entries of the audit log.
#[derive(Debug, Clone, Copy)]
pub struct LogReader {
    /// The reader.
    pub user: UserId,
    /// Whether the reader may see the addresses of others (`session.read`).
    pub sees_addresses: bool,
}

/// The entries of a selection as a reader may see them: without the addresses of others, and without
/// the user who reported the reader. Entries that a filter found by the reporter are left out, since they
/// would show the reporter.
pub fn visible(reader: LogReader, filter: &AuditFilter, mut records: Vec<Record>) -> Vec<Record> {
    if filter.actor.is_some() || filter.api_key || filter.search.is_some() {
        records.retain(|record| !record.names_reporter_of(reader.user));
    }
    let view = |record: Record| match record {
        record if record.names_reporter_of(reader.user) => record.without_actor(),
        record if reader.sees_addresses => record,
        record => record.without_addresses(),
    };
    records.into_iter().map(view).collect()
}
