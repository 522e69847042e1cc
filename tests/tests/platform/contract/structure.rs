//! The structure of the sources: folders and files that can be read, and forms of error handling
//! that were removed and must not return.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Most source files in one folder, without its subfolders.
const MAX_FILES: usize = 20;
/// Most lines of a source file.
const MAX_LINES: usize = 420;
/// Most lines of a file of tests.
const MAX_TEST_LINES: usize = 600;

/// All Rust files of the project, by their path from its root, with their text.
fn sources() -> BTreeMap<PathBuf, String> {
    fn add(root: &Path, folder: &Path, all: &mut BTreeMap<PathBuf, String>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                if !path.ends_with("target") {
                    add(root, &path, all);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).expect("within the root").to_owned();
                all.insert(name, std::fs::read_to_string(&path).expect("text"));
            }
        }
    }
    let root = crate::project();
    let mut all = BTreeMap::new();
    for folder in ["functions", "shared", "infra", "tests"] {
        add(&root, &root.join(folder), &mut all);
    }
    assert!(all.len() > 500, "the sources are found: {}", all.len());
    all
}

fn is_test(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "tests")
}

#[test]
fn no_folder_has_more_than_twenty_files_side_by_side() {
    let mut folders: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for path in sources().keys() {
        *folders.entry(path.parent().expect("a folder").to_owned()).or_default() += 1;
    }
    folders.retain(|_, files| *files > MAX_FILES);
    assert!(
        folders.is_empty(),
        "group the files of these folders by what belongs together: {folders:?}"
    );
}

#[test]
fn a_file_can_be_read_at_one_sitting() {
    let long: Vec<_> = sources()
        .iter()
        .map(|(path, text)| (path.clone(), text.lines().count()))
        .filter(|(path, lines)| *lines > if is_test(path) { MAX_TEST_LINES } else { MAX_LINES })
        .collect();
    assert!(long.is_empty(), "split these files by what belongs together: {long:?}");
}

#[test]
fn conflicts_and_errors_are_typed() {
    // Written in parts, so that this file is not among the hits.
    let removed = [["Problem::Failed {", " action"], [".await", "??"], ["Result<", "Result<"]];
    for (path, text) in sources() {
        for parts in removed {
            let form = parts.concat();
            assert!(
                !text.contains(&form),
                "{} contains `{form}`: use a variant of `Conflict` or an `ApiError`",
                path.display()
            );
        }
    }
}
