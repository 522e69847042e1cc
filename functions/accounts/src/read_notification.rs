//! `POST /api/mailbox/notifications/{id}/read`: mark a notification as read, or as unread with
//! `read: false`. The time of the first reading is kept.

use provost_domain::{ApiError, NotificationId, notification::oldest_kept};
use provost_http::{Body, HandlerError, HandlerResult, Json, RequestContext, SignedInGrant};
use provost_store::Conflict;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::list_notifications::NotificationView;

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
    let missing = || ApiError::missing("notification");
    let user = ctx.caller.principal.user_id;
    // Another user's notification, or an expired one, is reported as not found.
    let mut notice = ctx
        .app
        .store()
        .notification(user, id)
        .await?
        .filter(|notice| notice.id >= oldest_kept(ctx.now()))
        .ok_or_else(missing)?;
    let (was_read, is_read) = (notice.read_at.is_some(), body.read.unwrap_or(true));
    notice.read_at = is_read.then(|| notice.read_at.unwrap_or(ctx.now()));
    let answer = Json::new(NotificationView::from(notice));
    if was_read == is_read {
        return Ok(answer);
    }
    let mut tx = ctx.app.transaction();
    if is_read {
        tx.mark_read(user, id, ctx.now())?;
    } else {
        tx.mark_unread(user, id)?;
    }
    match ctx.commit(tx, &answer).await {
        Ok(()) => Ok(answer),
        Err(HandlerError::Conflict(Conflict::Notification)) => Err(missing().into()),
        Err(problem) => Err(problem),
    }
}
