//! `GET /api/mailbox/notifications`: what the platform told the signed-in person in the last year, newest first.

use provost_domain::{
    NotificationId, Timestamp,
    notification::{Notification, NotificationKind},
};
use provost_http::{Answer, Call, Json, List, Paging, Person, Query};
use schemars::JsonSchema;
use serde::Serialize;

/// A notice.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationView {
    /// Its id.
    pub id: NotificationId,
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: NotificationKind,
    /// In a few words.
    pub title: String,
    /// In a sentence or two.
    pub body: String,
    /// Where to go on: a path of the platform; null when there is nothing more to see.
    pub url: Option<String>,
    /// Whether it was read.
    pub read: bool,
    /// When it was read; null if it was not.
    pub read_at: Option<Timestamp>,
    /// When it was written.
    pub created_at: Timestamp,
}

impl From<Notification> for NotificationView {
    fn from(notice: Notification) -> Self {
        let Notification { id, kind, title, body, url, created_at, read_at } = notice;
        Self { id, kind, title, body, url, read: read_at.is_some(), read_at, created_at }
    }
}

pub async fn list_notifications(call: Call<Person>, Query(paging): Query<Paging>) -> Answer<Json<List<NotificationView>>> {
    let request = call.page_request(&paging).await?;
    let page = call.app.store().notifications(call.caller.principal.user_id, &request, call.now()).await?;
    Ok(Json::new(call.list(page.map(NotificationView::from), &request).await?))
}
