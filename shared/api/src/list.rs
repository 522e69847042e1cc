//! The reply of every list, in camelCase and, for the directory API, in snake_case.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A page of a list.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "{T}List")]
pub struct List<T> {
    /// Items of this page.
    pub data: Vec<T>,
    /// Position of this page, and total number of items.
    pub pagination: Pagination,
}

/// Position of a page in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Pagination {
    /// Page number, starting at 1; null if the page was requested by cursor.
    pub page: Option<u32>,
    /// Maximum number of items per page.
    pub limit: u32,
    /// Total number of items in the list.
    pub total: u64,
    /// Total number of pages in the list.
    pub pages: u64,
    /// Cursor of the next page, for the parameter `cursor`; null on the last page.
    pub next_cursor: Option<String>,
}

/// A page of a list of the directory API.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "{T}List")]
pub struct SnakeList<T> {
    /// Items of this page.
    pub data: Vec<T>,
    /// Position of this page, and total number of items.
    pub pagination: SnakePagination,
}

/// Position of a page in a list of the directory API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "DirectoryPagination")]
pub struct SnakePagination {
    /// Page number, starting at 1; null if the page was requested by cursor.
    pub page: Option<u32>,
    /// Maximum number of items per page.
    pub limit: u32,
    /// Total number of items in the list.
    pub total: u64,
    /// Total number of pages in the list.
    pub pages: u64,
    /// Cursor of the next page, for the parameter `cursor`; null on the last page.
    pub next_cursor: Option<String>,
}

impl<T> From<List<T>> for SnakeList<T> {
    fn from(List { data, pagination }: List<T>) -> Self {
        let Pagination { page, limit, total, pages, next_cursor } = pagination;
        Self { data, pagination: SnakePagination { page, limit, total, pages, next_cursor } }
    }
}
