//! A query to the user index: what the caller asks, and the index that answers.

use provost_directory::{Current, ListRequest, Names, Snapshot};
use provost_domain::{ApiError, Code, consistency::ConsistencyToken};
use provost_http::{
    CONSISTENCY_TOKEN, HandlerError, QueryParameters, RequestContext, access::StaffGrant,
};
use provost_search::{
    Query,
    protocol::ProtocolError,
    query::{ListQuery, describe},
};
use serde_json::Value;

pub use provost_directory::refused;

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
        let ListRequest { list, query } = request(ctx, text, extras).await?;
        Ok(Self { list, query, snapshot: snapshot(ctx).await? })
    }
}

/// Reads the query string, without the index.
///
/// # Errors
/// What is wrong with the query.
pub async fn request(
    ctx: &RequestContext<StaffGrant>,
    text: &str,
    extras: &[&str],
) -> Result<ListRequest, HandlerError> {
    let names = Names::read(ctx.app.store(), text).await?;
    Ok(ListRequest::read(text, extras, &names, &ctx.caller.permissions)?)
}

/// The changes that the caller wants to see in the answer.
///
/// # Errors
/// `VALIDATION_FAILED` for an invalid token.
pub fn consistency(ctx: &RequestContext<StaffGrant>) -> Result<ConsistencyToken, ApiError> {
    let mut token = ConsistencyToken::default();
    for header in ctx.headers.get_all(CONSISTENCY_TOKEN) {
        token.extend(header.to_str().unwrap_or_default().parse()?);
    }
    Ok(token)
}

/// The index, with the changes that the caller's consistency token names.
///
/// # Errors
/// `VALIDATION_FAILED` for an invalid token, `UNAVAILABLE` without an index.
pub async fn snapshot(ctx: &RequestContext<StaffGrant>) -> Result<Snapshot, HandlerError> {
    let token = consistency(ctx)?;
    let current = ctx.app.memory::<Current>();
    current.snapshot(ctx.app.store(), &token, ctx.now()).await.map_err(failed)
}

/// The same for the staff lists, which also answer in a new deployment without an index, as long as
/// it has few users.
///
/// # Errors
/// As for [`snapshot`].
pub async fn staff_snapshot(ctx: &RequestContext<StaffGrant>) -> Result<Snapshot, HandlerError> {
    let token = consistency(ctx)?;
    let current = ctx.app.memory::<Current>();
    current.snapshot_or_table(ctx.app.store(), &token, ctx.now()).await.map_err(failed)
}

/// The error for an index that cannot be read.
pub fn failed(error: ProtocolError) -> HandlerError {
    match error {
        error if error.is_missing() => ApiError::new(
            Code::Unavailable,
            "The user index is being made. Send the request again in a minute.",
        )
        .with("retryAfter", 60)
        .into(),
        error => HandlerError::Failed { action: "reading the user index", cause: Box::new(error) },
    }
}

/// The parameters of a page.
const OF_PAGE: [&str; 5] = ["page", "page_size", "limit", "cursor", "explain"];

/// Refuses the parameters of a page, where all users that match are meant.
///
/// # Errors
/// `VALIDATION_FAILED` with the name of the parameter.
pub fn check_no_page(text: &str) -> Result<(), ApiError> {
    let mut names = text.split('&').map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name));
    match names.find_map(|name| OF_PAGE.into_iter().find(|known| *known == name)) {
        None => Ok(()),
        Some(name) => Err(ApiError::field(
            name,
            "no_pages",
            "There are no pages here: every user that matches is meant. Omit this parameter.",
        )),
    }
}
