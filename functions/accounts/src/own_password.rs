//! A new password for oneself while signed in. The present one is the proof; what else let somebody in ends, and links to reset the password count no more (OWASP ASVS 5.0, 6.2.3 and 7.4.3).

use provost_auth::{Caller, password};
use provost_domain::{
    MessageId, NotificationId, Principal, Refused, SessionId,
    audit::{Changes, note_change},
    lockout::PASSWORD_CHANGES,
    mail::Template,
    message::Message,
    notification::{Notification, NotificationKind},
};
use provost_http::{Answer, Call, Who, access::Granted, present_password};
use provost_store::{Transaction, credentials::Credential};

/// Who may choose a password, and when: the owner, signed in, in the session that stays. Nobody chooses one for somebody else, and a program with a key is not its owner.
///
/// # Errors
/// `VALIDATION_FAILED` on `password` for somebody else's, or together with another address; `INVALID_ACTION` for an API key.
fn allow(caller: &Caller, before: &Principal, after: &Principal) -> Result<SessionId, Refused> {
    if caller.principal.user_id != before.user_id {
        let instead = "Nobody sets somebody else's password: POST /api/admin/users/{id}/reset-password mails them a link.";
        return Err(Refused::field("password", "not_allowed", instead));
    }
    if before.email != after.email {
        let alone = "Change the password in a request of its own, so that the letter about it reaches the address that you have now.";
        return Err(Refused::field("password", "not_together", alone));
    }
    caller.session().ok_or_else(|| Refused::invalid_action("Sign in to change the password; an API key may not.", &["sign-in"]))
}

/// The account with its new password; what changed besides is noted. `before` is as it was read, `after` as the rest of the request leaves it.
///
/// What can be said without looking at the current password is said first, and the request is counted before it is known whether that is right.
///
/// # Errors
/// As [`allow`] and [`present_password::check`]; `VALIDATION_FAILED` on `password` when it is the current one or against the policy; `RATE_LIMITED` after five requests in an hour.
pub async fn change<G: Granted>(
    call: &Call<G>,
    caller: &Caller,
    (before, after): (&Principal, Principal),
    changes: &mut Changes,
    (new, present): (&str, Option<&str>),
) -> Answer<(Principal, Credential)> {
    let session = allow(caller, before, &after)?;
    present_password::required(present)?;
    call.app.password_policy().check(new, &before.email)?;
    call.count_once(PASSWORD_CHANGES, Who::Account(before.user_id)).await?;
    let (counted, proved) = present_password::check(call, before.clone(), present, Some(new)).await?;
    let after = Principal { failures: counted.failures, revision: counted.revision, ..after }.change_password(session);
    note_change(changes, "passwordSetAt", &proved.set_at, &call.now());
    note_change(changes, "sessions", &before.sessions.len(), &after.sessions.len());
    note_change(changes, "apiKeys", &before.api_keys.len(), &after.api_keys.len());
    let credential = Credential { password_hash: password::hash(new)?, set_at: call.now(), resets: proved.resets + 1, must_reset: false };
    Ok((after, credential))
}

/// Tells the owner, by a letter and in the mailbox there: whoever lost the account to somebody hears of it where they read.
pub fn tell<G: Granted>(call: &Call<G>, tx: &mut Transaction, owner: &Principal) -> Answer<()> {
    let (user, now) = (owner.user_id, call.now());
    let text = "Everybody else is signed out, and no API key works any more. If it was not you who changed it, ask for a new password now.";
    let id = call.app.id(NotificationId::new);
    tx.notify(user, &Notification::new(id, NotificationKind::Security, "Your password was changed", text, now))?;
    call.app.send(tx, Message::Mail { id: call.app.id(MessageId::new), user, template: Template::PasswordChanged, about: None })?;
    Ok(())
}
