//! Pages of lists: `page` or `cursor` with `limit` as input, `data` and `pagination` in the
//! response.

use provost_domain::{
    ApiError,
    page::{Page, PageFrom, PageRequest, Pagination},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{access::AccessGrant, cursor, problem::HandlerError, request_context::RequestContext};

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

/// A page of a list.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "{T}List")]
pub struct List<T> {
    /// Items of this page.
    pub data: Vec<T>,
    /// Position of this page, and total number of items.
    pub pagination: Pagination,
}

impl<G: AccessGrant> RequestContext<G> {
    fn cursor_context(&self, query: &str) -> String {
        let caller = self
            .grant
            .caller()
            .map_or_else(|| "anonymous".to_owned(), |caller| caller.principal.user_id.to_string());
        // The ids in the path identify the list: a position in one organisation's list is not valid
        // in another's.
        let ids: Vec<&str> = self.params.0.iter().map(|(_, value)| value.as_str()).collect();
        cursor::context(&caller, &self.origin.route, &ids, query)
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
            (None, Some(cursor)) => {
                let key = self.app.keys().cursor().await?;
                PageFrom::After(cursor::open_position(
                    &key,
                    &self.cursor_context(&self.query),
                    cursor,
                )?)
            }
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
            Some(position) => {
                let key = self.app.keys().cursor().await?;
                cursor::seal_position(&key, &self.cursor_context(&self.query), position)
            }
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
