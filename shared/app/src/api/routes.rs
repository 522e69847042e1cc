//! Which function serves a path.

use percent_encoding::percent_decode_str;

/// A route that matches a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Matched {
    /// The function that serves it.
    pub(super) function: &'static str,
    /// The path with the names of its variables.
    pub(super) path: &'static str,
    /// The variables, percent-decoded, by name.
    pub(super) variables: Vec<(&'static str, String)>,
}

/// The route of a request, of a table with one a line: method, path, function. A literal segment
/// comes before a variable, as in API Gateway.
pub(super) fn matched(table: &'static str, method: &str, path: &str) -> Option<Matched> {
    let mut best: Option<(usize, Matched)> = None;
    for line in table.lines() {
        let mut words = line.split(' ');
        let (Some(verb), Some(pattern), Some(function)) =
            (words.next(), words.next(), words.next())
        else {
            continue;
        };
        if verb != method {
            continue;
        }
        let Some(variables) = variables(pattern, path) else { continue };
        let found = Matched { function, path: pattern, variables };
        if best.as_ref().is_none_or(|(fewest, _)| found.variables.len() < *fewest) {
            best = Some((found.variables.len(), found));
        }
    }
    best.map(|(_, found)| found)
}

fn variables(pattern: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    let mut variables = Vec::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(variables),
            (Some(wanted), Some(given)) => {
                match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                    Some(name) if !given.is_empty() => {
                        let value = percent_decode_str(given).decode_utf8_lossy().into_owned();
                        variables.push((name, value));
                    }
                    None if wanted == given => {}
                    _ => return None,
                }
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "GET /api/users/me accounts\nGET /api/users/{id} accounts\nGET /api/users/{id}/sessions sessions\n";

    #[test]
    fn a_literal_segment_comes_before_a_variable() {
        let own = matched(TABLE, "GET", "/api/users/me").expect("a route");
        assert_eq!((own.function, own.path), ("accounts", "/api/users/me"));
        let other = matched(TABLE, "GET", "/api/users/usr_1").expect("a route");
        assert_eq!(other.variables, [("id", "usr_1".to_owned())]);
    }

    #[test]
    fn variables_are_decoded_once() {
        let found = matched(TABLE, "GET", "/api/users/email%3Aa%2525b").expect("a route");
        assert_eq!(found.variables, [("id", "email:a%25b".to_owned())]);
    }

    #[test]
    fn a_path_without_a_route_matches_nothing() {
        assert_eq!(matched(TABLE, "GET", "/api/nothing"), None);
        assert_eq!(matched(TABLE, "PATCH", "/api/users/me"), None);
        assert_eq!(matched(TABLE, "GET", "/api/users//sessions"), None);
    }
}
