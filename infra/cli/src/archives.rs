//! Checks and unpacks archives on this machine.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use provost_archive::{Identity, Report};

use crate::{Failed, operator};

/// Checks that an archive is complete and matches its manifest.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn verify(file: &Path, identity: &Path) -> Result<(), Failed> {
    let identity = read_identity(identity)?;
    let report = provost_archive::verify(open(file)?, &identity)?;
    operator::notify(&summary(&report))
}

/// Checks an archive and unpacks it into the given directory, or into one named after the file.
///
/// # Errors
/// A sentence that says what is wrong; no files are left behind.
pub fn decrypt(file: &Path, identity: &Path, out: Option<PathBuf>) -> Result<(), Failed> {
    let identity = read_identity(identity)?;
    let folder = out.unwrap_or_else(|| beside(file));
    let report = provost_archive::unpack(open(file)?, &identity, &folder)?;
    operator::notify(&format!(
        "{}\nUnpacked to {}. Open index.html there.",
        summary(&report),
        folder.display()
    ))
}

/// `provost-export-….zip.age` unpacks into `provost-export-…`.
fn beside(file: &Path) -> PathBuf {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = name.trim_end_matches(".age").trim_end_matches(".zip");
    let stem =
        if stem.is_empty() || stem == name { format!("{name}.unpacked") } else { stem.to_owned() };
    file.with_file_name(stem)
}

fn open(file: &Path) -> Result<File, Failed> {
    File::open(file).map_err(|cause| {
        Failed::because(&format!("{} could not be opened", file.display()), &cause)
    })
}

fn read_identity(path: &Path) -> Result<Identity, Failed> {
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().lock().take(1 << 16).read_to_string(&mut text)?;
    } else {
        open(path)?.take(1 << 16).read_to_string(&mut text)?;
    }
    Ok(Identity::parse(&text)?)
}

fn summary(report: &Report) -> String {
    let gaps = &report.manifest.gaps;
    let missing = if gaps.is_empty() {
        String::new()
    } else {
        format!(
            "\nItems that could not be included in the archive: {}. See manifest.json.",
            gaps.len()
        )
    };
    format!(
        "The archive is complete and matches its manifest: {} members, {} records, {} bytes.{missing}",
        report.members, report.records, report.bytes
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_is_unpacked_next_to_itself() {
        assert_eq!(
            beside(Path::new("/tmp/provost-export-exp_01.zip.age")),
            Path::new("/tmp/provost-export-exp_01")
        );
        assert_eq!(beside(Path::new("archive")), Path::new("archive.unpacked"));
    }
}
