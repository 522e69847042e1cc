//! Talking to the person at the terminal: results on standard output, complaints and logs on standard error.

use std::io::Write;

use crate::Failed;

/// Says something on standard output.
///
/// # Errors
/// When nobody can read it, as when the pipe was closed.
pub fn tell(text: &str) -> Result<(), Failed> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()?;
    Ok(())
}

/// Says on standard error why the command failed.
pub fn complain(failed: &Failed) {
    // When even this cannot be written, the exit code still says it.
    let _ = writeln!(std::io::stderr(), "provost: {failed}");
}
