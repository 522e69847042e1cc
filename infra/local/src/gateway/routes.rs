//! Route matching by the rules of API Gateway's HTTP APIs.

use crate::{Error, Result, Route};
use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;

/// The route of a request, with its path variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// As in events: `GET /api/users/{id}`, `ANY /api/{proxy+}` or `$default`.
    pub route_key: String,
    /// The function's name.
    pub function: String,
    /// Variables by name, percent-decoded.
    pub variables: BTreeMap<String, String>,
}

#[derive(Debug)]
pub(super) struct Routes(Vec<Compiled>);

#[derive(Debug)]
struct Compiled {
    key: String,
    method: String,
    function: String,
    path: Path,
}

#[derive(Debug, PartialEq, Eq)]
enum Path {
    Default,
    Segments(Vec<Segment>),
}

/// In order of preference: a literal, then a variable, then the rest of the path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(String),
    Variable(String),
    Greedy(String),
}

impl Routes {
    pub(super) fn new(routes: &[Route]) -> Result<Self> {
        let mut compiled: Vec<Compiled> = Vec::new();
        for route in routes {
            let default = route.path == "$default";
            let path = if default { Path::Default } else { Path::Segments(segments(&route.path)?) };
            let key = if default {
                "$default".to_owned()
            } else {
                format!("{} {}", route.method, route.path)
            };
            if let Some(other) = compiled
                .iter()
                .find(|other| other.method == route.method && same(&other.path, &path))
            {
                let message = format!(
                    "{key} of {} is the same route as {} of {}",
                    route.function, other.key, other.function
                );
                return Err(Error::Template(message));
            }
            compiled.push(Compiled {
                key,
                method: route.method.clone(),
                function: route.function.clone(),
                path,
            });
        }
        Ok(Self(compiled))
    }

    pub(super) fn find(&self, method: &str, path: &str) -> Option<Matched> {
        let given = path.strip_prefix('/').unwrap_or(path).split('/').collect::<Vec<_>>();
        let mut best: Option<(Rank, Matched)> = None;
        for route in &self.0 {
            let exact = route.method == method;
            if !exact && route.method != "ANY" {
                continue;
            }
            let Some((shape, variables)) = fits(&route.path, &given) else {
                continue;
            };
            let rank = Rank { shape, method: if exact { 0 } else { 1 } };
            if best.as_ref().is_none_or(|(found, _)| rank < *found) {
                let matched = Matched {
                    route_key: route.key.clone(),
                    function: route.function.clone(),
                    variables,
                };
                best = Some((rank, matched));
            }
        }
        best.map(|(_, matched)| matched)
    }
}

/// How well a route matches; the lowest rank wins. A full path comes before a greedy one,
/// regardless of the method; among greedy ones, the one with the longer prefix.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    shape: Shape,
    method: u8,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shape {
    Full(Vec<u8>),
    /// Longer prefixes first, then literal segments before variables.
    Greedy(std::cmp::Reverse<usize>, Vec<u8>),
    Default,
}

fn fits(path: &Path, given: &[&str]) -> Option<(Shape, BTreeMap<String, String>)> {
    let Path::Segments(segments) = path else {
        return Some((Shape::Default, BTreeMap::new()));
    };
    let mut variables = BTreeMap::new();
    let mut kinds = Vec::with_capacity(segments.len());
    for (index, segment) in segments.iter().enumerate() {
        let found = *given.get(index)?;
        match segment {
            Segment::Literal(text) if *text == decoded(found) => kinds.push(0),
            Segment::Literal(_) => return None,
            Segment::Variable(_) if found.is_empty() && !segments.is_empty() => return None,
            Segment::Variable(name) => {
                variables.insert(name.clone(), decoded(found));
                kinds.push(1);
            }
            Segment::Greedy(name) => {
                let rest = given[index..].join("/");
                if rest.is_empty() {
                    return None;
                }
                variables.insert(name.clone(), decoded(&rest));
                return Some((Shape::Greedy(std::cmp::Reverse(index), kinds), variables));
            }
        }
    }
    (segments.len() == given.len()).then_some((Shape::Full(kinds), variables))
}

fn decoded(segment: &str) -> String {
    percent_decode_str(segment)
        .decode_utf8()
        .map_or_else(|_| segment.to_owned(), std::borrow::Cow::into_owned)
}

fn segments(path: &str) -> Result<Vec<Segment>> {
    let wrong =
        |cause: &str| Error::Template(format!("the path {path:?} cannot be a route: {cause}"));
    let inner = path.strip_prefix('/').ok_or_else(|| wrong("it doesn't begin with a slash"))?;
    let mut found = Vec::new();
    for segment in inner.split('/') {
        if found.iter().any(|before| matches!(before, Segment::Greedy(_))) {
            return Err(wrong("nothing may follow a greedy variable"));
        }
        found.push(match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) => match name.strip_suffix('+') {
                Some(name) => Segment::Greedy(name.to_owned()),
                None => Segment::Variable(name.to_owned()),
            },
            None if segment.contains(['{', '}']) => {
                return Err(wrong("a variable takes a whole segment"));
            }
            None => Segment::Literal(segment.to_owned()),
        });
    }
    Ok(found)
}

/// Whether two paths match the same requests: the names of variables do not matter.
fn same(one: &Path, other: &Path) -> bool {
    match (one, other) {
        (Path::Default, Path::Default) => true,
        (Path::Segments(one), Path::Segments(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|pair| match pair {
                    (Segment::Literal(one), Segment::Literal(other)) => one == other,
                    (Segment::Variable(_), Segment::Variable(_))
                    | (Segment::Greedy(_), Segment::Greedy(_)) => true,
                    _ => false,
                })
        }
        _ => false,
    }
}
