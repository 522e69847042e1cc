//! Reads an archive: decrypts it, unpacks it, and checks every member against the manifest.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use age::stream::StreamReader;
use age::{DecryptError, Decryptor};
use aws_lc_rs::digest::{Context, SHA256};
use zip::ZipArchive;
use zip::read::ZipFile;

use crate::member::MANIFEST;
use crate::{Error, FORMAT_VERSION, Identity, Manifest, ManifestMember, Result, check_name};

/// Maximum size of a manifest: one with a million members has about 200 MB.
const MANIFEST_MAX: u64 = 512 * 1024 * 1024;

/// The result of verifying a complete archive.
#[derive(Debug, Clone)]
pub struct Report {
    /// The manifest as stored in the archive.
    pub manifest: Manifest,
    /// Number of checked members, without the manifest.
    pub members: u64,
    /// Number of records, according to the manifest.
    pub records: u64,
    /// Number of bytes, uncompressed.
    pub bytes: u64,
}

/// Reads an entire archive and checks the size and SHA-256 of every member against the manifest,
/// and that no member is missing or extra.
///
/// # Errors
/// [`Error::NotEncrypted`], [`Error::WrongIdentity`], [`Error::Truncated`], [`Error::Damaged`],
/// [`Error::Manifest`], [`Error::Mismatch`] or [`Error::Name`] for an invalid archive;
/// [`Error::Io`] when it cannot be read.
pub fn verify<R: Read + Seek>(archive: R, identity: &Identity) -> Result<Report> {
    walk(archive, identity, |_| Ok(io::sink()))
}

/// Writes every member into `folder`, which must be new or empty, with the checks of [`verify`]. On
/// any failure `folder` is removed.
///
/// # Errors
/// As [`verify`]; [`Error::FolderNotEmpty`]; [`Error::Io`] when a file cannot be written.
pub fn unpack<R: Read + Seek>(archive: R, identity: &Identity, folder: &Path) -> Result<Report> {
    fs::create_dir_all(folder)?;
    if fs::read_dir(folder)?.next().is_some() {
        return Err(Error::FolderNotEmpty);
    }
    let unpacked = walk(archive, identity, |name| {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        Ok(File::create_new(path)?)
    });
    if unpacked.is_err() {
        // Half an export looks like a complete one. The original error says more than a failed
        // removal.
        let _ = fs::remove_dir_all(folder);
    }
    unpacked
}

/// Decrypts an archive to the plain ZIP inside, without reading the ZIP, and returns its size in
/// bytes.
///
/// # Errors
/// [`Error::NotEncrypted`], [`Error::WrongIdentity`], [`Error::Truncated`], [`Error::Damaged`],
/// [`Error::Io`]. Output before an error must not be trusted.
pub fn decrypt<R: Read, W: Write>(archive: R, identity: &Identity, mut plain: W) -> Result<u64> {
    let mut stream = opened(BufReader::new(archive), identity)?;
    let mut buffer = vec![0; 64 * 1024];
    let mut size = 0;
    loop {
        let read = stream.read(&mut buffer).map_err(unreadable)?;
        if read == 0 {
            plain.flush()?;
            return Ok(size);
        }
        plain.write_all(&buffer[..read])?;
        size += read as u64;
    }
}

fn opened<R: io::BufRead>(archive: R, identity: &Identity) -> Result<StreamReader<R>> {
    let decryptor = Decryptor::new_buffered(archive).map_err(unopened)?;
    decryptor.decrypt(std::iter::once(identity.as_age())).map_err(unopened)
}

fn unopened(cause: DecryptError) -> Error {
    match cause {
        DecryptError::NoMatchingKeys => Error::WrongIdentity,
        DecryptError::InvalidHeader | DecryptError::UnknownFormat => Error::NotEncrypted,
        DecryptError::Io(cause) => unreadable(cause),
        cause => Error::Damaged(Box::new(cause)),
    }
}

/// Distinguishes damage, which a new download fixes, from an unreadable disk.
fn unreadable(cause: io::Error) -> Error {
    match cause.kind() {
        io::ErrorKind::UnexpectedEof => Error::Truncated,
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => Error::Damaged(Box::new(cause)),
        _ => Error::Io(cause),
    }
}

fn unzipped(cause: zip::result::ZipError) -> Error {
    match cause {
        zip::result::ZipError::Io(cause) => unreadable(cause),
        cause => Error::Damaged(Box::new(cause)),
    }
}

/// Reads every member once, writes its bytes to the writer that `place` returns for its name, and
/// compares it with the manifest.
fn walk<R, W>(
    archive: R,
    identity: &Identity,
    mut place: impl FnMut(&str) -> Result<W>,
) -> Result<Report>
where
    R: Read + Seek,
    W: Write,
{
    let mut stream = opened(BufReader::new(archive), identity)?;
    // Reads the last chunk first: it is marked as the last, so a truncated file is detected at
    // once.
    stream.seek(SeekFrom::End(0)).map_err(|cause| match unreadable(cause) {
        Error::Damaged(_) => Error::Truncated,
        other => other,
    })?;
    let mut zip = ZipArchive::new(stream).map_err(unzipped)?;
    let manifest = read_manifest(&mut zip)?;

    let mut promised: HashMap<&str, &ManifestMember> =
        HashMap::with_capacity(manifest.members.len());
    for member in &manifest.members {
        if promised.insert(&member.name, member).is_some() {
            return Err(mismatch(&member.name, "it is listed twice"));
        }
    }
    let mut report = Report { members: 0, records: 0, bytes: 0, manifest: manifest.clone() };
    for number in 0..zip.len() {
        let mut file = zip.by_index(number).map_err(unzipped)?;
        let name = file.name().map_err(unzipped)?.into_owned();
        check_name(&name)?;
        if !file.is_file() {
            return Err(mismatch(&name, "it is not a plain file"));
        }
        let mut out = place(&name)?;
        if name == MANIFEST {
            copy(&mut file, &mut out, MANIFEST_MAX)?;
            continue;
        }
        let member = promised
            .remove(name.as_str())
            .ok_or_else(|| mismatch(&name, "it is not listed, or is there twice"))?;
        let (bytes, sha256) = copy(&mut file, &mut out, member.bytes)?;
        if bytes != member.bytes {
            return Err(mismatch(&name, "its size differs"));
        }
        if !sha256.eq_ignore_ascii_case(&member.sha256) {
            return Err(mismatch(&name, "its SHA-256 differs"));
        }
        report.members += 1;
        report.records = report.records.saturating_add(member.records);
        report.bytes = report.bytes.saturating_add(bytes);
    }
    if let Some(name) = promised.into_keys().next() {
        return Err(mismatch(name, "it is missing"));
    }
    let totals = manifest.totals;
    if (totals.members, totals.records, totals.bytes)
        != (report.members, report.records, report.bytes)
    {
        return Err(Error::Manifest("its totals are not the sums of its members".to_owned()));
    }
    Ok(report)
}

fn mismatch(name: &str, what: &'static str) -> Error {
    Error::Mismatch { name: name.to_owned(), what }
}

fn read_manifest<R: Read + Seek>(zip: &mut ZipArchive<R>) -> Result<Manifest> {
    let file = zip.by_name(MANIFEST).map_err(|cause| match cause {
        zip::result::ZipError::FileNotFound => Error::Manifest("it is missing".to_owned()),
        cause => unzipped(cause),
    })?;
    let mut json = Vec::new();
    file.take(MANIFEST_MAX).read_to_end(&mut json).map_err(unreadable)?;
    let manifest: Manifest =
        serde_json::from_slice(&json).map_err(|cause| Error::Manifest(cause.to_string()))?;
    if manifest.format_version > FORMAT_VERSION {
        return Err(Error::Manifest(format!(
            "its format version is {}, and this release supports up to {FORMAT_VERSION}. Use a newer release",
            manifest.format_version
        )));
    }
    Ok(manifest)
}

/// Copies a member and returns its size and SHA-256. Stops soon after `most` bytes, so that a
/// decompression bomb cannot fill the disk.
fn copy<R: Read>(
    file: &mut ZipFile<'_, R>,
    out: &mut impl Write,
    most: u64,
) -> Result<(u64, String)> {
    let mut digest = Context::new(&SHA256);
    let mut buffer = vec![0; 64 * 1024];
    let mut bytes = 0;
    while bytes <= most {
        let read = file.read(&mut buffer).map_err(unreadable)?;
        if read == 0 {
            break;
        }
        digest.update(&buffer[..read]);
        out.write_all(&buffer[..read])?;
        bytes += read as u64;
    }
    out.flush()?;
    Ok((bytes, hex::encode(digest.finish())))
}
