//! `POST /api/apikeys`: make an API key. It is shown this once; what is kept of it are its first characters and its digest.

use provost_auth::{Caller, Credential, secret};
use provost_domain::{
    ApiKeyId, NotificationId, PermissionSet, Refused, Timestamp,
    api_key::{ApiKey, LiveKey, MOST_KEYS, Scope},
    audit::{Resource, note_change},
    notification::{Notification, NotificationKind},
    rank::check_grant,
    text,
};
use provost_http::{Answer, Body, Call, Created, Person};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::view::NewApiKeyView;

/// What making a key takes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateApiKey {
    /// The owner's label, at most 64 characters.
    name: String,
    /// The permissions of staff that the key acts with at most, and `self.read` to read its owner's own: account, sessions, keys, notifications, exports and organisations. A key
    /// with scopes changes nothing of its owner's own, and without `self.read` reads nothing of it. Left out, the key does all that its owner may at the time of use.
    scopes: Option<Vec<Scope>>,
    /// When it stops working, in the future; left out, never. A time beyond the last that is stored, or beyond the end of the key that makes it, is lowered to that, and `clamped` in the answer
    /// says so.
    expires_at: Option<Timestamp>,
}

pub async fn create_api_key(call: Call<Person>, Body(body): Body<CreateApiKey>) -> Answer<Created<NewApiKeyView>> {
    let (now, caller) = (call.now(), &call.caller);
    let name = text::line("name", &body.name, 64)?;
    let (scopes, self_read) = scopes(caller, body.scopes)?;
    let shown = Scope::shown(scopes.as_ref(), self_read);
    let (expires_at, clamped) = expiry(caller, body.expires_at, now)?;
    let mut principal = caller.principal.clone();
    if principal.api_keys.len() >= MOST_KEYS {
        return Err(Refused::invalid_action("You have 20 API keys, which is the most; delete one first.", &["delete-key"]).into());
    }

    let (id, key) = (call.app.id(ApiKeyId::new), secret::api_key(principal.user_id)?);
    let prefix: String = key.chars().take(secret::SHOWN).collect();
    principal
        .api_keys
        .insert(id, LiveKey { digest: secret::digest_of(&key), scopes: scopes.clone(), self_read, expires_at, last_used_at: None });
    let described = ApiKey { id, name: name.clone(), prefix: prefix.clone(), scopes, self_read, created_at: now, expires_at };
    let mut entry = call.entry("apikey.created", Resource::Owned { kind: "api_key", id: id.to_string(), owner: principal.subject() });
    note_change(&mut entry.changes, "name", &None::<&str>, &Some(name.as_str()));
    note_change(&mut entry.changes, "scopes", &None, &shown);
    note_change(&mut entry.changes, "expiresAt", &None::<Timestamp>, &expires_at);
    let answer = Created(
        NewApiKeyView { id, name: name.clone(), key, prefix, scopes: shown, created_at: now, expires_at, clamped },
        format!("/api/apikeys/{id}"),
    );
    let mut tx = call.app.transaction();
    tx.save_principal(&principal)?;
    tx.add_api_key(principal.user_id, &described)?;
    tx.notify(
        principal.user_id,
        &Notification::new(
            call.app.id(NotificationId::new),
            NotificationKind::Security,
            "An API key was made",
            format!("The key “{name}” lets a program act in your name. If it was not you who made it, delete it and change your password."),
            now,
        ),
    )?;
    tx.audit(entry)?;
    call.commit(tx, &answer).await?;
    Ok(answer)
}

/// Nobody gives a key what they do not hold; everybody reads their own. A key that has scopes itself makes no keys.
fn scopes(caller: &Caller, wanted: Option<Vec<Scope>>) -> Result<(Option<PermissionSet>, bool), Refused> {
    let Some(wanted) = wanted else { return Ok((None, false)) };
    let permissions = wanted.iter().filter_map(|scope| match scope {
        Scope::SelfRead => None,
        Scope::Permission(permission) => Some(*permission),
    });
    let permissions: PermissionSet = permissions.collect();
    check_grant(caller.acting(), &permissions)?;
    Ok((Some(permissions), wanted.contains(&Scope::SelfRead)))
}

/// In the future, and not after the end of the key that makes it; and whether that is earlier than was asked.
fn expiry(caller: &Caller, wanted: Option<Timestamp>, now: Timestamp) -> Result<(Option<Timestamp>, bool), Refused> {
    if wanted.is_some_and(|end| end <= now) {
        return Err(Refused::field("expiresAt", "past", "Give a time in the future, or leave it out."));
    }
    let own = made_by(caller).and_then(|key| key.expires_at);
    let Some(wanted) = wanted else { return Ok((own, false)) };
    let (end, clamped) = wanted.at_most(own.unwrap_or(Timestamp::MAX_STORED));
    Ok((Some(end), clamped))
}

/// The key that the request is made with.
fn made_by(caller: &Caller) -> Option<&LiveKey> {
    match caller.credential {
        Credential::ApiKey(id) => caller.principal.api_keys.get(&id),
        Credential::Session(_) => None,
    }
}
