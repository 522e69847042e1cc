//! `GET /api/mailbox/notifications`: list the user's notifications of the last year, newest first.

use provost_domain::{
    NotificationId, Timestamp,
    notification::{Notification, NotificationKind},
};
use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, SignedInGrant};
use schemars::JsonSchema;
use serde::Serialize;

/// A notification.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationView {
    /// Notification id.
    pub id: NotificationId,
    /// Category of the notification.
    #[serde(rename = "type")]
    pub kind: NotificationKind,
    /// Short title.
    pub title: String,
    /// Text of one or two sentences.
    pub body: String,
    /// Path on this platform with more details; null if there is none.
    pub url: Option<String>,
    /// Whether the notification has been read.
    pub read: bool,
    /// Time when the notification was read; null if unread.
    pub read_at: Option<Timestamp>,
    /// Time of creation.
    pub created_at: Timestamp,
}

impl From<Notification> for NotificationView {
    fn from(notice: Notification) -> Self {
        let Notification { id, kind, title, body, url, created_at, read_at } = notice;
        Self { id, kind, title, body, url, read: read_at.is_some(), read_at, created_at }
    }
}

pub async fn list_notifications(
    ctx: RequestContext<SignedInGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<List<NotificationView>>> {
    let request = ctx.page_request(&paging).await?;
    let page = ctx.app.store().notifications(ctx.caller.user.user_id, &request, ctx.now()).await?;
    Ok(Json::new(ctx.list(page.map(NotificationView::from), &request).await?))
}
