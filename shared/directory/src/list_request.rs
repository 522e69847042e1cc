//! A query to the user index, as a caller sends it in a query string.

use std::collections::BTreeSet;

use provost_domain::{
    ApiError, BuiltInRole, Permission, PermissionSet, UserId,
    page::{PageFrom, PageRequest},
};
use provost_search::{
    Field, Query, QueryError, Search, SearchMode, Selection, SortBy, SortKey,
    query::{
        HiddenField, ListQuery, PermissionHolders, RoleNames, Vocabulary, admin,
        parameters::{self, SortBy as Sorted},
        selection::{self, BulkSelection, SelectionBody},
    },
};
use provost_store::{Store, StoreError};

use crate::columns::hidden_fields;

/// Number of custom roles that are read at a time.
const MAX_ROWS: u32 = 200;

/// The roles and permissions that a query may name.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// All roles, built-in and custom.
    pub roles: Vec<RoleNames>,
    /// All permissions, with the roles that give them.
    pub permissions: Vec<PermissionHolders>,
}

impl Names {
    /// Reads them. Custom roles are only read for a text that may name a role or a permission.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn read(store: &Store, text: &str) -> Result<Self, StoreError> {
        let mut custom = Vec::new();
        if ["role", "permission", "filter"].iter().any(|name| text.contains(name)) {
            let mut request = PageRequest { from: PageFrom::Page(1), limit: MAX_ROWS };
            loop {
                let page = store.roles(&request).await?;
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
        Ok(Self { roles: built_in.into_iter().chain(custom).collect(), permissions })
    }
}

/// A list of users that a caller asks for.
#[derive(Debug, Clone)]
pub struct ListRequest {
    /// What the caller asks.
    pub list: ListQuery,
    /// The same, as the index takes it.
    pub query: Query,
}

impl ListRequest {
    /// Reads a query string, as a caller with these permissions may send it. `extras` are the names
    /// of parameters that only the caller's route has.
    ///
    /// # Errors
    /// What is wrong with the query.
    pub fn read(
        text: &str,
        extras: &[&str],
        names: &Names,
        held: &PermissionSet,
    ) -> Result<Self, ApiError> {
        let hidden = hidden_fields(held);
        let Names { roles, permissions } = names;
        let vocabulary = Vocabulary { roles, permissions, hidden: &hidden };
        let list = parameters::parse(text, extras, &vocabulary)?;
        let sort = list.sort.iter().map(key).collect();
        let query = query(list.selection.clone(), list.search.as_ref(), sort, &hidden)?;
        Ok(Self { list, query })
    }
}

impl ListRequest {
    /// Reads the query string of the staff list, as a caller with these permissions may send it.
    ///
    /// # Errors
    /// What is wrong with the query.
    pub fn of_staff_list(text: &str, held: &PermissionSet) -> Result<Self, ApiError> {
        let hidden = hidden_fields(held);
        let vocabulary = Vocabulary { roles: &[], permissions: &[], hidden: &hidden };
        let list = admin::parse(text, &vocabulary)?;
        let sort = list.sort.iter().map(key).collect();
        let query = query(list.selection.clone(), list.search.as_ref(), sort, &hidden)?;
        Ok(Self { list, query })
    }
}

/// The query for the users that a search box finds, with typing mistakes and the best first.
///
/// # Errors
/// What is wrong with the text.
pub fn search_box(text: &str, held: &PermissionSet) -> Result<Query, ApiError> {
    let hidden = hidden_fields(held);
    let search =
        parameters::Search { text: text.to_owned(), mode: parameters::SearchMode::default() };
    query(Selection::all(), Some(&search), Vec::new(), &hidden)
}

/// A query as the index takes it, checked.
fn query(
    selection: Selection,
    search: Option<&parameters::Search>,
    sort: Vec<SortKey>,
    hidden: &[HiddenField],
) -> Result<Query, ApiError> {
    let sees = |field| hidden.iter().all(|hidden| hidden.field != field);
    let search = search.map(|search| Search {
        text: search.text.clone(),
        mode: mode(search.mode),
        emails: sees(Field::Email),
        phones: sees(Field::Phone),
    });
    let query = Query { selection, search, sort };
    query.validate().map_err(refused)?;
    Ok(query)
}

/// The users that a bulk action is about.
#[derive(Debug, Clone)]
pub enum SelectedUsers {
    /// These users, in the order of the request, repetitions included.
    Named(Vec<UserId>),
    /// All users that match.
    Matching {
        /// The query.
        query: Query,
        /// Users that are left out.
        exclude: BTreeSet<UserId>,
    },
}

impl SelectedUsers {
    /// Reads a body, as a caller with these permissions may send it.
    ///
    /// # Errors
    /// What is wrong with the selection.
    pub fn read(
        body: &SelectionBody,
        names: &Names,
        held: &PermissionSet,
    ) -> Result<Self, ApiError> {
        let hidden = hidden_fields(held);
        let Names { roles, permissions } = names;
        let vocabulary = Vocabulary { roles, permissions, hidden: &hidden };
        Ok(match selection::read(body, &vocabulary)? {
            BulkSelection::Users(users) => Self::Named(users),
            BulkSelection::Matching { selection, search, exclude } => Self::Matching {
                query: query(selection, search.as_ref(), Vec::new(), &hidden)?,
                exclude,
            },
        })
    }
}

const fn mode(mode: parameters::SearchMode) -> SearchMode {
    match mode {
        parameters::SearchMode::Fuzzy => SearchMode::Fuzzy,
        parameters::SearchMode::Substring => SearchMode::Substring,
        parameters::SearchMode::Prefix => SearchMode::Prefix,
        parameters::SearchMode::Exact => SearchMode::Exact,
    }
}

const fn key(key: &parameters::SortKey) -> SortKey {
    let by = match key.by {
        Sorted::Field(field) => SortBy::Field(field),
        Sorted::Relevance => SortBy::Relevance,
    };
    SortKey { by, descending: key.descending }
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
