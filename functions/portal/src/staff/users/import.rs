//! `/staff/users/import`: users from a file: choose it, look at the plan, confirm. The portal keeps
//! nothing between the two steps, so the page with the plan carries the file.

use crate::ui::texts::{say, say_with};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{HeaderName, Method};
use maud::{Markup, html};
use serde_json::Value;

use crate::{
    client::{CallError, Refusal},
    model::{
        Field, Input, Kind,
        field::{at, plain},
    },
    ui::{forms, picks::Offered, tables, values},
    web::{
        answer::{Answer, Content, PageResult, Stop, page},
        fields::Fields,
        session::IDEMPOTENCY_KEY,
        visit::Visit,
    },
};

/// The route.
pub const ROUTE: &str = "/v1/users/bulk/import";
/// The page.
const HERE: &str = "/staff/users/import";
const TITLE: &str = "Import users";
/// Maximum size of a file, in bytes, as the route takes it.
const MAX_SIZE: usize = 1 << 20;
/// At most this many rows of each table of the plan are shown; the numbers count all.
const MAX_SHOWN: usize = 200;
const REASON: HeaderName = HeaderName::from_static("x-reason");

/// The field of a chosen file.
const FILE: &str = "file";
/// The fields in which a page carries a file: its bytes as base64url, and its name.
const CARRIED: &str = "_carried";
const CARRIED_NAME: &str = "_carried_name";
/// Whether apostrophes before formulas belong to the texts.
const KEEP_APOSTROPHES: &str = "keep_apostrophes";

/// How a table is read: parameters of the route.
pub const OPTIONS: &[Input] = &[
    Input::new(
        "delimiter",
        "Character between the cells",
        Kind::Choice(&[(",", "Comma"), (";", "Semicolon"), ("|", "Vertical line"), ("tab", "Tab")]),
    )
    .hint("Recognised by itself. Only for tables."),
    Input::new(
        "encoding",
        "Encoding",
        Kind::Choice(&[
            ("utf8", "UTF-8"),
            ("utf16-le", "UTF-16, little-endian"),
            ("utf16-be", "UTF-16, big-endian"),
            ("windows1252", "Windows-1252"),
        ]),
    )
    .hint("Recognised by itself, and named in the plan. Only for tables."),
    Input::new(
        "date_order",
        "Order of dates",
        Kind::Choice(&[
            ("day_month_year", "Day, month, year: 31/05/1990"),
            ("month_day_year", "Month, day, year: 05/31/1990"),
        ]),
    )
    .hint("Only for tables with dates that are not written as 1990-05-31."),
    Input::new("send_welcome", "Send each new user a welcome", Kind::Check)
        .hint("With a link to choose a password, if the file has none for them."),
];

const APOSTROPHES: Input =
    Input::new(KEEP_APOSTROPHES, "Keep apostrophes before formulas", Kind::Check)
        .hint("An exported table has one before each text that a spreadsheet would take for a formula. It is removed unless you keep it.");

/// Rows that are refused.
const PROBLEMS: &[Field] = &[
    Field::number("Line", "line"),
    Field::code("Column", "column"),
    Field::text("What is wrong", "message"),
    Field::user("User", "user_id", "/staff/users/{user_id}"),
];
/// Rows with their users.
const USERS: &[Field] =
    &[Field::number("Line", "line"), Field::user("User", "user_id", "/staff/users/{user_id}")];
/// Rows whose users have no password.
const WITHOUT_PASSWORD: &[Field] = &[Field::number("Line", "line"), Field::text("Why", "message")];

/// A file that was sent, or that the page carried.
struct File {
    name: String,
    bytes: Bytes,
}

impl File {
    fn of(form: &Fields) -> Option<Self> {
        if let Some(upload) = form.file(FILE) {
            return Some(Self { name: upload.name.clone(), bytes: upload.bytes.clone() });
        }
        let bytes = URL_SAFE_NO_PAD.decode(form.text(CARRIED)).ok()?;
        let name = form.text(CARRIED_NAME).to_owned();
        (!bytes.is_empty()).then(|| Self { name, bytes: bytes.into() })
    }

    /// Lines of JSON begin with a brace, and tables with the name of a column.
    fn is_ndjson(&self) -> bool {
        let text = self.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.bytes);
        text.trim_ascii_start().starts_with(b"{")
    }

    fn hidden(&self) -> Markup {
        html! {
            input type="hidden" name=(CARRIED) value=(URL_SAFE_NO_PAD.encode(&self.bytes));
            input type="hidden" name=(CARRIED_NAME) value=(self.name);
        }
    }
}

/// Asks for a file.
///
/// # Errors
/// That the person may not create users.
pub async fn show(visit: &Visit) -> PageResult {
    if !visit.person.may("user.create") {
        let title = say("You may not import users").to_owned();
        let detail = say("Ask an administrator for the permission user.create.").to_owned();
        return Err(Stop::Refused(Box::new(Refusal {
            status: 403,
            title,
            detail,
            ..Refusal::default()
        })));
    }
    page(TITLE, choose(visit, None, None))
}

/// Plans the import of a file, and shows what it would do.
///
/// # Errors
/// That the API did not respond; what it refuses is explained above the form.
pub async fn plan(visit: &Visit) -> PageResult {
    let Some(file) = File::of(&visit.form) else {
        return refused(visit, None, &refusal(422, say("Choose a file.").to_owned()));
    };
    if file.bytes.len() > MAX_SIZE {
        let size = values::bytes(file.bytes.len() as u64);
        let text = say_with(
            "The file has {}, and the portal takes 1 MiB. Import it with the command provost import.",
            &[&size],
        );
        return refused(visit, None, &refusal(413, text));
    }
    let query = options(visit, &file).with("dry_run", "true");
    match send(visit, &file, &query, "").await {
        Ok(report) => page("Look at the plan", planned(visit, &file, &report)),
        Err(CallError::Refused(problem)) => refused(visit, Some(&file), &problem),
        Err(CallError::Failed) => Err(Stop::Failed),
    }
}

/// Carries out a plan, and shows what was done.
///
/// # Errors
/// That the API did not respond; what it refuses, such as a file for which another plan was made, is
/// explained above the form.
pub async fn start(visit: &Visit) -> PageResult {
    let Some(file) = File::of(&visit.form) else {
        return refused(visit, None, &refusal(422, say("Choose a file.").to_owned()));
    };
    let query = options(visit, &file).with("plan_id", visit.form.text("plan_id"));
    match send(visit, &file, &query, visit.form.text(forms::KEY)).await {
        Ok(report) => page("The import is done", imported(visit, &report)),
        Err(CallError::Refused(problem)) => refused(visit, Some(&file), &problem),
        Err(CallError::Failed) => Err(Stop::Failed),
    }
}

fn refusal(status: u16, message: String) -> Refusal {
    let errors = vec![crate::client::FieldError { field: FILE.to_owned(), message }];
    let title = say("The file cannot be imported").to_owned();
    Refusal { status, title, errors, ..Refusal::default() }
}

fn refused(visit: &Visit, file: Option<&File>, refusal: &Refusal) -> PageResult {
    let content = Content::new(TITLE, choose(visit, file, Some(refusal)));
    Ok(Answer::Page(content.with_status(refusal.status)))
}

/// The parameters of the form.
fn options(visit: &Visit, file: &File) -> Fields {
    let mut query = Fields::default();
    for input in OPTIONS {
        let given = visit.form.text(input.name);
        let value = match input.kind {
            Kind::Check if given.is_empty() => "",
            Kind::Check => "true",
            _ => given,
        };
        query = query.with(input.name, value);
    }
    if visit.form.given(KEEP_APOSTROPHES).is_some() && !file.is_ndjson() {
        query = query.with("guarded", "false");
    }
    query
}

async fn send(visit: &Visit, file: &File, query: &Fields, key: &str) -> Result<Value, CallError> {
    let media = if file.is_ndjson() { "application/x-ndjson" } else { "text/csv" };
    // A header has one line.
    let reason = visit.form.text("reason").split_whitespace().collect::<Vec<_>>().join(" ");
    let mut headers = Vec::new();
    if !reason.is_empty() {
        headers.push((REASON, reason.as_str()));
    }
    if !key.is_empty() {
        headers.push((IDEMPOTENCY_KEY, key));
    }
    let body = Some((media, file.bytes.clone()));
    Ok(visit.api.send_bytes(Method::POST, &query.path(ROUTE), body, &headers).await?.body)
}

fn choose(visit: &Visit, file: Option<&File>, refused: Option<&Refusal>) -> Markup {
    let reason = [Input::reason()];
    let options: Vec<Input> = OPTIONS.iter().copied().chain([APOSTROPHES]).collect();
    let id = forms::id(FILE);
    html! {
        p .crumb { a href="/staff/users" { (say("Users")) } }
        h1 { (say(TITLE)) }
        p .about { (say("Nobody is created yet: the next page shows what the file would do. A user who exists, by the email address, is left as they are, so a file can be imported again.")) }
        (forms::problem(refused))
        form .action method="post" action=(HERE) enctype="multipart/form-data" data-once="" {
            (forms::hidden(visit))
            @if let Some(file) = file { (file.hidden()) }
            div .field {
                label for=(id) { (say("File")) }
                p .hint id={ (id) "-hint" } {
                    (say("A table with the names of columns in its first line (CSV), or lines of JSON (NDJSON). At most 1,000 users and 1 MiB. Import larger files with the command:"))
                    " " code { "provost import FILE" }
                }
                @if let Some(file) = file {
                    p { (say("This file is kept:")) " " (values::text(&file.name)) ". " (say("Choose another one to replace it.")) }
                }
                input type="file" id=(id) name=(FILE) accept=".csv,.tsv,.txt,.ndjson,.jsonl,text/csv,application/x-ndjson"
                    required[file.is_none()] aria-describedby={ (id) "-hint" } data-max=(MAX_SIZE)
                    data-too-large=(say("The file is larger than 1 MiB."));
            }
            (forms::fields(visit, &options, None, refused, &Offered::new()))
            (forms::fields(visit, &reason, None, refused, &Offered::new()))
            div .buttons {
                button type="submit" { (say("Show the plan")) }
                a .button.plain href="/staff/users" { (say("Cancel")) }
            }
        }
    }
}

fn planned(visit: &Visit, file: &File, report: &Value) -> Markup {
    let count = at(report, "created").as_i64().unwrap_or_default();
    let plan = plain(at(report, "plan_id"));
    html! {
        p .crumb { a href="/staff/users" { (say("Users")) } }
        h1 { (values::say_count(count, "{} user would be created", "{} users would be created")) }
        p .about { (say("From the file")) " " (values::text(&file.name)) }
        (numbers(report, "Would be created"))
        (reading(report))
        @if count > 0 {
            form .action method="post" action={ (HERE) "/start" } data-once="" {
                input type="hidden" name=(forms::TOKEN) value=(visit.session.form_token());
                input type="hidden" name=(forms::KEY) value=(visit.app.id(provost_domain::RequestId::new).to_string());
                input type="hidden" name="plan_id" value=(plan);
                input type="hidden" name="reason" value=(visit.form.text("reason"));
                @for input in OPTIONS.iter().chain([&APOSTROPHES]) {
                    @if let Some(value) = visit.form.given(input.name) { input type="hidden" name=(input.name) value=(value); }
                }
                (file.hidden())
                div .buttons {
                    button type="submit" { (values::say_count(count, "Create {} user", "Create {} users")) }
                    a .button.plain href=(HERE) { (say("Cancel")) }
                }
            }
        } @else {
            p .empty { (say("There is nobody to create.")) }
            p { a .button.plain href=(HERE) { (say("Choose another file")) } }
        }
        (rows(visit, report))
    }
}

fn imported(visit: &Visit, report: &Value) -> Markup {
    let count = at(report, "created").as_i64().unwrap_or_default();
    html! {
        p .crumb { a href="/staff/users" { (say("Users")) } }
        h1 { (say("The import is done")) }
        div .notice.good role="status" { (values::say_count(count, "{} user was created.", "{} users were created.")) }
        (numbers(report, "Created"))
        div .actions {
            a .button href="/staff/users?sort=-created_at" { (say("Show the newest users")) }
            a .button href=(HERE) { (say("Import another file")) }
        }
        (table(visit, report, "created_users", "Created users", USERS))
        (rows(visit, report))
    }
}

fn numbers(report: &Value, created: &str) -> Markup {
    let number = |name: &str| values::grouped(at(report, name).as_i64().unwrap_or_default());
    html! {
        dl .tiles {
            div { dt { (say("Rows")) } dd { (number("rows")) } }
            div { dt { (say(created)) } dd { (number("created")) } }
            div { dt { (say("Exist already")) } dd { (number("existing")) } }
            div { dt { (say("Refused")) } dd { (number("refused")) } }
        }
    }
}

/// How the file was read, for what a person should check.
fn reading(report: &Value) -> Markup {
    let list = |name: &str| at(report, name).as_array().cloned().unwrap_or_default();
    let (renamed, ignored) = (list("renamed_columns"), list("ignored_columns"));
    let encoding = plain(at(report, "encoding"));
    let sample = plain(at(report, "sample.text"));
    html! {
        @if !encoding.is_empty() {
            p { (say("Encoding:")) " " code { (encoding) }
                @if !sample.is_empty() { ". " (say("Is this text right?")) " " q { (values::text(&sample)) } }
            }
        }
        @if !renamed.is_empty() {
            p { (say("Columns that were recognised by another name:")) " "
                @for column in &renamed { span .tag { bdi { (plain(at(column, "found"))) } " → " (plain(at(column, "column"))) } " " }
            }
        }
        @if !ignored.is_empty() {
            p { (say("Columns that are not imported:")) " "
                @for column in &ignored { span .tag { bdi { (plain(column)) } } " " }
            }
        }
    }
}

fn rows(visit: &Visit, report: &Value) -> Markup {
    html! {
        (table(visit, report, "problems", "Refused rows", PROBLEMS))
        (table(visit, report, "without_password", "Users without a password", WITHOUT_PASSWORD))
        (table(visit, report, "existing_users", "Users who exist already", USERS))
    }
}

fn table(visit: &Visit, report: &Value, name: &str, title: &str, columns: &[Field]) -> Markup {
    let rows = at(report, name).as_array().map(Vec::as_slice).unwrap_or_default();
    let shown = rows.get(..MAX_SHOWN).unwrap_or(rows);
    html! {
        @if !rows.is_empty() {
            h2 { (say(title)) }
            (tables::table(visit, columns, shown, &[]))
            @if rows.len() > MAX_SHOWN {
                p .quiet { (say_with("The first {} of {} are shown.", &[&MAX_SHOWN.to_string(), &rows.len().to_string()])) }
            }
        }
    }
}
