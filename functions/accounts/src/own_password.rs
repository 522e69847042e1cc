//! Changing your own password while signed in. The current password is the proof. All other
//! sessions and API keys are revoked, and links to reset the password become invalid (OWASP ASVS
//! 5.0, 6.2.3 and 7.4.3).

use provost_auth::{Caller, password};
use provost_domain::{
    ApiError, MessageId, NotificationId, Principal, SessionId,
    audit::{Changes, note_change},
    lockout::PASSWORD_CHANGES,
    mail::Template,
    message::Message,
    notification::{Notification, NotificationKind},
};
use provost_http::{HandlerResult, RequestContext, Who, access::AccessGrant, present_password};
use provost_store::{Transaction, credentials::Credential};

/// Checks that the caller may change the password: the account's own user, signed in with a
/// session. Staff cannot set another user's password, and an API key cannot set one.
///
/// # Errors
/// `VALIDATION_FAILED` on `password` for another user's password, or together with a new address;
/// `INVALID_ACTION` for an API key.
fn allow(caller: &Caller, before: &Principal, after: &Principal) -> Result<SessionId, ApiError> {
    if caller.principal.user_id != before.user_id {
        let instead = "You cannot set another user's password. Use POST /api/admin/users/{id}/reset-password to email them a link.";
        return Err(ApiError::field("password", "not_allowed", instead));
    }
    if before.email != after.email {
        let alone = "The password and the email address cannot change together. Change the password in a separate request.";
        return Err(ApiError::field("password", "not_together", alone));
    }
    caller.session().ok_or_else(|| {
        ApiError::invalid_action(
            "An API key cannot change the password. Sign in first.",
            &["sign-in"],
        )
    })
}

/// Sets the new password and notes the changes. `before` is the account as read, `after` as the
/// rest of the request leaves it.
///
/// Checks that do not need the current password come first. The request is counted before the
/// current password is checked.
///
/// # Errors
/// As [`allow`] and [`present_password::check`]; `VALIDATION_FAILED` on `password` when it is
/// unchanged or against the policy; `RATE_LIMITED` after five requests in an hour.
pub async fn change<G: AccessGrant>(
    ctx: &RequestContext<G>,
    caller: &Caller,
    (before, after): (&Principal, Principal),
    changes: &mut Changes,
    (new, present): (&str, Option<&str>),
) -> HandlerResult<(Principal, Credential)> {
    let session = allow(caller, before, &after)?;
    present_password::required(present)?;
    ctx.app.password_policy().check(new, &before.email)?;
    ctx.count_once(PASSWORD_CHANGES, Who::Account(before.user_id)).await?;
    let (counted, proved) =
        present_password::check(ctx, before.clone(), present, Some(new)).await?;
    let after = Principal { failures: counted.failures, revision: counted.revision, ..after }
        .change_password(session);
    note_change(changes, "passwordSetAt", &proved.set_at, &ctx.now());
    note_change(changes, "sessions", &before.sessions.len(), &after.sessions.len());
    note_change(changes, "apiKeys", &before.api_keys.len(), &after.api_keys.len());
    let credential = Credential {
        password_hash: password::hash(new)?,
        set_at: ctx.now(),
        resets: proved.resets + 1,
        must_reset: false,
    };
    Ok((after, credential))
}

/// Notifies the user by email and in the mailbox, so that a takeover of the account is noticed.
pub fn notify<G: AccessGrant>(
    ctx: &RequestContext<G>,
    tx: &mut Transaction,
    owner: &Principal,
) -> HandlerResult<()> {
    let (user, now) = (owner.user_id, ctx.now());
    let text = "All other sessions have been signed out, and all API keys have been revoked. If you did not change it, request a password reset now.";
    let id = ctx.app.id(NotificationId::new);
    tx.notify(
        user,
        &Notification::new(
            id,
            NotificationKind::Security,
            "Your password has been changed",
            text,
            now,
        ),
    )?;
    ctx.app.send(
        tx,
        Message::Mail {
            id: ctx.app.id(MessageId::new),
            user,
            template: Template::PasswordChanged,
            about: None,
        },
    )?;
    Ok(())
}
