//! Pages of lists: `page` or `cursor` with `limit` as input, `data` and `pagination` in the
//! response.

pub mod cursor;

use provost_api::{List, Pagination};
use provost_domain::{
    ApiError,
    page::{Page, PageFrom, PageRequest},
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{access::AccessGrant, problem::HandlerError, request_context::RequestContext};

/// Maximum number of items per page.
pub const MAX_ROWS: u32 = 200;

/// The paging parameters of a list. A query type repeats these three fields and passes them on.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Paging {
    /// Page number, starting at 1. Not together with `cursor`.
    #[schemars(range(min = 1))]
    pub page: Option<u32>,
    /// Items per page, 1 to 200; 50 by default.
    #[schemars(range(min = 1, max = 200))]
    pub limit: Option<u32>,
    /// `nextCursor` of the previous page. Not together with `page`.
    pub cursor: Option<String>,
}

/// The paging parameters of a list of the directory API.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SnakePaging {
    /// Page number, starting at 1. Not together with `cursor`.
    #[schemars(range(min = 1))]
    pub page: Option<u32>,
    /// Items per page, 1 to 200; 25 by default.
    #[schemars(range(min = 1, max = 200))]
    pub limit: Option<u32>,
    /// `next_cursor` of the previous page. Not together with `page`.
    pub cursor: Option<String>,
}

impl From<SnakePaging> for Paging {
    fn from(SnakePaging { page, limit, cursor }: SnakePaging) -> Self {
        Self { page, limit: Some(limit.unwrap_or(25)), cursor }
    }
}

impl<G: AccessGrant> RequestContext<G> {
    fn cursor_context(&self, query: &str) -> String {
        let caller = self
            .grant
            .caller()
            .map_or_else(|| "anonymous".to_owned(), |caller| caller.user.user_id.to_string());
        // The ids in the path identify the list: a position in one organisation's list is not valid
        // in another's.
        let ids: Vec<&str> = self.params.0.iter().map(|(_, value)| value.as_str()).collect();
        cursor::context(&caller, &self.origin.route, &ids, query)
    }

    /// Encrypts a position in this list, as the filters of the request and the caller see it.
    ///
    /// # Errors
    /// If the key is not available.
    pub async fn seal_cursor(&self, position: &str) -> Result<Option<String>, HandlerError> {
        let key = self.app.keys().cursor().await?;
        Ok(cursor::seal_position(&key, &self.cursor_context(&self.query), position))
    }

    /// The position that a cursor of this list names.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` for a cursor of another list, other filters or another caller.
    pub async fn open_cursor(&self, cursor: &str) -> Result<String, HandlerError> {
        let key = self.app.keys().cursor().await?;
        Ok(cursor::open_position(&key, &self.cursor_context(&self.query), cursor)?)
    }

    /// The requested page.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` for page 0, a limit out of range, both `page` and `cursor`, or a cursor
    /// of another list.
    pub async fn page_request(&self, paging: &Paging) -> Result<PageRequest, HandlerError> {
        let limit = paging.limit.unwrap_or(50);
        if !(1..=MAX_ROWS).contains(&limit) {
            return Err(ApiError::field(
                "limit",
                "out_of_range",
                "The limit is out of range. Use a number from 1 to 200.",
            )
            .into());
        }
        let from = match (paging.page, &paging.cursor) {
            (Some(_), Some(_)) => {
                return Err(ApiError::field(
                    "cursor",
                    "contradiction",
                    "Both `page` and `cursor` are given. Give only one of them.",
                )
                .into());
            }
            (Some(0), None) => {
                return Err(ApiError::field(
                    "page",
                    "out_of_range",
                    "The page number is out of range. Pages start at 1.",
                )
                .into());
            }
            (page, None) => PageFrom::Page(page.unwrap_or(1)),
            (None, Some(cursor)) => PageFrom::After(self.open_cursor(cursor).await?),
        };
        Ok(PageRequest { from, limit })
    }

    /// The page as it is returned.
    ///
    /// # Errors
    /// If the cursor cannot be encrypted.
    pub async fn list<T>(
        &self,
        page: Page<T>,
        request: &PageRequest,
    ) -> Result<List<T>, HandlerError> {
        let next_cursor = match &page.next {
            None => None,
            Some(position) => self.seal_cursor(position).await?,
        };
        let number = match request.from {
            PageFrom::Page(page) => Some(page),
            PageFrom::After(_) => None,
        };
        let pagination = Pagination {
            page: number,
            limit: request.limit,
            total: page.total,
            pages: page.total.div_ceil(u64::from(request.limit)),
            next_cursor,
        };
        Ok(List { data: page.rows, pagination })
    }
}
