//! Creates the users of a file. A row is known by its external id, or else by its email address: a
//! user who has it is left as they are, so a file can be imported again, and an import that stopped
//! halfway is continued by repeating it.

use futures_util::{StreamExt, TryStreamExt, stream};
use provost_auth::password::{self, UnusableHash};
use provost_domain::{
    ApiError, BuiltInRole, UserId,
    audit::{Resource, note_change},
    import_row::{ImportRow, RowProblem},
    refusal::FieldError,
};
use provost_store::{Store, StoreError};

use crate::{
    Change, Op, OperationError,
    user::{CreationEmail, NewCredential, NewUser, create_user},
};

/// Rows that are read or created at a time.
const CONCURRENCY: usize = 8;
/// Times that the creation of a row is decided again when another request came first.
const MAX_TRIES: usize = 5;
/// What happens to a row without a hash.
const NO_HASH: &str = "This row has no password hash. The user is created without a password and \
                       chooses one by the link in the email.";

/// What an import would do.
#[derive(Debug, Default)]
pub struct ImportPlan {
    /// Rows whose users would be created, in the order of the file.
    pub create: Vec<PlannedRow>,
    /// Rows whose users exist.
    pub existing: Vec<ExistingRow>,
    /// Rows whose users would have no password.
    pub without_password: Vec<RowWithoutPassword>,
    /// Rows that are refused.
    pub problems: Vec<RowProblem>,
}

/// A row whose user would be created.
#[derive(Debug)]
pub struct PlannedRow {
    /// The line of the file.
    pub line: u64,
    new: NewUser,
}

/// A row and its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportedRow {
    /// The line of the file.
    pub line: u64,
    /// The user.
    pub user: UserId,
}

/// A row whose user exists and is left as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExistingRow {
    /// The line of the file.
    pub line: u64,
    /// The user.
    pub user: UserId,
    /// The column that the user is known by: `external_id` or `email`.
    pub known_by: &'static str,
    /// The other of the two columns, if the user has another value or none there.
    pub differs: Option<&'static str>,
}

/// A row whose user has no password and must choose one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowWithoutPassword {
    /// The line of the file.
    pub line: u64,
    /// `no_hash` or `unusable_hash`.
    pub code: &'static str,
    /// Why, and what happens.
    pub message: String,
}

/// What an import did.
#[derive(Debug, Default)]
pub struct ImportOutcome {
    /// Users that were created.
    pub created: Vec<ImportedRow>,
    /// Rows whose users existed by then.
    pub existing: Vec<ExistingRow>,
    /// Rows that were refused by then.
    pub problems: Vec<RowProblem>,
}

/// Decides what an import would do, and changes nothing.
///
/// # Errors
/// The store failed.
pub async fn plan_import(
    op: &Op<'_>,
    rows: Vec<ImportRow>,
    email_sent: CreationEmail,
) -> Result<ImportPlan, OperationError> {
    let decided: Vec<Decided> = stream::iter(rows)
        .map(|row| decide(op, row, email_sent))
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    let mut plan = ImportPlan::default();
    for decided in decided {
        match decided {
            Decided::Create(row, without_password) => {
                plan.create.push(*row);
                plan.without_password.extend(without_password);
            }
            Decided::Exists(row) => plan.existing.push(row),
            Decided::Refused(problems) => plan.problems.extend(problems),
        }
    }
    Ok(plan)
}

enum Decided {
    Create(Box<PlannedRow>, Option<RowWithoutPassword>),
    Exists(ExistingRow),
    Refused(Vec<RowProblem>),
}

async fn decide(
    op: &Op<'_>,
    row: ImportRow,
    email_sent: CreationEmail,
) -> Result<Decided, OperationError> {
    let (line, hash) = (row.line, row.password_hash.clone());
    let new = NewUser {
        email: row.email,
        email_verified: row.email_verified,
        password: None,
        username: row.username,
        phone: row.phone,
        phone_verified: row.phone_verified,
        unique_id: row.unique_id,
        external_id: row.external_id,
        role: BuiltInRole::User,
        status: row.status,
        edit: row.edit,
        email_sent,
    };
    match find(op.app.store(), line, &new).await? {
        Found::Nobody => {}
        Found::User(row) => return Ok(Decided::Exists(row)),
        Found::Others(problems) => return Ok(Decided::Refused(problems)),
    }
    let (password, without_password) = match hash.as_deref().map(password::import) {
        Some(Ok(hash)) => (Some(NewCredential::Hash(hash)), None),
        Some(Err(error @ UnusableHash::TooCostly)) => {
            let problem =
                RowProblem::new(line, "password_hash", "hash_too_costly", error.to_string());
            return Ok(Decided::Refused(vec![problem]));
        }
        Some(Err(error @ UnusableHash::Unknown)) => {
            let message = error.to_string();
            (None, Some(RowWithoutPassword { line, code: "unusable_hash", message }))
        }
        None => {
            (None, Some(RowWithoutPassword { line, code: "no_hash", message: NO_HASH.to_owned() }))
        }
    };
    let new = NewUser { password, ..new };
    // Decided as it will be, and not written.
    match create_user(op, new.clone()).await {
        Ok(_) => Ok(Decided::Create(Box::new(PlannedRow { line, new }), without_password)),
        Err(OperationError::Refused(error)) => Ok(Decided::Refused(problems(line, &error))),
        Err(error) => Err(error),
    }
}

/// The problems of a row that an operation refused.
fn problems(line: u64, error: &ApiError) -> Vec<RowProblem> {
    if error.fields.is_empty() {
        let message = error.detail.to_string();
        return vec![RowProblem { line, column: None, code: "refused", message, user_id: None }];
    }
    let problem = |field: &FieldError| {
        RowProblem::new(line, &snake_case(&field.field), field.code, field.message.clone())
    };
    error.fields.iter().map(problem).collect()
}

/// `profile.dateOfBirth` as the name of its column, `date_of_birth`.
fn snake_case(field: &str) -> String {
    let name = field.rsplit('.').next().unwrap_or(field);
    let mut column = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            column.push('_');
        }
        column.push(c.to_ascii_lowercase());
    }
    column
}

/// Who has the unique values of a row.
enum Found {
    Nobody,
    /// The user with its external id or its address, who has all of its values or lacks some.
    User(ExistingRow),
    /// Other users.
    Others(Vec<RowProblem>),
}

async fn find(store: &Store, line: u64, new: &NewUser) -> Result<Found, StoreError> {
    let by_email = store.owner_of_email(&new.email).await?;
    let by_external_id = match &new.external_id {
        Some(external_id) => store.owner_of_external_id(external_id).await?,
        None => None,
    };
    if let Some(user) = by_external_id {
        let differs = Some("email").filter(|_| by_email != Some(user));
        return Ok(Found::User(ExistingRow { line, user, known_by: "external_id", differs }));
    }
    let others = others(store, line, new, by_email).await?;
    if !others.is_empty() {
        return Ok(Found::Others(others));
    }
    match by_email {
        Some(user) => known_by_email(store, line, new, user).await,
        None => Ok(Found::Nobody),
    }
}

/// The unique values of a row that somebody else has than the user with its address.
async fn others(
    store: &Store,
    line: u64,
    new: &NewUser,
    by_email: Option<UserId>,
) -> Result<Vec<RowProblem>, StoreError> {
    let by_unique_id = match &new.unique_id {
        Some(unique_id) => store.owner_of_unique_id(unique_id).await?,
        None => None,
    };
    let mut holders = vec![("unique_id", by_unique_id)];
    if by_email.is_none() {
        if let Some(phone) = &new.phone {
            holders.push(("phone", store.owner_of_phone(phone).await?));
        }
        if let Some(username) = &new.username {
            let held = store.owner_of_username(username).await?;
            if held.is_none() && store.is_username_held(username).await? {
                let message = "Another user had this username until recently, so it is reserved \
                               for 30 days. Choose another username.";
                return Ok(vec![RowProblem::new(line, "username", "reserved", message)]);
            }
            holders.push(("username", held));
        }
    }
    let problem = |(column, holder): (&str, UserId)| {
        let message = format!("Another user has this {}.", column.replace('_', " "));
        let problem = RowProblem::new(line, column, "taken", message);
        RowProblem { user_id: Some(holder), ..problem }
    };
    Ok(holders
        .into_iter()
        .filter_map(|(column, holder)| Some((column, holder?)))
        .filter(|(_, holder)| Some(*holder) != by_email)
        .map(problem)
        .collect())
}

/// A row whose user is known by the address, and whose external id nobody has. A user with another
/// external id is somebody else in the other system.
async fn known_by_email(
    store: &Store,
    line: u64,
    new: &NewUser,
    user: UserId,
) -> Result<Found, StoreError> {
    let row = ExistingRow { line, user, known_by: "email", differs: None };
    if new.external_id.is_none() {
        return Ok(Found::User(row));
    }
    let known = store.user(user).await?;
    if known.is_none_or(|known| known.external_id.is_none()) {
        return Ok(Found::User(ExistingRow { differs: Some("external_id"), ..row }));
    }
    let message = "The user with this email address has another external id. Correct one of the \
                   two values, or change the external id of the user first.";
    let problem = RowProblem::new(line, "external_id", "other_external_id", message);
    Ok(Found::Others(vec![RowProblem { user_id: Some(user), ..problem }]))
}

/// Creates the users of a plan, each in a transaction of its own with its audit entry. A row whose
/// user exists by now, or whose values were taken, is named and left out.
///
/// # Errors
/// The store failed; users that were created before stay, and the import can be repeated.
pub async fn import_users(
    op: &Op<'_>,
    plan: Vec<PlannedRow>,
) -> Result<ImportOutcome, OperationError> {
    let mut results = stream::iter(plan).map(|row| create(op, row)).buffered(CONCURRENCY);
    let mut outcome = ImportOutcome::default();
    while let Some(result) = results.try_next().await? {
        match result {
            Written::Created(row) => outcome.created.push(row),
            Written::Exists(row) => outcome.existing.push(row),
            Written::Refused(problems) => outcome.problems.extend(problems),
        }
    }
    Ok(outcome)
}

enum Written {
    Created(ImportedRow),
    Exists(ExistingRow),
    Refused(Vec<RowProblem>),
}

async fn create(op: &Op<'_>, row: PlannedRow) -> Result<Written, OperationError> {
    let PlannedRow { line, new } = row;
    for _ in 0..MAX_TRIES {
        let change = match create_user(op, new.clone()).await {
            Ok(change) => change,
            Err(OperationError::Refused(error)) => {
                return Ok(Written::Refused(problems(line, &error)));
            }
            Err(error) => return Err(error),
        };
        let user = change.after.user.user_id;
        match change.commit().await {
            Ok(_) => return Ok(Written::Created(ImportedRow { line, user })),
            Err(OperationError::Refused(error)) => {
                return Ok(Written::Refused(problems(line, &error)));
            }
            Err(OperationError::Store(error)) if error.conflict().is_none() => {
                return Err(error.into());
            }
            // Another request came first; who has the values now decides.
            Err(_) => match find(op.app.store(), line, &new).await? {
                Found::Nobody => {}
                Found::User(row) => return Ok(Written::Exists(row)),
                Found::Others(problems) => return Ok(Written::Refused(problems)),
            },
        }
    }
    Err(OperationError::Collision)
}

/// Records an import, after its users were created.
///
/// # Errors
/// `Unreadable` when the entry cannot be written.
pub fn record_import(
    op: &Op<'_>,
    rows: u64,
    outcome: &ImportOutcome,
) -> Result<Change<()>, StoreError> {
    let id = op.origin.request_id.to_string();
    let mut entry = op.entry("user.imported", Resource::Other { kind: "user_import", id });
    note_change(&mut entry.changes, "rows", &None, &Some(rows));
    note_change(&mut entry.changes, "created", &None, &Some(outcome.created.len()));
    let mut tx = op.transaction();
    tx.audit(entry)?;
    Ok(Change::new(tx, ()))
}
