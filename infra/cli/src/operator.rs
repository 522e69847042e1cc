//! Output to the terminal: results on standard output, errors and logs on standard error.

use std::io::Write;

use crate::Failed;

/// Prints a text to standard output.
///
/// # Errors
/// When it cannot be written, such as to a full disk.
pub fn notify(text: &str) -> Result<(), Failed> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        // A reader such as `head` that closes the pipe is not an error.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        outcome => Ok(outcome?),
    }
}

/// Prints the error of a failed command to standard error.
pub fn complain(failed: &Failed) {
    // If this fails too, the exit code still reports the error.
    let _ = writeln!(std::io::stderr(), "provost: {failed}");
}
