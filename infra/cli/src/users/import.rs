//! `provost import FILE`: creates the users of a file of any size, by the operation of
//! `POST /v1/users/bulk/import`. Without `--execute` it prints what would happen. A file can be
//! imported again: users who exist are left as they are.

use std::{fmt::Write, path::Path};

use provost_app::App;
use provost_directory::{ImportFile, ImportFormat};
use provost_domain::import_row::RowProblem;
use provost_operations::user::{
    CreationEmail, ImportOutcome, import_users, plan_import, record_import,
};
use provost_search::query::csv::{DateOrder, Options};

use super::promote::op;
use crate::{
    Failed, operator,
    platform::{Environment, Platform},
};

/// Maximum number of rows of a file.
const MAX_ROWS: u64 = 1_000_000;
/// Rows that are planned and created at a time.
const PIECE: usize = 500;
/// Maximum number of rows with problems that are printed.
const MAX_PRINTED: usize = 100;

/// How a file is imported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportSettings {
    /// Whether users are created; otherwise the plan is printed.
    pub execute: bool,
    /// Order of day and month in dates that are not written as 1990-05-01.
    pub date_order: Option<DateOrder>,
    /// Whether each new user is sent a welcome.
    pub send_welcome: bool,
}

/// Imports a file, and prints the result.
///
/// # Errors
/// When the file cannot be read, or the store is not available.
pub async fn run(
    environment: &Environment,
    file: &Path,
    settings: ImportSettings,
) -> Result<(), Failed> {
    let bytes = std::fs::read(file)
        .map_err(|error| Failed::new(format!("{} cannot be read: {error}", file.display())))?;
    let is_ndjson = file
        .extension()
        .is_some_and(|end| ["ndjson", "jsonl"].iter().any(|known| end.eq_ignore_ascii_case(known)));
    let platform = Platform::reach(environment).await?;
    let outcome = import(&platform.app, &bytes, is_ndjson, settings).await;
    platform.leave().await;
    operator::notify(&outcome?)
}

/// Imports a file. Returns a text that says what was or would be done.
///
/// # Errors
/// When the file cannot be read on, or the store is not available.
pub async fn import(
    app: &App,
    bytes: &[u8],
    is_ndjson: bool,
    settings: ImportSettings,
) -> Result<String, Failed> {
    let ImportSettings { execute, date_order, send_welcome } = settings;
    let format = if is_ndjson {
        ImportFormat::Ndjson { max_rows: MAX_ROWS }
    } else {
        ImportFormat::Csv(Options { date_order, max_rows: MAX_ROWS, ..Options::default() })
    };
    let file = ImportFile::read(bytes, format)?;
    let email = if send_welcome { CreationEmail::Welcome } else { CreationEmail::None };
    let op = op(app);
    let (mut problems, mut total, mut without_password) =
        (file.problems, ImportOutcome::default(), 0);
    let mut planned = 0;
    let mut rows = file.rows.into_iter().peekable();
    while rows.peek().is_some() {
        let piece = rows.by_ref().take(PIECE).collect();
        let plan = plan_import(&op, piece, email).await?;
        problems.extend(plan.problems);
        without_password += plan.without_password.len();
        planned += plan.create.len();
        total.existing.extend(plan.existing);
        if execute {
            let done = import_users(&op, plan.create).await?;
            total.created.extend(done.created);
            total.existing.extend(done.existing);
            problems.extend(done.problems);
        }
    }
    problems.sort_by_key(|problem| problem.line);
    let (existing, created) = (total.existing.len(), total.created.len());
    let mut text = if execute {
        record_import(&op, file.count, &total)?.commit().await?;
        format!("{created} users were created")
    } else {
        format!("{planned} users would be created")
    };
    let _ = write!(
        text,
        ", {existing} exist, {} of {} rows are refused, and {without_password} have no password that can be used.",
        refused(&problems),
        file.count
    );
    if let Some(sample) = &file.sample {
        let _ = write!(
            text,
            "\nThe file was read as Windows-1252. Line {}: {}",
            sample.line, sample.text
        );
    }
    let differing = total.existing.iter().filter_map(|row| Some((row, row.differs?)));
    for (row, column) in differing.clone().take(MAX_PRINTED) {
        let _ = write!(
            text,
            "\nLine {}: The user with this {} exists and has another {}, or none. The user is left as they are.",
            row.line,
            row.known_by.replace('_', " "),
            column.replace('_', " ")
        );
    }
    more(&mut text, differing.count());
    for problem in problems.iter().take(MAX_PRINTED) {
        let column = problem.column.as_deref().map(|name| format!(", {name}")).unwrap_or_default();
        let _ = write!(text, "\nLine {}{column}: {}", problem.line, problem.message);
    }
    more(&mut text, problems.len());
    if !execute {
        text.push_str("\nNobody was created. Repeat the command with --execute.");
    }
    Ok(text)
}

/// Says how many rows are not printed.
fn more(text: &mut String, count: usize) {
    if count > MAX_PRINTED {
        let _ = write!(text, "\nand {} more.", count - MAX_PRINTED);
    }
}

/// The number of rows with problems, which are sorted by line.
fn refused(problems: &[RowProblem]) -> usize {
    let mut lines: Vec<u64> = problems.iter().map(|problem| problem.line).collect();
    lines.dedup();
    lines.len()
}
