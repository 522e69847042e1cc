//! A new password for oneself while signed in: the present one is the proof, links to reset it count no more, and every other session ends (OWASP ASVS 5.0, 6.2.3 and 7.4.3).

use provost_auth::password;
use provost_domain::{Principal, Refused};
use provost_http::{Answer, Call, access::Granted};
use provost_store::credentials::Credential;

/// The credential with the new password. `proved` is the one whose password was given as the present one.
pub fn renewed<G: Granted>(
    call: &Call<G>,
    owner: &Principal,
    proved: Option<Credential>,
    (new, present): (&str, Option<&str>),
) -> Answer<Credential> {
    if present == Some(new) {
        return Err(Refused::field("password", "unchanged", "Choose another password than the present one.").into());
    }
    call.app.password_policy().check(new, &owner.email)?;
    let resets = proved.map_or(0, |known| known.resets) + 1;
    Ok(Credential { password_hash: password::hash(new)?, set_at: call.now(), resets, must_reset: false })
}

/// Nobody chooses a password for somebody else, whatever they may.
pub fn not_ones_own() -> Refused {
    Refused::field(
        "password",
        "not_allowed",
        "Nobody sets somebody else's password: POST /api/admin/users/{id}/reset-password mails them a link.",
    )
}
