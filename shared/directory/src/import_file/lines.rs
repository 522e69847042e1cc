//! Lines of JSON.

use provost_domain::{ApiError, import_row::RowProblem};
use serde_json::{Map, Value};

use super::{IMPORT_COLUMNS, ImportFile, is_ignored};

pub(super) fn read(file: &mut ImportFile, bytes: &[u8], max_rows: u64) -> Result<(), ApiError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let sentence = format!(
            "Line {line}, byte {}: This byte is not UTF-8. Save the file as UTF-8.",
            error.valid_up_to() + 1
        );
        ApiError::field("file", "encoding", sentence)
    })?;
    for (at, text) in text.lines().enumerate() {
        if text.trim().is_empty() {
            continue;
        }
        file.count += 1;
        if file.count > max_rows {
            let sentence = format!("The file has more than {max_rows} rows. Split it.");
            return Err(ApiError::field("file", "too_many_rows", sentence));
        }
        let line = at as u64 + 1;
        match serde_json::from_str::<Map<String, Value>>(text) {
            Ok(values) => object(file, line, values),
            Err(error) => {
                let message = format!(
                    "Column {} of this line is not valid JSON. A line is one object.",
                    error.column()
                );
                let problem =
                    RowProblem { line, column: None, code: "malformed", message, user_id: None };
                file.problems.push(problem);
            }
        }
    }
    Ok(())
}

fn object(file: &mut ImportFile, line: u64, mut values: Map<String, Value>) {
    // What an export adds.
    values.remove("redacted");
    values.retain(|_, value| !value.is_null());
    let known = |name: &str| IMPORT_COLUMNS.iter().any(|(known, _)| *known == name);
    let unknown = values.keys().find(|name| !known(name) && !is_ignored(name));
    if let Some(name) = unknown {
        let name: String = name.chars().take(64).collect();
        let message = "This field is unknown. Remove it, or give it the name of a column.";
        file.problems.push(RowProblem::new(line, &name, "unknown_column", message));
        return;
    }
    for name in values.keys().filter(|name| is_ignored(name)) {
        if !file.ignored.contains(name) {
            file.ignored.push(name.clone());
        }
    }
    file.add(line, values);
}
