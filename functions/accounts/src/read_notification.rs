//! `POST /api/mailbox/notifications/{id}/read`: mark a notice as read. When it was first read stays.

use provost_domain::{NotificationId, Refused, notification::oldest_kept};
use provost_http::{Answer, Call, Json, Person, Problem};
use provost_store::notifications::LABEL;

use crate::list_notifications::NotificationView;

pub async fn read(call: Call<Person>) -> Answer<Json<NotificationView>> {
    let id: NotificationId = call.id("id", "notification")?;
    let missing = || Refused::missing("notification");
    let user = call.caller.principal.user_id;
    // Somebody else's notice does not exist here, nor one whose time is over.
    let mut notice =
        call.app.store().notification(user, id).await?.filter(|notice| notice.id >= oldest_kept(call.now())).ok_or_else(missing)?;
    let was_read = notice.read_at.is_some();
    notice.read_at.get_or_insert(call.now());
    let answer = Json::new(NotificationView::from(notice));
    if was_read {
        return Ok(answer);
    }
    let mut tx = call.app.transaction();
    tx.mark_read(user, id, call.now())?;
    match call.commit(tx, &answer).await {
        Ok(()) => Ok(answer),
        Err(Problem::Failed { action: LABEL, .. }) => Err(missing().into()),
        Err(problem) => Err(problem),
    }
}
