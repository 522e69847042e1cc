//! Output to the terminal: results on standard output, errors and logs on standard error.

use std::io::Write;

use crate::Failed;

/// Prints a text to standard output.
///
/// # Errors
/// When it cannot be written, as to a full disk.
pub fn notify(text: &str) -> Result<(), Failed> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        // A reader such as `head` that has seen enough is no failure.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        outcome => Ok(outcome?),
    }
}

/// Prints the error of a failed command to standard error.
pub fn complain(failed: &Failed) {
    // When even this cannot be written, the exit code still says it.
    let _ = writeln!(std::io::stderr(), "provost: {failed}");
}
