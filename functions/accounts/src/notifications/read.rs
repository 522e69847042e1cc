//! `POST /api/mailbox/notifications/{id}/read`: mark a notification as read, or as unread with
//! `read: false`. The time of the first reading is kept.

use provost_domain::{ApiError, NotificationId};
use provost_http::{Body, HandlerResult, Json, RequestContext, SignedInGrant};
use provost_operations::notification;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::notifications::list::NotificationView;

/// Request to mark a notification.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ReadNotification {
    /// `true`, the default, marks the notification as read; `false` as unread.
    read: Option<bool>,
}

pub async fn mark_notification_read(
    ctx: RequestContext<SignedInGrant>,
    Body(body): Body<ReadNotification>,
) -> HandlerResult<Json<NotificationView>> {
    let id: NotificationId = ctx.id("id", "notification")?;
    let (user, op) = (ctx.caller.user.user_id, ctx.op(None));
    // Another user's notification, or an expired one, is reported as not found.
    let notification = ctx
        .app
        .store()
        .notification(user, id)
        .await?
        .filter(|notification| notification.is_kept(op.now))
        .ok_or_else(|| ApiError::missing("notification"))?;
    let Some(change) = notification::mark(&op, user, &notification, body.read.unwrap_or(true))?
    else {
        return Ok(Json::new(notification.into()));
    };
    ctx.complete(change, |marked| Json::new(marked.into())).await
}
