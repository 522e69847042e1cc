//! `provost figures rebuild`: counts the audit log again, prints and corrects the figures that
//! differ, and proves that they are equal afterwards.

use jiff::civil::Date;
use provost_app::App;
use provost_domain::analytics::Metric;
use provost_operations::{
    Op,
    insight::{Corrected, Rebuilt, rebuild_figures, settled_day},
};
use provost_store::mails::totals::MailDifference;

use crate::{
    Failed, operator,
    platform::{Environment, Platform},
    promote::op,
};

/// How many differences are printed.
const MAX_PRINTED: usize = 200;

/// Which days to rebuild, and whether only to compare.
#[derive(Debug, Clone, Copy)]
pub struct Rebuild {
    /// First day in UTC.
    pub from: Date,
    /// Last day in UTC; the last one that is settled if omitted.
    pub to: Option<Date>,
    /// Whether nothing is corrected.
    pub dry_run: bool,
}

/// Rebuilds figures.
///
/// # Errors
/// When the figures still differ afterwards, or the store is not available.
pub async fn run(surroundings: &Environment, rebuild: Rebuild) -> Result<(), Failed> {
    let platform = Platform::reach(surroundings).await?;
    let outcome = rebuilt(&op(&platform.app), rebuild).await;
    platform.leave().await;
    operator::notify(&outcome?)
}

/// Rebuilds figures, and says what differed.
///
/// # Errors
/// When the figures still differ afterwards, or the store is not available.
pub async fn rebuilt(op: &Op<'_>, rebuild: Rebuild) -> Result<String, Failed> {
    let app: &App = op.app;
    let Rebuild { from, to, dry_run } = rebuild;
    let to = to.unwrap_or_else(|| settled_day(app.now()));
    let Rebuilt { entries, corrected, mails } = rebuild_figures(op, from, to, dry_run).await?;
    let corrected: Vec<String> =
        corrected.iter().map(line).chain(mails.iter().map(mail_line)).collect();
    let mut lines: Vec<_> = corrected.iter().take(MAX_PRINTED).cloned().collect();
    if corrected.len() > MAX_PRINTED {
        lines.push(format!("… and {} more", corrected.len() - MAX_PRINTED));
    }
    if dry_run {
        lines.push(format!(
            "{} counts differ from the {entries} entries of the audit log. Nothing was corrected.",
            corrected.len()
        ));
        return Ok(lines.join("\n"));
    }
    // The proof: everything is read and counted once more.
    let again = rebuild_figures(op, from, to, true).await?;
    let again = again.corrected.len() + again.mails.len();
    if again > 0 {
        lines.push(format!(
            "{} counts still differ: something else counts in these days. Run the command again",
            again
        ));
        return Err(Failed::new(lines.join("\n")));
    }
    let names: Vec<_> = Metric::OF_LOG.iter().map(|metric| metric.as_str()).collect();
    lines.push(format!(
        "{} counts differed and were corrected. From {from} to {} every count of {} equals the audit log ({entries} entries), and the numbers of emails equal the log of emails.",
        corrected.len(),
        to.min(settled_day(app.now())),
        names.join(", "),
    ));
    Ok(lines.join("\n"))
}

fn mail_line(difference: &MailDifference) -> String {
    let MailDifference { day, cell, counted, in_log } = difference;
    format!("emails {day} {cell}: counted {counted}, in the log {in_log}")
}

fn line(corrected: &Corrected) -> String {
    let Corrected { metric, day, difference } = corrected;
    let interval = difference.interval;
    format!(
        "{} {day} {:02}:{:02} UTC: counted {}, in the log {}",
        metric.as_str(),
        interval / 4,
        interval % 4 * 15,
        difference.counted,
        difference.in_log
    )
}
