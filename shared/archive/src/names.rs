//! Names of members that are safe to unpack on every operating system.
//!
//! The names of a user's files come from the user, or from an attacker who targets the recipient. A
//! safe name is kept; any other is cleaned and marked with a hash of the original, so that two
//! different names never become equal.

use std::collections::HashSet;

use aws_lc_rs::digest::{SHA256, digest};
use icu_casemap::CaseMapper;
use icu_normalizer::DecomposingNormalizer;
use icu_properties::{CodePointSetData, props::DefaultIgnorableCodePoint};

use crate::{Error, NameFault, Result};

/// Maximum length of a name from [`safe_name`], in bytes: it leaves 55 of the 255 for its folder.
pub const SAFE_NAME_MAX: usize = 200;

const NAME_MAX: usize = 255;
const DEVICES: [&str; 7] = ["CON", "PRN", "AUX", "NUL", "CLOCK$", "CONIN$", "CONOUT$"];
/// A tilde and this number of hexadecimal digits mark a changed name.
const MARK_DIGITS: usize = 16;

/// Checks a member's name: relative, segments joined by `/`, storable on Linux, macOS and Windows,
/// at most 255 bytes.
///
/// # Errors
/// [`Error::Name`] with the violated rule. Uniqueness is checked by
/// [`crate::Archive::begin_member`].
pub fn check_name(name: &str) -> Result<()> {
    match fault_of(name) {
        Some(fault) => Err(refused(name, fault)),
        None => Ok(()),
    }
}

/// Converts the name of a stored object, which may be any text, into a name that [`check_name`]
/// accepts, of at most [`SAFE_NAME_MAX`] bytes. Folders are kept. Equal names give equal results
/// and different names different ones, so the result can be computed again after a crash.
#[must_use]
pub fn safe_name(original: &str) -> String {
    let cleaned = cleaned(original);
    if cleaned == original && cleaned.len() <= SAFE_NAME_MAX && !looks_marked(&cleaned) {
        return cleaned;
    }
    marked(&cleaned, original.as_bytes())
}

/// The names of one archive: prevents two members from having the same path, even on file systems
/// that ignore case.
#[derive(Default)]
pub(crate) struct Names {
    files: HashSet<[u8; 16]>,
    folders: HashSet<[u8; 16]>,
}

impl Names {
    /// Claims a name for a member.
    pub(crate) fn claim(&mut self, name: &str) -> Result<()> {
        check_name(name)?;
        if let Some(fault) = self.conflict(name) {
            return Err(refused(name, fault));
        }
        self.files.insert(folded(name));
        for folder in folders_of(name) {
            self.folders.insert(folded(folder));
        }
        Ok(())
    }

    /// A free name in `folder` for an object, as close to the object's own as possible. It is not
    /// claimed yet.
    pub(crate) fn free(&self, folder: &str, original: &str) -> String {
        let mut name = format!("{folder}/{}", safe_name(original));
        let mut salt = 0_u64;
        while self.conflict(&name).is_some() {
            // Another object differs only in case or in the form of its accents, or is a folder
            // where this one is a file: a flat, marked name avoids the conflict.
            let flat = cleaned(&original.replace(['/', '\\'], "_"));
            let source = [original.as_bytes(), &[0], &salt.to_le_bytes()].concat();
            name = format!("{folder}/{}", marked(&flat, &source));
            salt += 1;
        }
        name
    }

    fn conflict(&self, name: &str) -> Option<NameFault> {
        if self.files.contains(&folded(name)) {
            return Some(NameFault::Duplicate);
        }
        let is_folder = self.folders.contains(&folded(name));
        let within_file = || folders_of(name).any(|folder| self.files.contains(&folded(folder)));
        (is_folder || within_file()).then_some(NameFault::FileAndFolder)
    }
}

fn refused(name: &str, fault: NameFault) -> Error {
    Error::Name { name: name.to_owned(), fault }
}

fn fault_of(name: &str) -> Option<NameFault> {
    if name.is_empty() {
        return Some(NameFault::Empty);
    }
    if name.len() > NAME_MAX {
        return Some(NameFault::TooLong);
    }
    name.split('/').find_map(fault_of_segment)
}

fn fault_of_segment(segment: &str) -> Option<NameFault> {
    if segment.is_empty() {
        return Some(NameFault::EmptySegment);
    }
    if segment == "." || segment == ".." {
        return Some(NameFault::Escapes);
    }
    if is_device(segment) {
        return Some(NameFault::Device);
    }
    let trimmed = trimmed(segment).len() < segment.len();
    (trimmed || segment.chars().any(is_unportable)).then_some(NameFault::Unportable)
}

/// Windows silently drops dots and spaces at the end, and a space at the start is easily
/// overlooked.
fn trimmed(segment: &str) -> &str {
    segment.trim_start_matches(' ').trim_end_matches(['.', ' '])
}

fn is_unportable(c: char) -> bool {
    let invisible = matches!(c,
        '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    c.is_control() || invisible || matches!(c, '\\' | '/' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
}

/// `nul`, `NUL.txt`, `com1.tar.gz`: Windows opens a device instead of a file.
fn is_device(segment: &str) -> bool {
    let stem = segment.split('.').next().unwrap_or_default().trim_end().to_uppercase();
    let numbered = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    let port = numbered.is_some_and(|rest| {
        let mut digits = rest.chars();
        matches!(digits.next(), Some('0'..='9' | '¹' | '²' | '³')) && digits.next().is_none()
    });
    port || DEVICES.contains(&stem.as_str())
}

fn cleaned(original: &str) -> String {
    let segments: Vec<String> = original.split(['/', '\\']).filter_map(cleaned_segment).collect();
    if segments.is_empty() { "unnamed".to_owned() } else { segments.join("/") }
}

fn cleaned_segment(segment: &str) -> Option<String> {
    let visible: String = segment.chars().map(|c| if is_unportable(c) { '_' } else { c }).collect();
    let kept = trimmed(&visible);
    if kept.is_empty() {
        return None;
    }
    Some(if is_device(kept) { format!("_{kept}") } else { kept.to_owned() })
}

/// Shortens `name` to fit and inserts a hash of `source` before its extension.
fn marked(name: &str, source: &[u8]) -> String {
    let hash = hex::encode(digest(&SHA256, source));
    let mark = &hash[..MARK_DIGITS];
    let (folders, file) = name.rsplit_once('/').unwrap_or(("", name));
    let (stem, extension) = match file.rsplit_once('.') {
        // Longer "extensions" are part of a sentence with a dot.
        Some((stem, extension)) if !stem.is_empty() && (1..=12).contains(&extension.len()) => {
            (stem, extension)
        }
        _ => (file, ""),
    };
    let dot = if extension.is_empty() { "" } else { "." };
    let tail = format!("~{mark}{dot}{extension}");
    // If there is not enough room, the folders are cut first: they matter less than the name.
    let folders =
        if folders.len() + 1 + stem.len() + tail.len() <= SAFE_NAME_MAX { folders } else { "" };
    let slash = if folders.is_empty() { "" } else { "/" };
    let room = SAFE_NAME_MAX - tail.len() - folders.len() - slash.len();
    let stem = &stem[..stem.floor_char_boundary(room)];
    format!("{folders}{slash}{stem}{tail}")
}

/// Whether a name could be confused with a marked one.
fn looks_marked(name: &str) -> bool {
    name.match_indices('~').any(|(at, _)| {
        let digits = name[at + 1..].bytes().take(MARK_DIGITS);
        digits.filter(u8::is_ascii_hexdigit).count() == MARK_DIGITS
    })
}

fn folders_of(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('/').map(|(at, _)| &name[..at])
}

/// A short hash of the name without case and accent composition: APFS and HFS+ treat such names as
/// equal (Unicode, D145). A million names need less than 16 MB, and 128 bits do not collide by
/// chance.
fn folded(name: &str) -> [u8; 16] {
    let nfd = DecomposingNormalizer::new_nfd();
    let caseless = CaseMapper::new().fold_string(&nfd.normalize(name)).into_owned();
    // HFS+ also ignores invisible characters.
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let seen: String =
        nfd.normalize(&caseless).chars().filter(|c| !ignorable.contains(*c)).collect();
    let hash = digest(&SHA256, seen.as_bytes());
    let mut short = [0; 16];
    short.copy_from_slice(&hash.as_ref()[..16]);
    short
}
