//! Artefacts: files that are generated, committed and compared. `BLESS=1` writes them anew.

use crate::project;

/// Compares a committed file with what it should hold, or writes it when `BLESS=1` is set.
#[track_caller]
pub fn compare(path: &str, wanted: &str) {
    let file = project().join(path);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&file, wanted).expect("the artefact can be written");
        return;
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    if committed == wanted { return; }
    let differing = committed.lines().zip(wanted.lines()).position(|(a, b)| a != b).unwrap_or_else(|| committed.lines().count().min(wanted.lines().count()));
    let line = |text: &str| text.lines().nth(differing).unwrap_or("(the end)").to_owned();
    panic!(
        "{path} is out of date at line {}:\n  committed: {}\n  generated: {}\nIf the change is meant, type: BLESS=1 cargo test -p provost-tests",
        differing + 1, line(&committed), line(wanted)
    );
}
