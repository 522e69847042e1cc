//! Artefacts: files that are generated, committed and compared. `BLESS=1` rewrites them.

use crate::project;

/// Whether `BLESS=1` is set.
pub fn blessing() -> bool {
    std::env::var_os("BLESS").is_some()
}

/// Compares a committed file with the generated content, or writes it if `BLESS=1` is set.
#[track_caller]
pub fn compare(path: &str, wanted: &str) {
    let file = project().join(path);
    if blessing() {
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder can be made");
        std::fs::write(&file, wanted).expect("the artefact can be written");
        return;
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    if committed == wanted {
        return;
    }
    let differing = committed
        .lines()
        .zip(wanted.lines())
        .position(|(a, b)| a != b)
        .unwrap_or_else(|| committed.lines().count().min(wanted.lines().count()));
    let line = |text: &str| text.lines().nth(differing).unwrap_or("(the end)").to_owned();
    panic!(
        "{path} is out of date at line {}:\n  committed: {}\n  generated: {}\nIf the change is intended, run: BLESS=1 cargo test -p provost-tests",
        differing + 1,
        line(&committed),
        line(wanted)
    );
}

/// Compares a generated block inside a committed file, between its two markers.
#[track_caller]
pub fn compare_block(path: &str, name: &str, wanted: &str) {
    let whole =
        std::fs::read_to_string(project().join(path)).expect("the file that holds the block");
    let (begin, end) = (format!("<!-- generated: {name} -->\n"), format!("<!-- end: {name} -->"));
    let (head, rest) =
        whole.split_once(&begin).unwrap_or_else(|| panic!("{path} lacks the line {begin}"));
    let (_, tail) = rest.split_once(&end).unwrap_or_else(|| panic!("{path} lacks the line {end}"));
    compare(path, &format!("{head}{begin}{wanted}{end}{tail}"));
}
