//! The page of proofs ↔ the tests that it names, and what must not be in the repository (S30).

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::project;

/// Folders that are not part of the repository.
const OUTSIDE: [&str; 6] =
    [".git", "target", ".provost", "node_modules", "deployments", "__pycache__"];

/// The files of the repository, with their text.
fn files() -> Vec<(PathBuf, String)> {
    fn collect(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            if entry.file_type().expect("a type").is_symlink() {
                continue;
            }
            if path.is_dir() {
                let is_ours = !OUTSIDE.iter().any(|outside| name.to_string_lossy() == *outside)
                    && !path.join("CACHEDIR.TAG").exists()
                    && !path.join("pyvenv.cfg").exists();
                if is_ours {
                    collect(&path, found);
                }
            } else if let Ok(text) = fs::read_to_string(&path) {
                found.push((path, text));
            }
        }
    }
    let mut found = Vec::new();
    collect(&project(), &mut found);
    found
}

#[test]
fn every_test_that_the_page_of_proofs_names_exists() {
    let page = fs::read_to_string(project().join("docs/proofs.md")).expect("the page");
    let names: Vec<_> = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| name.contains('_') && !name.contains('/'))
        .collect();
    assert!(names.len() > 15, "{names:?}");
    let files = files();
    for name in names {
        let (rust, python) = (format!("fn {name}("), format!("def {name}("));
        let exists = files.iter().any(|(_, text)| text.contains(&rust) || text.contains(&python));
        assert!(exists, "docs/proofs.md names {name}, which does not exist");
    }
}

/// The beginnings of secrets, each with the number of characters that follow in a real one.
const SECRETS: [(&str, usize); 9] = [
    ("AKIA", 16),
    ("ASIA", 16),
    ("sk_live_", 16),
    ("rk_live_", 16),
    ("ghp_", 36),
    ("github_pat_", 60),
    ("xoxb-", 20),
    ("AGE-SECRET-KEY-1", 58),
    ("glpat-", 20),
];

/// The part of a text that looks like a secret, if any. AWS's own examples say so.
fn secret(text: &str) -> Option<&str> {
    let key = concat!("-----BEGIN ", "PRIVATE KEY-----\nMII");
    if text.contains(key) {
        return Some(key);
    }
    SECRETS.iter().find_map(|(beginning, length)| {
        text.match_indices(beginning).find_map(|(at, _)| {
            let rest = &text[at + beginning.len()..];
            let end =
                rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            let whole = &text[at..at + beginning.len() + end];
            (end >= *length && !whole.contains("EXAMPLE")).then_some(whole)
        })
    })
}

#[test]
fn no_file_of_the_repository_looks_like_a_secret() {
    let shown = ["AKIA", "ABCDEFGHIJKLMNOP"].concat();
    assert_eq!(secret(&format!("id = {shown}")), Some(shown.as_str()), "it finds one");
    assert_eq!(secret("AKIAIOSFODNN7EXAMPLE"), None);
    let files = files();
    assert!(files.len() > 1000, "{} files", files.len());
    let found: Vec<_> = files
        .iter()
        .filter_map(|(path, text)| Some(format!("{}: {}", path.display(), secret(text)?)))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}
