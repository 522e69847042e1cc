//! `audit.ndjson`: actions on the account, decrypted with the user's own key. The actor is included
//! only if it was the user: a staff member is another person. Of reports and applications only what
//! was done, when and with what result is exported: their reasons and changes are internal to staff,
//! and who reported the user stays unknown to the user.

use provost_archive::Compression;
use provost_domain::{
    User,
    deletion::{HELD, HOLD_LIFTED},
    export::Category,
};
use provost_store::{
    StoreError,
    audit::{ActorPart, StoredEntry, TargetPart},
    item::{Item, decode},
    seal,
    walk::Walk,
};
use serde_json::{Value, json};

use super::member;
use crate::writer::{Stop, Writer};

pub(super) async fn write(writer: &mut Writer<'_>, owner: &User) -> Result<(), Stop> {
    let store = writer.app.store();
    let walk = Walk::of_index(
        &store.names().audit,
        "by-target",
        "targetKey",
        owner.pseudonym.to_string(),
        "sk",
    );
    writer.begin_member(member(Category::Audit), Compression::Deflate, None)?;
    let mut after = None;
    loop {
        let (items, next) = store.next_items(&walk, after.take()).await?;
        for item in items {
            writer.record(&record(owner, item)?).await?;
        }
        writer.keep_alive().await?;
        match next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    writer.end_member().await
}

fn record(owner: &User, item: Item) -> Result<Value, StoreError> {
    let entry: StoredEntry = decode("an audit entry", item)?;
    let open = |sealed: &Option<String>| {
        seal::open(&owner.subject_key, owner.pseudonym, sealed.as_deref()?)
    };
    let target: TargetPart = open(&entry.target_sealed)
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    let own = entry.actor_key == owner.pseudonym.to_string();
    let origin: ActorPart = if own {
        open(&entry.actor_sealed)
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default()
    } else {
        ActorPart::default()
    };
    let actor = match entry.actor_type.as_str() {
        "user" if own => "you",
        "user" if entry.action == "report.filed" => "another user",
        "user" => "staff",
        other => other,
    };
    if ["report", "application"].contains(&entry.resource_type.as_str()) {
        return Ok(json!({
            "at": entry.at, "action": entry.action, "actor": actor, "success": entry.success,
        }));
    }
    // The user may know since when the account is on hold, but not why.
    let reason = target.reason.filter(|_| ![HELD, HOLD_LIFTED].contains(&entry.action.as_str()));
    // For an entry about the account itself, the resource id is the pseudonym, which is internal.
    let resource =
        if entry.resource_type == "user" { owner.user_id.to_string() } else { entry.resource_id };
    Ok(json!({
        "id": entry.id, "at": entry.at, "action": entry.action, "actor": actor, "resource": { "type": entry.resource_type, "id": resource }, "success": entry.success,
        "reason": reason, "changes": target.changes, "ip": origin.ip, "userAgent": origin.agent,
    }))
}
