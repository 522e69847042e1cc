//! `POST /v1/users/bulk/import`: create the users of a file, first as a plan.

use provost_directory::{ImportFile, ImportFormat};
use provost_domain::{ApiError, Code, Permission, UserId, import_row::RowProblem};
use provost_http::{HandlerResult, Json, RequestContext, UserFileUpload, access::StaffGrant};
use provost_operations::user::{
    CreationEmail, ExistingRow, ImportedRow, import_users, plan_import, record_import,
};
use provost_search::query::csv::{DateOrder, Encoding, Options};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Maximum number of rows of a file: they are created within one request.
const MAX_ROWS: u64 = 1_000;

/// How a file is imported.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportQuery {
    /// `true` returns a plan, and creates nobody.
    #[serde(default)]
    dry_run: bool,
    /// Id of the plan to execute. Send the same file and the same parameters.
    plan_id: Option<String>,
    /// Character between the cells of a table: `,`, `;`, `|` or `tab`. Default: recognised.
    delimiter: Option<Delimiter>,
    /// Encoding of a table. Default: recognised, and named in the plan.
    encoding: Option<FileEncoding>,
    /// Order of day and month in the dates of the whole file that are not written as 1990-05-01.
    date_order: Option<FileDateOrder>,
    /// Whether an apostrophe before a formula guards the cell, as in an export, and is removed.
    /// Default: true.
    guarded: Option<bool>,
    /// Whether each new user is sent a welcome, with a link to choose a password if they have none.
    /// Default: false.
    #[serde(default)]
    send_welcome: bool,
}

/// A character between cells.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
enum Delimiter {
    /// A comma.
    #[serde(rename = ",")]
    Comma,
    /// A semicolon.
    #[serde(rename = ";")]
    Semicolon,
    /// A vertical line.
    #[serde(rename = "|")]
    Line,
    /// A tab.
    #[serde(rename = "tab")]
    Tab,
}

/// An encoding of a table.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum FileEncoding {
    /// UTF-8.
    Utf8,
    /// UTF-16, little-endian.
    Utf16Le,
    /// UTF-16, big-endian.
    Utf16Be,
    /// Windows-1252.
    Windows1252,
}

/// An order of day and month.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum FileDateOrder {
    /// 31/05/1990
    DayMonthYear,
    /// 05/31/1990
    MonthDayYear,
}

impl ImportQuery {
    fn format(&self, is_ndjson: bool) -> Result<ImportFormat, ApiError> {
        let of_table = [
            ("delimiter", self.delimiter.is_some()),
            ("encoding", self.encoding.is_some()),
            ("date_order", self.date_order.is_some()),
            ("guarded", self.guarded.is_some()),
        ];
        if !is_ndjson {
            return Ok(ImportFormat::Csv(Options {
                encoding: self.encoding.map(|encoding| match encoding {
                    FileEncoding::Utf8 => Encoding::Utf8,
                    FileEncoding::Utf16Le => Encoding::Utf16Le,
                    FileEncoding::Utf16Be => Encoding::Utf16Be,
                    FileEncoding::Windows1252 => Encoding::Windows1252,
                }),
                delimiter: self.delimiter.map(|delimiter| match delimiter {
                    Delimiter::Comma => ',',
                    Delimiter::Semicolon => ';',
                    Delimiter::Line => '|',
                    Delimiter::Tab => '\t',
                }),
                date_order: self.date_order.map(|order| match order {
                    FileDateOrder::DayMonthYear => DateOrder::DayMonthYear,
                    FileDateOrder::MonthDayYear => DateOrder::MonthDayYear,
                }),
                guarded: self.guarded.unwrap_or(true),
                max_rows: MAX_ROWS,
            }));
        }
        match of_table.into_iter().find(|(_, given)| *given) {
            None => Ok(ImportFormat::Ndjson { max_rows: MAX_ROWS }),
            Some((name, _)) => Err(ApiError::field(
                name,
                "contradiction",
                "Only a table has this parameter. Omit it, or send the file as text/csv.",
            )),
        }
    }
}

/// State of an import.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ImportState {
    /// Nobody was created.
    Planned,
    /// The users were created.
    Completed,
}

/// A row and its user.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImportedUser {
    /// Line of the file.
    line: u64,
    /// User id; absent for a caller who may not view users.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<UserId>,
}

/// A row whose user exists and is left as they are.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ExistingUser {
    /// Line of the file.
    line: u64,
    /// User id; absent for a caller who may not view users.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<UserId>,
    /// Column that the user is known by: `external_id` or `email`.
    known_by: &'static str,
    /// The other of the two columns, if the user has another value there than the row: `email`, or
    /// `external_id` for a user without one. Absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    differs: Option<&'static str>,
}

/// A row whose user has no password.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImportWithoutPassword {
    /// Line of the file.
    line: u64,
    /// `no_hash`, or `unusable_hash` for one that cannot be verified.
    code: &'static str,
    /// Why, and what happens.
    message: String,
}

/// A column that the file spells differently.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RenamedColumn {
    /// Name in the file.
    found: String,
    /// Column that it is read as.
    column: String,
}

/// A text that shows how the file was read.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImportSample {
    /// Line of the file.
    line: u64,
    /// Text with letters outside ASCII.
    text: String,
}

/// What an import does, or did.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImportReport {
    /// Id of the plan.
    plan_id: String,
    /// State of the import.
    state: ImportState,
    /// Number of rows of the file.
    rows: u64,
    /// Number of users that are created: by the plan, or by this request.
    created: u64,
    /// Number of rows whose user exists, by the external id or else by the email address. These users
    /// are left as they are.
    existing: u64,
    /// Number of rows that are refused.
    refused: u64,
    /// What is wrong with the refused rows.
    problems: Vec<RowProblem>,
    /// Rows whose user exists.
    existing_users: Vec<ExistingUser>,
    /// Rows whose user was created; empty in a plan.
    created_users: Vec<ImportedUser>,
    /// Rows whose user has no password and must choose one.
    without_password: Vec<ImportWithoutPassword>,
    /// Encoding of the table; absent for lines of JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    /// Text to check the encoding by, if it was recognised as Windows-1252.
    #[serde(skip_serializing_if = "Option::is_none")]
    sample: Option<ImportSample>,
    /// Columns that the file spells differently.
    renamed_columns: Vec<RenamedColumn>,
    /// Columns of an export that are not imported.
    ignored_columns: Vec<String>,
}

/// Imports users.
///
/// # Errors
/// What is wrong with the file as a whole; `PLAN_DRIFTED` when the file, the parameters, or the rows
/// that are refused have changed since the plan.
pub async fn import_directory_users(
    ctx: RequestContext<StaffGrant>,
    UserFileUpload { query, is_ndjson, bytes }: UserFileUpload<ImportQuery>,
) -> HandlerResult<Json<ImportReport>> {
    let reason = ctx.reason(None)?;
    check_step(&query)?;
    let file = ImportFile::read(&bytes, query.format(is_ndjson)?).map_err(name_command)?;
    let email = if query.send_welcome { CreationEmail::Welcome } else { CreationEmail::None };
    let op = ctx.op(reason);
    let mut plan = plan_import(&op, file.rows, email).await?;
    plan.problems.extend(file.problems);
    plan.problems.sort_by_key(|problem| problem.line);
    let id = plan_id(&query, &bytes, &plan.problems);
    let shows = ctx.caller.permissions.contains(&Permission::UserView);
    let listed = |rows: &[ImportedRow]| -> Vec<ImportedUser> {
        let row = |row: &ImportedRow| ImportedUser {
            line: row.line,
            user_id: Some(row.user).filter(|_| shows),
        };
        rows.iter().map(row).collect()
    };
    let existing = |rows: &[ExistingRow]| -> Vec<ExistingUser> {
        let row = |row: &ExistingRow| ExistingUser {
            line: row.line,
            user_id: Some(row.user).filter(|_| shows),
            known_by: row.known_by,
            differs: row.differs,
        };
        rows.iter().map(row).collect()
    };
    let mut report = ImportReport {
        plan_id: id.clone(),
        state: ImportState::Planned,
        rows: file.count,
        created: plan.create.len() as u64,
        existing: plan.existing.len() as u64,
        refused: 0,
        problems: plan.problems,
        existing_users: existing(&plan.existing),
        created_users: Vec::new(),
        without_password: plan
            .without_password
            .into_iter()
            .map(|row| ImportWithoutPassword {
                line: row.line,
                code: row.code,
                message: row.message,
            })
            .collect(),
        encoding: file.encoding.map(name),
        sample: file.sample.map(|sample| ImportSample { line: sample.line, text: sample.text }),
        renamed_columns: file
            .renamed
            .into_iter()
            .map(|renamed| RenamedColumn { found: renamed.found, column: renamed.column })
            .collect(),
        ignored_columns: file.ignored,
    };
    let Some(wanted) = &query.plan_id else {
        return Ok(Json::new(report.finished(shows)));
    };
    if *wanted != id {
        return Err(ApiError::new(
            Code::PlanDrifted,
            "The file, the parameters or the rows that are refused changed since the plan, so nobody was created. Create a new plan and review it.",
        )
        .into());
    }
    let outcome = import_users(&op, plan.create).await?;
    report.state = ImportState::Completed;
    report.created = outcome.created.len() as u64;
    report.created_users = listed(&outcome.created);
    report.existing += outcome.existing.len() as u64;
    report.existing_users.extend(existing(&outcome.existing));
    report.problems.extend(outcome.problems.iter().cloned());
    let report = report.finished(shows);
    let change = record_import(&op, file.count, &outcome)?;
    ctx.complete(change, |()| Json::new(report)).await
}

impl ImportReport {
    /// Counts the refused rows, and hides what the caller may not see.
    fn finished(mut self, shows_users: bool) -> Self {
        self.problems.sort_by_key(|problem| problem.line);
        if !shows_users {
            self.problems.iter_mut().for_each(|problem| problem.user_id = None);
        }
        let mut lines: Vec<u64> = self.problems.iter().map(|problem| problem.line).collect();
        lines.dedup();
        self.refused = lines.len() as u64;
        self
    }
}

/// Names the way to import a file with too many rows.
fn name_command(mut error: ApiError) -> ApiError {
    for field in error.fields.iter_mut().filter(|field| field.code == "too_many_rows") {
        field.message.push_str(" The command `provost import FILE` imports files of any size.");
    }
    error
}

fn check_step(query: &ImportQuery) -> Result<(), ApiError> {
    match (query.dry_run, &query.plan_id) {
        (true, None) | (false, Some(_)) => Ok(()),
        (true, Some(_)) => Err(ApiError::field(
            "plan_id",
            "contradiction",
            "A dry run makes a plan, and `plan_id` executes one. Send one of them.",
        )),
        (false, None) => Err(ApiError::field(
            "plan_id",
            "required",
            "An import takes two steps. Send `dry_run=true` first, then the same file with the `plan_id` of the answer.",
        )),
    }
}

/// The id of a plan: a digest of the file, of how it is read, and of what is refused. Users who were
/// created or exist are not part of it, so that an import that stopped can be repeated.
fn plan_id(query: &ImportQuery, file: &[u8], problems: &[RowProblem]) -> String {
    let ImportQuery { delimiter, encoding, date_order, guarded, send_welcome, .. } = query;
    let read = format!("{delimiter:?} {encoding:?} {date_order:?} {guarded:?} {send_welcome}");
    let mut digest = Sha256::new();
    digest.update(read.as_bytes());
    digest.update(Sha256::digest(file));
    for problem in problems {
        let column = problem.column.as_deref().unwrap_or_default();
        digest.update(format!("{} {column} {}\n", problem.line, problem.code).as_bytes());
    }
    let digest = digest.finalize();
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("pln_{hex}")
}

const fn name(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Utf8 => "utf-8",
        Encoding::Utf16Le => "utf-16-le",
        Encoding::Utf16Be => "utf-16-be",
        Encoding::Windows1252 => "windows-1252",
    }
}
