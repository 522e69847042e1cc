//! A query to the user index: what the caller asks, and the index that answers.

use provost_directory::{Current, Snapshot};
use provost_domain::{
    ApiError, BuiltInRole, Code, Permission,
    consistency::ConsistencyToken,
    page::{PageFrom, PageRequest},
};
use provost_http::{
    CONSISTENCY_TOKEN, HandlerError, QueryParameters, RequestContext, access::StaffGrant,
};
use provost_search::{
    Field, Filter, Query, QueryError, Search, SearchMode, SortBy, SortKey,
    protocol::ProtocolError,
    query::{
        ListQuery, PermissionHolders, RoleNames, Vocabulary, describe,
        parameters::{self, SortBy as Sorted},
    },
};
use serde_json::Value;

/// Number of custom roles that are read at a time.
const MAX_ROWS: u32 = 200;

/// The parameters of a list of users.
#[derive(Debug)]
pub struct ListParameters;

impl QueryParameters for ListParameters {
    fn schema() -> Value {
        describe::list()
    }
}

/// The parameters that say which users are meant.
#[derive(Debug)]
pub struct SelectionParameters;

impl QueryParameters for SelectionParameters {
    fn schema() -> Value {
        describe::selection(&[])
    }
}

/// A query with the index that answers it.
#[derive(Debug)]
pub struct Lookup {
    /// What the caller asked.
    pub list: ListQuery,
    /// The same, as the index takes it.
    pub query: Query,
    /// The index.
    pub snapshot: Snapshot,
}

impl Lookup {
    /// Reads the query string and the index. `extras` are the names of parameters that only this
    /// route has.
    ///
    /// # Errors
    /// What is wrong with the query; `UNAVAILABLE` without an index.
    pub async fn read(
        ctx: &RequestContext<StaffGrant>,
        text: &str,
        extras: &[&str],
    ) -> Result<Self, HandlerError> {
        let hidden = hidden(ctx);
        let (roles, permissions) = roles(ctx, text).await?;
        let vocabulary = Vocabulary { roles: &roles, permissions: &permissions, hidden: &hidden };
        let list = parameters::parse(text, extras, &vocabulary)?;
        let query = Query {
            selection: list.selection.clone(),
            search: list.search.as_ref().map(|search| Search {
                text: search.text.clone(),
                mode: mode(search.mode),
                emails: !hidden.contains(&Field::Email),
                phones: !hidden.contains(&Field::Phone),
            }),
            sort: list.sort.iter().filter_map(key).collect(),
        };
        query.validate().map_err(refused)?;
        if query.selection.parts().iter().any(|part| looks_at_enrollments(&part.filter)) {
            return Err(no_enrollments().into());
        }
        Ok(Self { list, query, snapshot: snapshot(ctx).await? })
    }
}

/// The error for a condition on enrolments.
pub(super) fn no_enrollments() -> ApiError {
    ApiError::field(
        "filter",
        "unsupported",
        "The index does not hold enrolments yet. Leave conditions on them out.",
    )
}

pub(super) fn looks_at_enrollments(filter: &Filter) -> bool {
    const ABSENT: [Field; 3] =
        [Field::Enrollments, Field::TotalTimeSpent, Field::LastLearningActivityAt];
    filter.fields().iter().any(|field| ABSENT.contains(field))
}

/// The index, with the changes that the caller's consistency token names.
///
/// # Errors
/// `VALIDATION_FAILED` for an invalid token, `UNAVAILABLE` without an index.
pub async fn snapshot(ctx: &RequestContext<StaffGrant>) -> Result<Snapshot, HandlerError> {
    let mut token = ConsistencyToken::default();
    for header in ctx.headers.get_all(CONSISTENCY_TOKEN) {
        token.extend(header.to_str().unwrap_or_default().parse()?);
    }
    let current = ctx.app.memory::<Current>();
    current.snapshot(ctx.app.store(), &token, ctx.now()).await.map_err(|error| match error {
        ProtocolError::Missing => ApiError::new(
            Code::Unavailable,
            "The user index is being made. Send the request again in a minute.",
        )
        .with("retryAfter", 60)
        .into(),
        error => HandlerError::Failed { action: "reading the user index", cause: Box::new(error) },
    })
}

/// The personal fields that the caller may not see.
pub(super) fn hidden(ctx: &RequestContext<StaffGrant>) -> Vec<Field> {
    [
        (Field::Email, Permission::UserView),
        (Field::Phone, Permission::BillingRead),
        (Field::DateOfBirth, Permission::UserUpdate),
    ]
    .into_iter()
    .filter(|(_, permission)| ctx.caller.require(*permission).is_err())
    .map(|(field, _)| field)
    .collect()
}

/// The roles by which users can be filtered, and the permissions with the roles that give them.
/// Custom roles are only read for a query that may name a role or a permission.
pub(super) async fn roles(
    ctx: &RequestContext<StaffGrant>,
    text: &str,
) -> Result<(Vec<RoleNames>, Vec<PermissionHolders>), HandlerError> {
    let mut custom = Vec::new();
    if ["role", "permission", "filter"].iter().any(|name| text.contains(name)) {
        let mut request = PageRequest { from: PageFrom::Page(1), limit: MAX_ROWS };
        loop {
            let page = ctx.app.store().roles(&request).await?;
            custom.extend(page.rows);
            let Some(next) = page.next else { break };
            request.from = PageFrom::After(next);
        }
    }
    let built_in = BuiltInRole::ALL.map(|role| RoleNames {
        id: role.as_str().to_owned(),
        names: match role {
            BuiltInRole::RootAdmin => vec!["rootAdmin".to_owned(), "SUPERADMIN".to_owned()],
            _ => vec![role.as_str().to_owned()],
        },
    });
    let permissions = Permission::ALL.iter().map(|permission| {
        let built_in = BuiltInRole::ALL
            .into_iter()
            .filter(|role| role.permissions().contains(permission))
            .map(|role| role.as_str().to_owned());
        let custom = custom
            .iter()
            .filter(|role| role.active && role.permissions.contains(permission))
            .map(|role| role.id.to_string());
        let name = permission.as_str().to_owned();
        PermissionHolders { name, roles: built_in.chain(custom).collect() }
    });
    let permissions = permissions.collect();
    let custom = custom
        .iter()
        .map(|role| RoleNames { id: role.id.to_string(), names: vec![role.name.clone()] });
    Ok((built_in.into_iter().chain(custom).collect(), permissions))
}

pub(super) const fn mode(mode: parameters::SearchMode) -> SearchMode {
    match mode {
        parameters::SearchMode::Fuzzy => SearchMode::Fuzzy,
        parameters::SearchMode::Substring => SearchMode::Substring,
        parameters::SearchMode::Prefix => SearchMode::Prefix,
        parameters::SearchMode::Exact => SearchMode::Exact,
    }
}

fn key(key: &parameters::SortKey) -> Option<SortKey> {
    let by = match key.by {
        Sorted::Field(field) => SortBy::Field(field),
        Sorted::Relevance => SortBy::Relevance,
        // Only the staff list knows this order.
        Sorted::StorageUsed => return None,
    };
    Some(SortKey { by, descending: key.descending })
}

/// The error for a query that the index cannot answer.
pub fn refused(error: QueryError) -> ApiError {
    let (field, code, sentence) = match error {
        QueryError::Cursor => (
            "cursor",
            "invalid",
            "This cursor is not valid. Send `next_cursor` unchanged, with the same filters and as the same caller.",
        ),
        QueryError::UnknownZone(_) => (
            "tz",
            "invalid",
            "This time zone is unknown. Use a name of the IANA database, such as Europe/Berlin.",
        ),
        QueryError::Period => (
            "from",
            "out_of_range",
            "The period is empty or too long. It can have 1 to 400 points.",
        ),
        QueryError::Limit => {
            ("limit", "out_of_range", "The limit is out of range. Use a number from 1 to 200.")
        }
        QueryError::BlankSearch => (
            "search",
            "empty_filter_value",
            "The search text is empty. Enter a text, or omit the parameter.",
        ),
        QueryError::Field(_) => ("field", "unknown_value", "This field cannot be used here."),
        QueryError::Filter(_) => {
            ("filter", "invalid", "This filter cannot be evaluated. Make it simpler.")
        }
    };
    ApiError::field(field, code, sentence)
}
