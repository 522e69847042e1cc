//! The page that a person returns to after signing in. A link may name it, so anybody may have
//! chosen it.

/// Where a person goes without a valid page to return to.
const HOME: &str = "/staff";

/// The page, if it is one of the portal, otherwise the portal's first page. A browser must read the
/// text exactly as we do, so anything that browsers normalise is refused: backslashes, control
/// characters, empty and dotted segments (WHATWG URL, 4.4).
pub fn checked(text: &str) -> &str {
    if is_page(text) { text } else { HOME }
}

fn is_page(text: &str) -> bool {
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    let is_ours = ["/staff", "/account"].iter().any(|root| {
        path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    let segments = path.split('/').skip(1);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_~:.".contains(&byte);
    is_ours
        && segments.clone().all(|segment| {
            !segment.is_empty() && segment != "." && segment != ".." && segment.bytes().all(plain)
        })
        && query.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\\"<>#".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_the_portal_is_kept_exactly() {
        for page in ["/staff", "/staff/users?search=a%3Db&status=banned&page=2", "/account/keys"] {
            assert_eq!(checked(page), page);
        }
    }

    #[test]
    fn anything_that_a_browser_could_read_differently_leads_home() {
        for text in [
            "",
            "//evil.example",
            "/\\evil.example",
            "/%5Cevil.example",
            "/%09/evil.example",
            "/.//evil.example",
            "/a/..//evil.example",
            "/staff//evil.example",
            "/staff/..//evil.example",
            "/staff/%2e%2e/x",
            "/staffx",
            "/staff\t/x",
            "/staff?a=\nb",
            "https:\\\\evil.example",
            "https://evil.example/staff",
            "javascript:alert(1)",
        ] {
            assert_eq!(checked(text), HOME, "{text}");
        }
    }
}
