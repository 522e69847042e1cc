//! The texts in the sources of the portal: a small scanner of Rust's string literals.

use std::path::{Path, PathBuf};

/// A string literal.
#[derive(Debug)]
pub struct Literal {
    /// Its text.
    pub text: String,
    /// File and line.
    pub place: String,
    /// Whether it is a node of a page by itself, instead of a value that is passed on.
    pub is_node: bool,
}

/// Files whose texts are for programs, or describe the API, which is English.
const NOT_SCANNED: [&str; 7] = [
    "src/client.rs",
    "src/health.rs",
    "src/home.rs",
    "src/jwks.rs",
    "src/lib.rs",
    "src/reference/schema.rs",
    "src/show.rs",
];

/// Every literal of the portal outside tests.
pub fn all() -> Vec<Literal> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions/portal");
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    let mut found = Vec::new();
    for file in files {
        let name = file.strip_prefix(&root).expect("below").display().to_string();
        let source = std::fs::read_to_string(&file).expect("a source");
        let source = source.split("#[cfg(test)]").next().unwrap_or_default();
        found.extend(scan(source, &name));
    }
    found
}

/// Whether a literal says something to a person: a word that begins with a capital letter, or several.
pub fn says_something(literal: &Literal) -> bool {
    let text = literal.text.as_str();
    let letter = |c: char| c.is_ascii_alphabetic();
    let is_word = |word: &str| word.len() > 1 && word.chars().all(letter);
    let words = text.split_whitespace().map(|word| word.trim_end_matches(['.', ',', ':', '?']));
    let words = words.filter(|word| is_word(word));
    let is_name = text.chars().all(|c| c.is_ascii_alphanumeric() || "._-/:{}?&=@#+*".contains(c));
    let is_constant = text.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    let begins = text.chars().next().is_some_and(|c| c.is_ascii_uppercase());
    let is_scanned = !NOT_SCANNED.iter().any(|file| literal.place.starts_with(file));
    let is_sentence = words.count() > 1;
    // A text of several lines is a style or a command.
    let is_line = !text.contains('\n');
    is_scanned
        && is_line
        && !is_constant
        && (is_sentence || (begins && is_name))
        && !text.starts_with('/')
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The literals of a source, and where in `html!` each is.
fn scan(source: &str, name: &str) -> Vec<Literal> {
    let mut found = Vec::new();
    let mut open: Vec<&'static str> = Vec::new();
    let (mut rest, mut before) = (source, ' ');
    while let Some(c) = rest.chars().next() {
        if c.is_whitespace() {
            rest = &rest[c.len_utf8()..];
            continue;
        }
        if rest.starts_with("//") {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
            continue;
        }
        if let Some((text, after)) = literal(rest, before) {
            let in_html = open.contains(&"html");
            let inner = open.iter().rev().take_while(|kind| **kind != "html");
            let mut inner = inner.collect::<Vec<_>>().into_iter();
            let is_passed = inner.any(|kind| ["(", "[", "attribute"].contains(kind));
            let is_pattern =
                after.trim_start().starts_with("=>") || after.trim_start().starts_with('|');
            let line = source[..source.len() - rest.len()].matches('\n').count() + 1;
            found.push(Literal {
                text,
                place: format!("{name}:{line}"),
                is_node: in_html && !is_passed && before != '=' && !is_pattern,
            });
            (rest, before) = (after, '"');
            continue;
        }
        if let Some(after) = character(rest) {
            (rest, before) = (after, '\'');
            continue;
        }
        match c {
            '(' => open.push("("),
            '[' => open.push("["),
            '{' => {
                let head = source[..source.len() - rest.len()].trim_end();
                open.push(if head.ends_with("html!") {
                    "html"
                } else if head.ends_with('=') {
                    "attribute"
                } else {
                    "{"
                });
            }
            ')' | ']' | '}' => drop(open.pop()),
            _ => {}
        }
        (rest, before) = (&rest[c.len_utf8()..], c);
    }
    found
}

/// A string literal at the beginning, and what is after it.
fn literal(rest: &str, before: char) -> Option<(String, &str)> {
    if let Some(raw) = rest.strip_prefix('r').filter(|_| !before.is_alphanumeric()) {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let text = raw.get(hashes..)?.strip_prefix('"')?;
        let (text, after) = text.split_once(&format!("\"{}", "#".repeat(hashes)))?;
        return Some((text.to_owned(), after));
    }
    let mut letters = rest.strip_prefix('"')?.char_indices();
    let mut text = String::new();
    while let Some((at, c)) = letters.next() {
        match c {
            '"' => return Some((text, &rest[at + 2..])),
            '\\' => match letters.next()?.1 {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                '\n' => {
                    let skipped = letters.as_str();
                    let kept = skipped.trim_start();
                    for _ in 0..skipped.chars().count() - kept.chars().count() {
                        letters.next();
                    }
                }
                other => text.push(other),
            },
            c => text.push(c),
        }
    }
    None
}

/// What is after a character literal at the beginning; a lifetime is none.
fn character(rest: &str) -> Option<&str> {
    let inner = rest.strip_prefix('\'')?;
    let inner = match inner.strip_prefix('\\') {
        Some(escaped) => escaped.split_once('\'')?.1,
        None => inner.strip_prefix(inner.chars().next()?)?.strip_prefix('\'')?,
    };
    Some(inner)
}
