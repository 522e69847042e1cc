//! Categories with one item per record in the user's partition: sign-ins, keys, notifications,
//! emails. They are read page by page.

use provost_archive::Compression;
use provost_domain::{
    User,
    api_key::{ApiKey, Scope},
    export::Category,
    mail::Mail,
    notification::Notification,
    saved_view::SavedView,
    session::SignIn,
    ssh_key::SshKey,
};
use provost_store::{
    StoreError,
    insights::active_users,
    item::{Item, decode},
    kinds::kinds_in,
    preferences::{self, MailPreferences},
    records::partition,
    walk::Walk,
};
use serde_json::{Value, json};

use super::{account, member};
use crate::writer::{Stop, Writer};

/// Writes the file of such a category.
pub(super) async fn write(
    writer: &mut Writer<'_>,
    owner: &User,
    category: Category,
) -> Result<(), Stop> {
    each(writer, owner, category, |item| record(owner, category, item)).await
}

/// Writes a record for each item of a category in the user's partition, page by page.
pub(super) async fn each(
    writer: &mut Writer<'_>,
    owner: &User,
    category: Category,
    record: impl Fn(Item) -> Result<Value, StoreError>,
) -> Result<(), Stop> {
    let store = writer.app.store();
    writer.begin_member(member(category), Compression::Deflate, None)?;
    for kind in kinds_in(category) {
        let walk = Walk::of_table(&store.names().accounts, partition(owner.user_id))
            .beginning("sk", kind.sort);
        let mut after = None;
        loop {
            let (items, next) = store.next_items(&walk, after.take()).await?;
            let count = items.len() as u64;
            for item in items {
                writer.record(&record(item)?).await?;
            }
            writer.done(count).await?;
            match next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
    }
    writer.end_member().await
}

/// Whether an item holds what the user chose about emails, and is no email.
fn is_preferences(item: &Item) -> bool {
    item.get("sk").and_then(|sk| sk.as_s().ok()).is_some_and(|sk| sk == preferences::SORT)
}

fn is_active_day(item: &Item) -> bool {
    let sort = item.get("sk").and_then(|sk| sk.as_s().ok());
    sort.is_some_and(|sort| sort.starts_with(active_users::PREFIX))
}

/// The fields of an item that the user may have.
fn record(owner: &User, category: Category, item: Item) -> Result<Value, StoreError> {
    Ok(match category {
        Category::LoginHistory if is_active_day(&item) => {
            json!({ "activeInQuartersFrom": active_users::quarters(&item) })
        }
        Category::LoginHistory => account::sign_in(&decode::<SignIn>("a sign-in", item)?),
        Category::ApiKeys => {
            let key: ApiKey = decode("an API key", item)?;
            let last_used = owner.api_keys.get(&key.id).and_then(|live| live.last_used_at);
            let scopes = Scope::shown(key.scopes.as_ref(), key.self_read);
            json!({ "id": key.id, "name": key.name, "prefix": key.prefix, "scopes": scopes, "createdAt": key.created_at, "expiresAt": key.expires_at, "lastUsedAt": last_used })
        }
        Category::SshKeys => {
            let key: SshKey = decode("an SSH key", item)?;
            json!({ "id": key.id, "name": key.name, "type": key.kind, "bits": key.bits, "fingerprint": key.fingerprint, "publicKey": key.public_key, "createdAt": key.created_at })
        }
        Category::SavedViews => {
            let view: SavedView = decode("a saved view", item)?;
            json!({ "id": view.id, "name": view.name, "query": view.query, "shared": view.shared, "createdAt": view.created_at })
        }
        Category::Notifications => {
            let notice: Notification = decode("a notification", item)?;
            json!({ "id": notice.id, "type": notice.kind, "title": notice.title, "body": notice.body, "url": notice.url, "createdAt": notice.created_at, "readAt": notice.read_at })
        }
        Category::Mail if is_preferences(&item) => {
            let chosen: MailPreferences = decode("mail preferences", item)?;
            json!({ "preferences": { "broadcasts": chosen.unsubscribed_at.is_none(), "unsubscribedAt": chosen.unsubscribed_at } })
        }
        _ => {
            // Without the text: where emails are captured, it contains links that work once.
            let mail: Mail = decode("a mail", item)?;
            json!({ "id": mail.id, "to": mail.to, "template": mail.template, "subject": mail.subject, "status": mail.status, "createdAt": mail.created_at, "sentAt": mail.sent_at, "bounceType": mail.bounce_type, "reportedAt": mail.reported_at })
        }
    })
}
