//! Counts what happens: the streams of the accounts, of the audit log and of share links become
//! counters, which the analytics read.
//!
//! Every record counts once, however often it is delivered. A record that cannot be read is logged
//! and left out, since it would hold up those after it for ever.

use aws_lambda_events::{
    dynamodb::{Event, EventRecord},
    streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse},
};
use lambda_runtime::Error;
use provost_app::App;
use provost_domain::{
    ProductId, User,
    analytics::Metric,
    session::{SignIn, SignInStatus},
    share_link::ShareLink,
    time::DAY,
};
use provost_jobs::Deadline;
use provost_store::{
    Store, StoreError,
    audit::StoredEntry,
    insights::analytics::Totals,
    item::{Item, decode},
    records, share_links,
};
use tracing::{error, warn};

/// Counts records in the order of the changes. The stream retries from the first reported record.
///
/// # Errors
/// Never; a record that could not be counted is reported in the response by its sequence number.
pub async fn handle(
    app: App,
    event: Event,
    _deadline: Deadline,
) -> Result<DynamoDbEventResponse, Error> {
    let mut response = DynamoDbEventResponse::default();
    for record in event.records {
        let sequence = record.change.sequence_number.clone();
        match count(&app, record).await {
            Ok(()) => {}
            Err(error @ StoreError::Unreadable { .. }) => {
                error!(cause = %error, "a change cannot be counted");
            }
            Err(error) => {
                warn!(cause = %error, "a change could not be counted yet");
                let mut failure = DynamoDbBatchItemFailure::default();
                failure.item_identifier = sequence;
                response.batch_item_failures.push(failure);
                break;
            }
        }
    }
    Ok(response)
}

async fn count(app: &App, record: EventRecord) -> Result<(), StoreError> {
    let (id, kind) = (record.event_id, record.event_name);
    let image = |image: serde_dynamo::Item| -> Option<Item> {
        let item: Item = image.into();
        (!item.is_empty()).then_some(item)
    };
    let (old, new) = (image(record.change.old_image), image(record.change.new_image));
    let text = |name: &str| -> String {
        let item = new.as_ref().or(old.as_ref());
        let value = item.and_then(|item| item.get(name)?.as_s().ok().cloned());
        value.unwrap_or_default()
    };
    let (pk, sk) = (text("pk"), text("sk"));
    match new {
        Some(entry) if pk.starts_with("MONTH#") && kind == "INSERT" => {
            count_entry(app, &id, decode("an audit entry", entry)?).await
        }
        Some(sign_in) if sk.starts_with("SIGNIN#") && kind == "INSERT" => {
            count_sign_in(app, &id, &decode("a sign-in", sign_in)?).await
        }
        new if Store::is_mail(&sk) => {
            let store = app.store();
            store.count_mail_record(&id, old.as_ref(), new.as_ref(), app.now()).await.map(drop)
        }
        Some(link) if pk.starts_with(share_links::PREFIX) => {
            count_download(app, &pk, &decode("a share link", link)?).await
        }
        new if sk == "PRINCIPAL" => {
            let read = |item: Option<Item>| item.map(records::read).transpose();
            count_account(app, &id, read(old)?, read(new)?).await
        }
        // The trigger's filter passes no other records; a manual replay may not have that filter.
        _ => Ok(()),
    }
}

async fn count_entry(app: &App, id: &str, entry: StoredEntry) -> Result<(), StoreError> {
    let Some(metric) = Metric::of_action(&entry.action).filter(|_| entry.success) else {
        return Ok(());
    };
    let counts = [(metric, entry.at, 1)];
    app.store().count_record(id, &counts, Totals::default(), &[], app.now()).await.map(drop)
}

/// Counts the latest download by a share link. Its stream has no earlier image, and a link changes for
/// other reasons too, so a download counts under its number.
async fn count_download(app: &App, link: &str, state: &ShareLink) -> Result<(), StoreError> {
    let downloads = || state.trail.iter().filter(|visit| visit.outcome == "redeemed");
    let Some(latest) = downloads().next_back() else { return Ok(()) };
    // Counted long ago; what says so may have expired.
    if app.now().since(latest.at) > 2 * DAY {
        return Ok(());
    }
    let (id, counts) =
        (format!("{link}#{}", downloads().count()), [(Metric::SharedDownloads, latest.at, 1)]);
    app.store().count_record(&id, &counts, Totals::default(), &[], app.now()).await.map(drop)
}

async fn count_sign_in(app: &App, id: &str, sign_in: &SignIn) -> Result<(), StoreError> {
    // A member of staff who acts as the user is not the user.
    if sign_in.impersonated_by.is_some() {
        return Ok(());
    }
    let metric =
        if sign_in.status == SignInStatus::Success { Metric::Logins } else { Metric::FailedLogins };
    let counts = [(metric, sign_in.created_at, 1)];
    app.store().count_record(id, &counts, Totals::default(), &[], app.now()).await.map(drop)
}

async fn count_account(
    app: &App,
    id: &str,
    old: Option<User>,
    new: Option<User>,
) -> Result<(), StoreError> {
    if let Some(user) = &new
        && let Some(at) = user.last_active_at()
        && Some(at) > old.as_ref().and_then(User::last_active_at)
    {
        app.store().mark_active(user.user_id, at).await?;
    }
    let amounts = |user: &Option<User>| {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        user.as_ref().map_or_else(Totals::default, |user| Totals {
            users: 1,
            storage: number(user.storage_used),
            files: number(user.total_files),
        })
    };
    let (before, after) = (amounts(&old), amounts(&new));
    let totals = Totals {
        users: after.users - before.users,
        storage: after.storage - before.storage,
        files: after.files - before.files,
    };
    let plans = changed_plans(old.as_ref(), new.as_ref());
    if totals == Totals::default() && plans.is_empty() {
        return Ok(());
    }
    let at = new.as_ref().map_or_else(|| app.now(), |user| user.updated_at);
    let counts =
        [(Metric::StorageChange, at, totals.storage), (Metric::FilesChange, at, totals.files)];
    app.store().count_record(id, &counts, totals, &plans, app.now()).await.map(drop)
}

/// One account less with the plan that it had, and one more with the plan that it has.
fn changed_plans(old: Option<&User>, new: Option<&User>) -> Vec<(ProductId, i64)> {
    let plan = |user: Option<&User>| Some(user?.entitlements.plan.as_ref()?.id);
    let (before, after) = (plan(old), plan(new));
    if before == after {
        return Vec::new();
    }
    let changes = before.map(|plan| (plan, -1)).into_iter();
    changes.chain(after.map(|plan| (plan, 1))).collect()
}
