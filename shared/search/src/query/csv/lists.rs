//! Lists in one cell, joined so that they can be split again.

use std::borrow::Cow;

use crate::record::is_present;

/// Joins values by `; `. A semicolon or a backslash inside a value gets a backslash before it.
/// Values that are empty or blank count as absent.
pub fn join<T: AsRef<str>>(values: &[T]) -> String {
    let present = values.iter().map(AsRef::as_ref).filter(|value| is_present(value));
    present.map(escaped).collect::<Vec<_>>().join("; ")
}

fn escaped(value: &str) -> Cow<'_, str> {
    if value.contains([';', '\\']) {
        Cow::Owned(value.replace('\\', "\\\\").replace(';', "\\;"))
    } else {
        Cow::Borrowed(value)
    }
}

/// The values of a cell. A blank after a semicolon is not part of the value; a backslash makes the
/// character after it part of the value.
pub fn split(cell: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let mut chars = cell.chars().peekable();
    while let Some(c) = chars.next() {
        let value = match c {
            '\\' => chars.next().unwrap_or('\\'),
            ';' => {
                chars.next_if_eq(&' ');
                values.push(String::new());
                continue;
            }
            c => c,
        };
        if let Some(last) = values.last_mut() {
            last.push(value);
        }
    }
    values.retain(|value| is_present(value));
    values
}
