//! Reports: one item each in the table `operations`, where staff find the newest. In the partition
//! of the reporter are a link to each of their reports, and a lock that allows one open report about
//! one user or content.

use provost_domain::{
    Pseudonym, ReportId, Timestamp, UserId,
    page::{Page, PageRequest},
    report::{Report, ReportCategory, ReportStatus, ReportType, Severity},
};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, decode, encode, n, s},
    records::partition,
    transaction::Condition,
    walk::Walk,
};

/// The prefix of every report's partition, and of the sort key of the links to them.
pub const PREFIX: &str = "REPORT#";
/// The sort key of a report.
pub const SORT: &str = "REPORT";
/// The name of the list of all reports in the index `newest`.
const LIST: &str = "report";
/// The kind of reports that wait for a decision in the index `due`, by time of filing, so that they
/// are found without reading decided ones.
const WAITING: &str = "report-waiting";

/// The key of a report.
pub fn key(id: ReportId) -> Key {
    Key::new(format!("{PREFIX}{id}"), SORT)
}

/// The id of the report with a key; `None` for the key of another item.
pub fn id_of(key: &Key) -> Option<ReportId> {
    key.pk.strip_prefix(PREFIX)?.parse().ok()
}

/// The key of the link to a report in the partition of its reporter.
fn link_key(reporter: UserId, id: ReportId) -> Key {
    Key::new(partition(reporter), format!("{PREFIX}{id}"))
}

/// The key of the lock for a reporter's one open report about a target.
fn lock_key(reporter: UserId, target: &str) -> Key {
    Key::new(partition(reporter), format!("REPORTING#{target}"))
}

/// A link to a report, or the lock of one.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Link {
    report_id: ReportId,
}

/// A report with the attributes that only the indexes need.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stored<'a> {
    #[serde(flatten)]
    report: &'a Report,
    list_kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_id: Option<UserId>,
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<Timestamp>,
}

fn item(report: &Report) -> Result<Item, StoreError> {
    let live = report.status.is_live();
    let stored = Stored {
        report,
        list_kind: LIST,
        subject_id: report.reported_id,
        state: state(report),
        due_kind: live.then_some(WAITING),
        due_at: live.then_some(report.created_at),
    };
    encode("a report", &key(report.id), &stored)
}

/// What the filters of a list compare: the index `due` has only this attribute. Each part begins and
/// ends with a space.
fn state(report: &Report) -> String {
    let assignee = report.assigned_to.map(|staff| format!(" {staff}")).unwrap_or_default();
    format!(
        " status:{} type:{} severity:{} category:{}{assignee} ",
        report.status.as_str(),
        report.r#type.as_str(),
        report.severity.as_str(),
        report.category.as_str(),
    )
}

/// Reads a report from an item.
///
/// # Errors
/// `Unreadable` for an item in another format.
pub fn read(item: Item) -> Result<Report, StoreError> {
    decode("a report", item)
}

/// The report that a link in the partition of its reporter leads to.
///
/// # Errors
/// `Unreadable` for an item in another format.
pub fn linked(item: Item) -> Result<ReportId, StoreError> {
    let link: Link = decode("a link to a report", item)?;
    Ok(link.report_id)
}

/// A filter for reports.
#[derive(Debug, Clone, Default)]
pub struct ReportFilter {
    /// Only reports with this status.
    pub status: Option<ReportStatus>,
    /// Only reports of this type.
    pub r#type: Option<ReportType>,
    /// Only reports of this severity.
    pub severity: Option<Severity>,
    /// Only reports of this category.
    pub category: Option<ReportCategory>,
    /// Only reports that are assigned to this staff member.
    pub assigned_to: Option<Pseudonym>,
}

impl ReportFilter {
    fn narrow(&self, mut walk: Walk) -> Walk {
        let wanted = [
            (":status", self.status.map(|status| format!("status:{}", status.as_str()))),
            (":type", self.r#type.map(|r#type| format!("type:{}", r#type.as_str()))),
            (":severity", self.severity.map(|severity| format!("severity:{}", severity.as_str()))),
            (":category", self.category.map(|category| format!("category:{}", category.as_str()))),
            (":assigned", self.assigned_to.map(|staff| staff.to_string())),
        ];
        for (placeholder, text) in wanted {
            let Some(text) = text else { continue };
            walk = walk.filter(
                &format!("contains(#state, {placeholder})"),
                &[("#state", "state")],
                vec![(placeholder, s(format!(" {text} ")))],
            );
        }
        walk
    }
}

impl Transaction {
    /// Files a report; fails with [`Conflict::OpenReport`] when the reporter has an open one about
    /// the same user or content, and with [`Conflict::Erasing`] when either account is being erased.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn file_report(
        &mut self,
        report: &Report,
        reporter: UserId,
        reported: UserId,
    ) -> Result<(), StoreError> {
        let names = self.store().names().clone();
        let link = Link { report_id: report.id };
        self.check_not_erasing(reporter)?;
        self.check_not_erasing(reported)?;
        if let Some(target) = report.target() {
            let lock = encode("a report's lock", &lock_key(reporter, &target), &link)?;
            self.put(Conflict::OpenReport, &names.accounts, lock, Condition::absent())?;
        }
        let place = link_key(reporter, report.id);
        let link = encode("a link to a report", &place, &link)?;
        self.put(Conflict::Report, &names.accounts, link, Condition::absent())?;
        self.put(Conflict::Report, &names.operations, item(report)?, Condition::absent())
    }

    /// Writes a changed report; `before` is the report as it was read. Fails with
    /// [`Conflict::Report`] when it was changed in the meantime. A report that this change decides
    /// allows the reporter the next one.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn save_report(&mut self, report: &Report, before: &Report) -> Result<(), StoreError> {
        let names = self.store().names().clone();
        let unchanged = Condition::expression("#version = :read")
            .name("#version", "version")
            .value(":read", n(before.version));
        self.put(Conflict::Report, &names.operations, item(report)?, unchanged)?;
        if !before.status.is_live() || report.status.is_live() {
            return Ok(());
        }
        let (Some(reporter), Some(target)) = (before.reporter_id, before.target()) else {
            return Ok(());
        };
        let own = Condition::expression("attribute_not_exists(pk) OR reportId = :report")
            .value(":report", s(report.id.to_string()));
        self.delete(Conflict::OpenReport, &names.accounts, &lock_key(reporter, &target), own)
    }
}

impl Store {
    /// Reads one report (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn report(&self, id: ReportId) -> Result<Option<Report>, StoreError> {
        let found = self.get(&self.names.operations, &key(id), "reading a report").await?;
        found.map(read).transpose()
    }

    /// Whether a reporter has an open report about a target.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn has_open_report(
        &self,
        reporter: UserId,
        target: &str,
    ) -> Result<bool, StoreError> {
        let lock = lock_key(reporter, target);
        let found = self.get(&self.names.accounts, &lock, "reading a report's lock").await?;
        Ok(found.is_some())
    }

    /// A page of reports, newest first. If only waiting ones can match, the cost depends on their
    /// number and not on that of decided ones.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn reports(
        &self,
        wanted: &ReportFilter,
        request: &PageRequest,
    ) -> Result<Page<Report>, StoreError> {
        let table = &self.names.operations;
        if !wanted.status.is_some_and(ReportStatus::is_live) {
            let walk = Walk::of_index(table, "newest", "listKind", LIST, "createdAt").backward();
            let page = self.page(&wanted.narrow(walk), request, None).await?;
            let rows = page.rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
            return Ok(Page { rows, total: page.total, next: page.next });
        }
        let walk = Walk::of_index(table, "due", "dueKind", WAITING, "dueAt").backward();
        let page = self.page(&wanted.narrow(walk), request, None).await?;
        let mut rows = self.read_in_order(&page.rows).await?;
        // The index may lag behind the table.
        rows.retain(|report| Some(report.status) == wanted.status);
        Ok(Page { rows, total: page.total, next: page.next })
    }

    /// A page of the reports that a user filed, newest first.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn reports_by(
        &self,
        reporter: UserId,
        request: &PageRequest,
    ) -> Result<Page<Report>, StoreError> {
        let walk = Walk::of_table(&self.names.accounts, partition(reporter))
            .beginning("sk", PREFIX)
            .backward();
        let page = self.page(&walk, request, None).await?;
        let ids = page.rows.into_iter().map(linked).collect::<Result<Vec<_>, _>>()?;
        let mut rows = self.reports_by_id(&ids).await?;
        rows.reverse();
        Ok(Page { rows, total: page.total, next: page.next })
    }

    /// Reads many reports (strongly consistent), oldest first.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn reports_by_id(&self, ids: &[ReportId]) -> Result<Vec<Report>, StoreError> {
        let keys = ids.iter().copied().map(key).collect();
        let found = self.batch_get(&self.names.operations, keys, true).await?;
        let mut rows = found.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        rows.sort_by_key(|report| report.id);
        Ok(rows)
    }

    /// The reports of a list of keys, in its order.
    async fn read_in_order(&self, listed: &[Item]) -> Result<Vec<Report>, StoreError> {
        let text = |item: &Item, name: &str| {
            item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
        };
        let keys: Vec<Key> =
            listed.iter().map(|item| Key::new(text(item, "pk"), text(item, "sk"))).collect();
        let found = self.batch_get(&self.names.operations, keys.clone(), true).await?;
        let mut rows = found.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        rows.sort_by_key(|row| keys.iter().position(|place| *place == key(row.id)));
        Ok(rows)
    }
}
