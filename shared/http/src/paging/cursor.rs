//! Cursors: positions in a list, encrypted so that clients cannot read or change them, and bound to
//! the caller and the query.

use provost_domain::{ApiError, Code};
use provost_store::seal;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The context that a cursor is bound to: the caller, the route, the ids in its path, and the
/// filters.
pub fn context(caller: &str, route: &str, ids: &[&str], query: &str) -> String {
    // The position and the page size may change from page to page; the filters may not.
    let mut filters: Vec<_> = form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| !matches!(name.as_ref(), "cursor" | "page" | "limit"))
        .collect();
    filters.sort();
    let filters = form_urlencoded::Serializer::new(String::new()).extend_pairs(filters).finish();
    format!("cursor\n{caller}\n{route}\n{}\n{filters}", ids.join("\n"))
}

/// Encrypts a position.
pub fn seal_position(key: &[u8; 32], context: &str, position: &str) -> Option<String> {
    let sealed = seal::seal_with(key, context.as_bytes(), position.as_bytes())?;
    Some(URL_SAFE_NO_PAD.encode(sealed))
}

/// Decrypts a position.
///
/// # Errors
/// `VALIDATION_FAILED` for a cursor of another caller, route, path or query, or one that was
/// changed.
pub fn open_position(key: &[u8; 32], context: &str, cursor: &str) -> Result<String, ApiError> {
    let refuse = || ApiError {
        code: Code::ValidationFailed,
        ..ApiError::field(
            "cursor",
            "invalid",
            "This cursor is not valid. Send `nextCursor` unchanged, with the same filters and as the same caller.",
        )
    };
    if cursor.len() > 4096 {
        return Err(refuse());
    }
    let sealed = URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(refuse)?;
    let clear = seal::open_with(key, context.as_bytes(), &sealed).ok_or_else(refuse)?;
    String::from_utf8(clear).map_err(|_| refuse())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_valid_only_for_its_caller_route_path_and_filters() {
        let key = [3; 32];
        let home = context("usr_1", "/api/users/{id}/notes", &["usr_7"], "role=admin&limit=50");
        let cursor = seal_position(&key, &home, "position").unwrap();
        assert_eq!(open_position(&key, &home, &cursor).unwrap(), "position");
        assert_eq!(
            open_position(
                &key,
                &context(
                    "usr_1",
                    "/api/users/{id}/notes",
                    &["usr_7"],
                    "limit=10&role=admin&cursor=x"
                ),
                &cursor
            )
            .unwrap(),
            "position"
        );
        for other in [
            context("usr_2", "/api/users/{id}/notes", &["usr_7"], "role=admin"),
            context("usr_1", "/api/users/{id}/grants", &["usr_7"], "role=admin"),
            context("usr_1", "/api/users/{id}/notes", &["usr_8"], "role=admin"),
            context("usr_1", "/api/users/{id}/notes", &["usr_7"], "role=user"),
        ] {
            assert!(open_position(&key, &other, &cursor).is_err());
        }
    }

    #[test]
    fn a_cursor_with_any_changed_bit_is_rejected() {
        let key = [3; 32];
        let cursor = seal_position(&key, "c", "position").unwrap();
        for at in 0..cursor.len() {
            let mut changed = cursor.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert!(
                open_position(&key, "c", std::str::from_utf8(&changed).unwrap()).is_err(),
                "at {at}"
            );
        }
    }
}
