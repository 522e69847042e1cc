//! Talking to the person at the terminal: results on standard output, complaints and logs on standard error.

use std::io::Write;

use crate::Failed;

/// Says something on standard output.
///
/// # Errors
/// When it cannot be written, as to a full disk.
pub fn tell(text: &str) -> Result<(), Failed> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        // A reader such as `head` that has seen enough is no failure.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        outcome => Ok(outcome?),
    }
}

/// Says on standard error why the command failed.
pub fn complain(failed: &Failed) {
    // When even this cannot be written, the exit code still says it.
    let _ = writeln!(std::io::stderr(), "provost: {failed}");
}
