use jiff::civil::Date;
use provost_domain::{
    Timestamp,
    analytics::{INTERVALS, Metric},
    audit::{Resource, note_change},
    time::{DAY, HOUR},
};
use provost_store::{
    StoreError,
    insights::recount::{Difference, LogCounts, MAX_INTERVALS, differences},
    mails::totals::MailDifference,
};

use crate::Op;

/// A count that differed from the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Corrected {
    /// What is counted.
    pub metric: Metric,
    /// Day in UTC.
    pub day: Date,
    /// Interval, count and count of the log.
    pub difference: Difference,
}

/// The result of a rebuild.
#[derive(Debug, Default)]
pub struct Rebuilt {
    /// The number of entries of the audit log that were read.
    pub entries: u64,
    /// What differed.
    pub corrected: Vec<Corrected>,
    /// The numbers of emails that differed from the log of emails.
    pub mails: Vec<MailDifference>,
}

/// The last day in UTC that is over and whose events are all counted: a stream keeps a record for a
/// day, and delivers none after that.
pub fn settled_day(now: Timestamp) -> Date {
    let over = now.plus(-(DAY + HOUR));
    let (day, _) = provost_domain::analytics::interval(over);
    day.yesterday().unwrap_or(day)
}

/// Counts the audit log and the log of emails of some days again and corrects each count that differs, unless `dry_run`.
/// Each correction is one transaction with its audit entry. Days that are not settled are left out:
/// their events may still be counted.
///
/// Only what the audit log records is counted again ([`Metric::OF_LOG`]). Sign-ins expire, and
/// changes of storage are not kept.
///
/// # Errors
/// `Unavailable`, `Unreadable`; a conflict if something else counts in these days. What was corrected
/// until then stays.
pub async fn rebuild_figures(
    op: &Op<'_>,
    from: Date,
    to: Date,
    dry_run: bool,
) -> Result<Rebuilt, StoreError> {
    let to = to.min(settled_day(op.now));
    let mut rebuilt = Rebuilt::default();
    if from > to {
        return Ok(rebuilt);
    }
    let (begin, end) = (start_of(from), start_of(to).plus(DAY - 1));
    let (counts, read) = op.app.store().recount_audit_log(begin, end).await?;
    rebuilt.entries = read;
    for metric in Metric::OF_LOG {
        let days = day_differences(op, metric, from, to, &counts).await?;
        for (day, differences) in days {
            if !dry_run {
                for part in differences.chunks(MAX_INTERVALS) {
                    correct(op, metric, day, part).await?;
                }
            }
            let corrected = |difference| Corrected { metric, day, difference };
            rebuilt.corrected.extend(differences.into_iter().map(corrected));
        }
    }
    rebuilt.mails = op.app.store().recount_mails(&from.to_string(), &to.to_string()).await?;
    if !dry_run {
        for difference in &rebuilt.mails {
            correct_mails(op, difference).await?;
        }
    }
    Ok(rebuilt)
}

/// The start of a day in UTC. Every date has one, but those beyond the range of times.
fn start_of(day: Date) -> Timestamp {
    format!("{day}").parse().unwrap_or(Timestamp::from_millis(0))
}

async fn day_differences(
    op: &Op<'_>,
    metric: Metric,
    from: Date,
    to: Date,
    counts: &LogCounts,
) -> Result<Vec<(Date, Vec<Difference>)>, StoreError> {
    let counted = op.app.store().metric_days(metric, from, to).await?;
    let of_log = counts.keys().filter(|(of, _)| *of == metric).map(|(_, day)| *day);
    let mut days: Vec<Date> = counted.keys().copied().chain(of_log).collect();
    days.sort_unstable();
    days.dedup();
    let none = [0; INTERVALS];
    let found = days.into_iter().map(|day| {
        let (counted, in_log) =
            (counted.get(&day).unwrap_or(&none), counts.get(&(metric, day)).unwrap_or(&none));
        (day, differences(counted, in_log))
    });
    Ok(found.filter(|(_, differences)| !differences.is_empty()).collect())
}

async fn correct(
    op: &Op<'_>,
    metric: Metric,
    day: Date,
    differences: &[Difference],
) -> Result<(), StoreError> {
    let id = format!("{} {day}", metric.as_str());
    let mut entry = op.entry("figures.corrected", Resource::Other { kind: "figures", id });
    for Difference { interval, counted, in_log } in differences {
        let name = format!("{:02}:{:02}", interval / 4, interval % 4 * 15);
        note_change(&mut entry.changes, &name, counted, in_log);
    }
    let mut tx = op.transaction();
    tx.correct_counts(metric, day, differences)?;
    tx.audit(entry)?;
    tx.commit().await
}

async fn correct_mails(op: &Op<'_>, difference: &MailDifference) -> Result<(), StoreError> {
    let id = format!("mail-log {}", difference.day);
    let mut entry = op.entry("figures.corrected", Resource::Other { kind: "figures", id });
    note_change(&mut entry.changes, &difference.cell, &difference.counted, &difference.in_log);
    let mut tx = op.transaction();
    tx.correct_mail_number(difference)?;
    tx.audit(entry)?;
    tx.commit().await
}
