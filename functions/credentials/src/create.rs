//! `POST /api/apikeys`: create an API key. It is shown only in this answer. Its first characters
//! and its digest are stored.

use provost_auth::{Caller, Credential, secret};
use provost_domain::{
    ApiError, ApiKeyId, NotificationId, PermissionSet, Timestamp,
    api_key::{ApiKey, LiveKey, MAX_KEYS, Scope},
    audit::{Resource, note_change},
    notification::{Notification, NotificationKind},
    rank::check_grant,
    text,
};
use provost_http::{Body, Created, HandlerResult, RequestContext, SignedInGrant};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::view::NewApiKeyView;

/// Request to create an API key.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateApiKey {
    /// Label of the key, at most 64 characters.
    name: String,
    /// Scopes that limit the key: staff permissions, and `self.read` to read the user's own
    /// account, sessions, keys, notifications, exports and organisations. A key with scopes cannot
    /// change the user's own data, and without `self.read` cannot read it. If omitted, the key can
    /// do everything that the user can at the time of use.
    scopes: Option<Vec<Scope>>,
    /// Expiry time, in the future. If omitted, the key does not expire, or expires with the API key
    /// that makes the request. A time beyond the maximum, or beyond the expiry of that key, is
    /// lowered to it, and `clamped` in the answer is `true`.
    expires_at: Option<Timestamp>,
}

pub async fn create_api_key(
    ctx: RequestContext<SignedInGrant>,
    Body(body): Body<CreateApiKey>,
) -> HandlerResult<Created<NewApiKeyView>> {
    let (now, caller) = (ctx.now(), &ctx.caller);
    let name = text::line("name", &body.name, 64)?;
    let (scopes, self_read) = scopes(caller, body.scopes)?;
    let shown = Scope::shown(scopes.as_ref(), self_read);
    let (expires_at, clamped) = expiry(caller, body.expires_at, now)?;
    let mut principal = caller.principal.clone();
    if principal.api_keys.len() >= MAX_KEYS {
        return Err(ApiError::invalid_action(
            "You have the maximum of 20 API keys. Delete one first.",
            &["delete-key"],
        )
        .into());
    }

    let (id, key) = (ctx.app.id(ApiKeyId::new), secret::api_key(principal.user_id)?);
    let prefix: String = key.chars().take(secret::SHOWN).collect();
    principal.api_keys.insert(
        id,
        LiveKey {
            digest: secret::digest_of(&key),
            scopes: scopes.clone(),
            self_read,
            expires_at,
            last_used_at: None,
        },
    );
    let described = ApiKey {
        id,
        name: name.clone(),
        prefix: prefix.clone(),
        scopes,
        self_read,
        created_at: now,
        expires_at,
    };
    let mut entry = ctx.entry(
        "apikey.created",
        Resource::Owned { kind: "api_key", id: id.to_string(), owner: principal.subject() },
    );
    note_change(&mut entry.changes, "name", &None::<&str>, &Some(name.as_str()));
    note_change(&mut entry.changes, "scopes", &None, &shown);
    note_change(&mut entry.changes, "expiresAt", &None::<Timestamp>, &expires_at);
    let answer = Created(
        NewApiKeyView {
            id,
            name: name.clone(),
            key,
            prefix,
            scopes: shown,
            created_at: now,
            expires_at,
            clamped,
        },
        format!("/api/apikeys/{id}"),
    );
    let mut tx = ctx.app.transaction();
    tx.save_principal(&principal)?;
    tx.add_api_key(principal.user_id, &described)?;
    tx.notify(
        principal.user_id,
        &Notification::new(
            ctx.app.id(NotificationId::new),
            NotificationKind::Security,
            "An API key was created",
            format!("The key “{name}” can be used to act on your behalf. If you did not create it, delete it and change your password."),
            now,
        ),
    )?;
    tx.audit(entry)?;
    ctx.commit(tx, &answer).await?;
    Ok(answer)
}

/// A key cannot have a scope that the caller does not have, except `self.read`. A key with scopes
/// cannot create keys.
fn scopes(
    caller: &Caller,
    wanted: Option<Vec<Scope>>,
) -> Result<(Option<PermissionSet>, bool), ApiError> {
    let Some(wanted) = wanted else { return Ok((None, false)) };
    let permissions = wanted.iter().filter_map(|scope| match scope {
        Scope::SelfRead => None,
        Scope::Permission(permission) => Some(*permission),
    });
    let permissions: PermissionSet = permissions.collect();
    check_grant(caller.acting(), &permissions)?;
    Ok((Some(permissions), wanted.contains(&Scope::SelfRead)))
}

/// The expiry, in the future and not after that of the key that makes the request, and whether it
/// was lowered.
fn expiry(
    caller: &Caller,
    wanted: Option<Timestamp>,
    now: Timestamp,
) -> Result<(Option<Timestamp>, bool), ApiError> {
    if wanted.is_some_and(|end| end <= now) {
        return Err(ApiError::field(
            "expiresAt",
            "past",
            "The expiry is in the past. Give a time in the future, or omit it.",
        ));
    }
    let own = made_by(caller).and_then(|key| key.expires_at);
    let Some(wanted) = wanted else { return Ok((own, false)) };
    let (end, clamped) = wanted.at_most(own.unwrap_or(Timestamp::MAX_STORED));
    Ok((Some(end), clamped))
}

/// The API key of the request.
fn made_by(caller: &Caller) -> Option<&LiveKey> {
    match caller.credential {
        Credential::ApiKey(id) => caller.principal.api_keys.get(&id),
        Credential::Session(_) => None,
    }
}
