//! Every enum that is part of a stored item or a message keeps the values of later releases.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The Rust files below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The enums of a file whose derived `Deserialize` has no variant for other releases, by name.
fn intolerant(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let plain = line.trim_start().trim_start_matches("pub ").trim_start_matches("pub(crate) ");
        let Some(rest) = plain.strip_prefix("enum ") else { continue };
        // The attributes and comments directly above the enum.
        let above: String = lines[..number]
            .iter()
            .rev()
            .take_while(|line| !line.trim().is_empty() && !line.trim().ends_with(['{', '}', ';']))
            .copied()
            .collect();
        let end = lines[number..].iter().position(|line| line.starts_with('}'));
        let body = lines[number..number + end.unwrap_or(1)].join("\n");
        if above.contains("Deserialize") && !body.contains("Unknown(") {
            found.push(rest.split([' ', '<', '{']).next().unwrap_or_default().to_owned());
        }
    }
    found
}

#[test]
fn every_stored_enum_keeps_values_of_later_releases() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut sources = Vec::new();
    for folder in ["domain/src", "store/src"] {
        files(&shared.join(folder), &mut sources);
    }
    assert!(sources.len() > 50, "the sources are there");
    let (mut wrong, mut declared) = (Vec::new(), 0);
    for path in sources {
        let text = fs::read_to_string(&path).expect("a file");
        declared += text.matches("stored_enum! {").count();
        // The module `wire` and its tests read DynamoDB's own types.
        if !path.components().any(|part| part.as_os_str().to_string_lossy().starts_with("wire")) {
            wrong.extend(intolerant(&text).into_iter().map(|name| (path.clone(), name)));
        }
    }
    assert!(
        wrong.is_empty(),
        "declare these with `stored_enum!`, or give them a variant `Unknown`: {wrong:?}"
    );
    assert!(declared >= 34, "the enums are declared with `stored_enum!`: {declared}");
}

#[test]
fn an_enum_without_a_variant_for_other_releases_is_found() {
    let text =
        "/// A mood.\n#[derive(Debug, Serialize, Deserialize)]\npub enum Mood {\n    Calm,\n}\n";
    assert_eq!(intolerant(text), ["Mood"]);
    assert!(intolerant(&text.replace("    Calm,", "    Calm,\n    Unknown(Value),")).is_empty());
    assert!(intolerant(&text.replace("Serialize, Deserialize", "Clone")).is_empty());
}
