//! The `Idempotency-Key` of a request: its namespace and what it is bound to.

use http::Method;
use provost_domain::{ApiError, address, identity::Identity};
use provost_store::idempotency::IdempotencyKey;
use serde_json::Value;

use crate::{input::media_type, received::Received};

/// Maximum length of a key, in characters.
const MAX_LENGTH: usize = 255;
/// Minimum length of a key, in characters, where the response reveals whether a password or code is
/// right. A shorter key could be guessed together with it.
const UNGUESSABLE: usize = 16;
/// Fields that hold a secret.
const SECRETS: [&str; 5] = ["password", "currentPassword", "code", "token", "refreshToken"];
/// Secrets of an existing account that are short enough to guess.
const GUESSED: [&str; 2] = ["currentPassword", "code"];
/// The route whose `password` is such a secret.
const SIGN_IN: &str = "POST /api/sessions/login";

/// Reads the key of a request.
///
/// # Errors
/// `VALIDATION_FAILED` for an invalid key.
pub(crate) fn read(
    received: &Received,
    caller: Option<Identity<'_>>,
    body: &[u8],
) -> Result<Option<IdempotencyKey>, ApiError> {
    if received.parts.method != Method::POST {
        return Ok(None);
    }
    let Some(key) = received.parts.headers.get("idempotency-key") else { return Ok(None) };
    let wrong = || {
        ApiError::field(
            "Idempotency-Key",
            "invalid",
            "The Idempotency-Key is not valid. Use 1 to 255 visible ASCII characters, such as a UUID.",
        )
    };
    let key = key.to_str().map_err(|_| wrong())?;
    if !(1..=MAX_LENGTH).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(wrong());
    }
    // The ids in the path are part of what the key is bound to, like the body.
    let mut route = format!("{} {}", received.origin.route, received.parts.uri.path());
    let media = media_type(&received.parts.headers);
    if holds(&media, body, &SECRETS) {
        let guessed = received.origin.route == SIGN_IN || holds(&media, body, &GUESSED);
        if guessed && key.len() < UNGUESSABLE {
            return Ok(None);
        }
        // Another body is another request, which is decided and counted. An error because of its
        // key would reveal, without a count, that its secret is wrong.
        route.push_str(&digest(body));
    }
    Ok(Some(match caller {
        // The services on one host share its address, and one service may have several.
        Some(Identity::System { key: service }) => {
            IdempotencyKey::new(&format!("service\n{}", service.name), &route, key, body)
        }
        Some(Identity::User(user)) => {
            IdempotencyKey::new(&user.pseudonym.to_string(), &route, key, body)
                .under(&user.subject_key)
        }
        // Neither the staff member's own requests nor the user's.
        Some(Identity::Impersonated { target, by }) => {
            let both = format!("{} as {}", by.actor.pseudonym, target.pseudonym);
            IdempotencyKey::new(&both, &route, key, body).under(&target.subject_key)
        }
        None => IdempotencyKey::new(&anonymous(received, body), &route, key, body),
    }))
}

/// The namespace of a key without a caller: the address, and the user that the body names. Two
/// clients with the same key do not collide, even behind one address.
fn anonymous(received: &Received, body: &[u8]) -> String {
    let address = address::group(received.origin.ip.as_deref().unwrap_or_default());
    format!("anonymous\n{address}\n{}", named(&media_type(&received.parts.headers), body))
}

/// Whether a body has one of these fields.
fn holds(media: &str, body: &[u8], fields: &[&str]) -> bool {
    if media == "application/json" {
        serde_json::from_slice::<Value>(body)
            .is_ok_and(|value| fields.iter().any(|name| value.get(name).is_some()))
    } else {
        form_urlencoded::parse(body).any(|(name, _)| fields.contains(&name.as_ref()))
    }
}

fn digest(body: &[u8]) -> String {
    hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, body))
}

/// The user that a body names, by email address or by a secret token; otherwise the body itself.
fn named(media: &str, body: &[u8]) -> String {
    let fields = ["email", "refreshToken", "token"];
    let json = || serde_json::from_slice::<Value>(body).ok();
    let found = if media == "application/json" {
        json().and_then(|value| {
            fields.iter().find_map(|name| value.get(name)?.as_str().map(str::to_owned))
        })
    } else {
        let pairs: Vec<_> = form_urlencoded::parse(body).collect();
        fields.iter().find_map(|name| {
            pairs
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.clone().into_owned())
        })
    };
    match found {
        Some(text) => format!("named\n{}", text.trim().to_lowercase()),
        None => format!("whole\n{}", digest(body)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_names_a_user_by_address_or_token() {
        let json = |text: &str| named("application/json", text.as_bytes());
        assert_eq!(
            json(r#"{"password":"x","email":" Ada@User.example"}"#),
            json(r#"{"email":"ada@user.example"}"#)
        );
        assert_eq!(
            named("application/x-www-form-urlencoded", b"token=a&password=b"),
            json(r#"{"token":"a"}"#)
        );
        assert_ne!(json(r#"{"token":"a"}"#), json(r#"{"token":"b"}"#));
        assert_ne!(json(r#"{"name":"a"}"#), json(r#"{"name":"b"}"#));
    }
}
