//! The `Idempotency-Key` of a request: its namespace, and what it is bound to.

use http::Method;
use provost_domain::{Refused, address};
use provost_store::idempotency::IdempotencyKey;
use serde_json::Value;

use crate::{dispatch::Received, input::media_type};

/// Maximum length of a key, in characters.
const LONGEST: usize = 255;

/// Reads the key of a request.
///
/// # Errors
/// `VALIDATION_FAILED` for an invalid key.
pub(crate) fn read(received: &Received, caller: Option<&provost_auth::Caller>, body: &[u8]) -> Result<Option<IdempotencyKey>, Refused> {
    if received.parts.method != Method::POST {
        return Ok(None);
    }
    let Some(key) = received.parts.headers.get("idempotency-key") else { return Ok(None) };
    let wrong = || {
        Refused::field(
            "Idempotency-Key",
            "invalid",
            "The Idempotency-Key is not valid. Use 1 to 255 visible ASCII characters, such as a UUID.",
        )
    };
    let key = key.to_str().map_err(|_| wrong())?;
    if !(1..=LONGEST).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(wrong());
    }
    // The path's ids are part of what the key is bound to, as the body is.
    let route = format!("{} {}", received.origin.route, received.parts.uri.path());
    Ok(Some(match caller {
        Some(caller) => {
            let principal = &caller.principal;
            IdempotencyKey::new(&principal.pseudonym.to_string(), &route, key, body).under(&principal.subject_key)
        }
        None => IdempotencyKey::new(&anonymous(received, body), &route, key, body),
    }))
}

/// The namespace of a key without a caller: the address, and the user that the body names. So two clients that choose the same key do not collide, even behind one address.
fn anonymous(received: &Received, body: &[u8]) -> String {
    let address = address::group(received.origin.ip.as_deref().unwrap_or_default());
    format!("anonymous\n{address}\n{}", named(&media_type(&received.parts.headers), body))
}

/// The user that a body names, by email address or by a secret token; otherwise the body itself.
fn named(media: &str, body: &[u8]) -> String {
    let fields = ["email", "refreshToken", "token"];
    let json = || serde_json::from_slice::<Value>(body).ok();
    let found = if media == "application/json" {
        json().and_then(|value| fields.iter().find_map(|name| value.get(name)?.as_str().map(str::to_owned)))
    } else {
        let pairs: Vec<_> = form_urlencoded::parse(body).collect();
        fields.iter().find_map(|name| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone().into_owned()))
    };
    match found {
        Some(text) => format!("named\n{}", text.trim().to_lowercase()),
        None => format!("whole\n{}", hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, body))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_names_somebody_by_address_or_token() {
        let json = |text: &str| named("application/json", text.as_bytes());
        assert_eq!(json(r#"{"password":"x","email":" Ada@User.example"}"#), json(r#"{"email":"ada@user.example"}"#));
        assert_eq!(named("application/x-www-form-urlencoded", b"token=a&password=b"), json(r#"{"token":"a"}"#));
        assert_ne!(json(r#"{"token":"a"}"#), json(r#"{"token":"b"}"#));
        assert_ne!(json(r#"{"name":"a"}"#), json(r#"{"name":"b"}"#));
    }
}
