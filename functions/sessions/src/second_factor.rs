//! The second factor: which codes are valid at a time, and what using one changes.

use provost_auth::secret;
use provost_domain::{
    NotificationId, Principal, Timestamp, UserId,
    notification::{Notification, NotificationKind},
    second_factor::{RECOVERY_CODES, SecondFactor},
    secret::Digest,
};
use provost_http::{HandlerError, HandlerResult, RequestContext, access::AccessGrant};
use provost_store::{StoreError, Transaction, second_factors::open_secret};
use totp_rs::{Builder, Secret};

use crate::failure::Failure;

/// Result of checking a code.
pub enum Given {
    /// The code is valid. The factor must be saved so that the code cannot be used again.
    Accepted(Used),
    /// The code is missing or wrong.
    Failed(Failure),
}

/// A second factor with a used code.
pub struct Used {
    factor: SecondFactor,
    by_recovery: bool,
}

impl Used {
    /// Saves the use of the code. The user is notified about a used recovery code, since it may not
    /// have been them.
    pub fn write<G: AccessGrant>(
        &self,
        ctx: &RequestContext<G>,
        tx: &mut Transaction,
        user: UserId,
    ) -> Result<(), StoreError> {
        tx.save_second_factor(user, &self.factor)?;
        if !self.by_recovery {
            return Ok(());
        }
        let left = self.factor.recovery.len();
        tx.notify(
            user,
            &notice(
                ctx,
                "A recovery code was used",
                format!(
                    "Someone signed in with one of your recovery codes. You have {left} left. If it was not you, change your password."
                ),
            ),
        )
    }
}

/// A security notification.
pub fn notice<G: AccessGrant>(
    ctx: &RequestContext<G>,
    title: &str,
    body: impl Into<String>,
) -> Notification {
    Notification::new(
        ctx.app.id(NotificationId::new),
        NotificationKind::Security,
        title,
        body,
        ctx.now(),
    )
}

/// Checks the given code against the stored factor.
pub async fn give<G: AccessGrant>(
    ctx: &RequestContext<G>,
    principal: &Principal,
    code: Option<&str>,
) -> HandlerResult<Given> {
    let Some(code) = code else { return Ok(Given::Failed(Failure::NoCode)) };
    let Some(factor) = ctx
        .app
        .store()
        .second_factor(principal.user_id)
        .await?
        .filter(|factor| factor.confirmed_at.is_some())
    else {
        return Ok(Given::Failed(Failure::WrongCode));
    };
    accept(factor, principal, code, ctx.now())
}

/// Uses a code: one of the authenticator, for the current, previous or next step, or a recovery
/// code. A valid code that was already used does not count as a guess.
fn accept(
    factor: SecondFactor,
    principal: &Principal,
    code: &str,
    now: Timestamp,
) -> HandlerResult<Given> {
    let code = plain(code);
    if code.len() == RECOVERY_LENGTH {
        let digest = secret::digest_of(&code);
        let failure = if factor.was_used(&digest) { Failure::UsedCode } else { Failure::WrongCode };
        let used = factor.use_recovery(&digest).map(|factor| Used { factor, by_recovery: true });
        return Ok(used.map_or(Given::Failed(failure), Given::Accepted));
    }
    let Some(step) = step(&factor, principal, &code, now)? else {
        return Ok(Given::Failed(Failure::WrongCode));
    };
    let used = factor.use_step(step).map(|factor| Used { factor, by_recovery: false });
    Ok(used.map_or(Given::Failed(Failure::UsedCode), Given::Accepted))
}

/// A code without the separators that users type.
pub fn plain(code: &str) -> String {
    code.chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// Whether a text has the form of an authenticator code.
pub fn is_code(code: &str) -> bool {
    code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit())
}

/// The step of an authenticator code; none if the code is wrong at this time.
pub fn step(
    factor: &SecondFactor,
    principal: &Principal,
    code: &str,
    now: Timestamp,
) -> HandlerResult<Option<u64>> {
    let secret = open_secret(&principal.subject_key, principal.pseudonym, &factor.sealed_secret)
        .ok_or_else(|| failed("the secret cannot be opened"))?;
    if !is_code(code) {
        return Ok(None);
    }
    // The defaults, which every authenticator supports (RFC 6238): SHA-1, six digits, thirty
    // seconds; the clock may be off by one step in either direction.
    let totp = Builder::new()
        .with_secret(Secret::new_stack(secret))
        .build()
        .map_err(|error| failed(error.to_string()))?;
    Ok(totp.check(code, u64::try_from(now.seconds()).unwrap_or(0)))
}

/// A second factor that cannot be used is an internal failure; its user cannot sign in meanwhile.
pub fn failed(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> HandlerError {
    HandlerError::Failed { action: "a second factor", cause: cause.into() }
}

/// Letters and digits of a recovery code: 80 bits, so that a plain digest of it cannot be guessed.
const RECOVERY_LENGTH: usize = 16;

/// New recovery codes, as shown and as stored.
///
/// # Errors
/// When the system provides no randomness.
pub fn recovery_codes() -> Result<(Vec<String>, Vec<Digest>), secret::NoRandomness> {
    let (mut shown, mut kept) = (Vec::new(), Vec::new());
    for _ in 0..RECOVERY_CODES {
        let code = base32(&secret::bytes::<10>()?).to_ascii_lowercase();
        kept.push(secret::digest_of(&code));
        shown.push([&code[..4], &code[4..8], &code[8..12], &code[12..]].join("-"));
    }
    Ok((shown, kept))
}

/// Bytes in base 32, as authenticators expect.
pub fn base32(bytes: &[u8]) -> String {
    Secret::new(bytes.into()).to_base32()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_match_the_test_vectors_of_rfc_6238() {
        // RFC 6238, appendix B, SHA-1, the last six of the eight digits.
        let vectors = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000_u64, "353130"),
        ];
        let totp = Builder::new()
            .with_secret(Secret::new_stack(*b"12345678901234567890"))
            .build()
            .unwrap();
        for (time, code) in vectors {
            assert_eq!(totp.check(code, time), Some(time / 30), "{time}");
            assert_eq!(
                totp.check(code, time + 30),
                Some(time / 30),
                "a code is valid for one step more"
            );
            assert_eq!(totp.check(code, time + 60), None);
        }
    }

    #[test]
    fn recovery_codes_are_ten_different_codes() {
        let (shown, kept) = recovery_codes().unwrap();
        let different: std::collections::BTreeSet<_> = shown.iter().collect();
        assert_eq!((different.len(), kept.len()), (10, 10));
        for code in &shown {
            let plain = code.replace('-', "");
            assert_eq!(plain.len(), RECOVERY_LENGTH);
            assert!(kept.iter().any(|kept| kept.matches(&secret::digest_of(&plain))));
        }
    }
}
