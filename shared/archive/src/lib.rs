//! The archive of a data export: a ZIP, encrypted to the user's age key, written piece by piece.
//!
//! ```text
//! members ─▶ deflate ─▶ ZIP ─▶ age ─▶ parts of 8 MiB ─▶ (the caller uploads them)
//! ```
//!
//! [`Archive`] is a state machine without threads, files or network: bytes are pushed in, and after
//! each push the caller takes the parts that are ready and uploads them. Memory holds one part,
//! regardless of the size of the archive, and a short entry for each member (name, counts, hash),
//! which the directory at the end needs.
//!
//! ```
//! use provost_archive::{About, Archive, ArchiveOptions, Compression, Identity, verify};
//!
//! # fn main() -> Result<(), provost_archive::Error> {
//! let identity = Identity::generate();
//! let mut archive = Archive::create(ArchiveOptions::new(vec![identity.recipient()], 1_795_190_400))?;
//! let mut uploaded = Vec::new();
//!
//! archive.begin_member("profile.json", Compression::Deflate)?;
//! archive.write(br#"{"displayName":"Ada"}"#)?;
//! archive.add_records(1)?;
//! archive.end_member()?;
//! while let Some(part) = archive.take_part()? {
//!     uploaded.extend_from_slice(&part.bytes);
//! }
//!
//! archive.finish_with_manifest(About::new("psn_7f3a"))?;
//! while let Some(part) = archive.take_part()? {
//!     uploaded.extend_from_slice(&part.bytes);
//! }
//! let summary = archive.into_summary()?;
//!
//! assert_eq!(summary.size, uploaded.len() as u64);
//! assert_eq!(verify(std::io::Cursor::new(uploaded), &identity)?.records, 1);
//! # Ok(())
//! # }
//! ```

mod archive;
mod ending;
mod ending_state;
mod error;
mod keys;
mod manifest;
mod member;
mod names;
mod page;
mod parts;
mod verify;
mod words;
mod zip_stream;

pub use archive::{Archive, ArchiveOptions, Summary};
pub use error::{Error, NameFault, Result};
pub use keys::{Identity, InvalidRecipients, Recipient, choose_recipients};
pub use manifest::{
    About, CategoryText, FORMAT_VERSION, Gap, Manifest, ManifestMember, Subject, Totals, Volume,
};
pub use member::{Compression, Member};
pub use names::{SAFE_NAME_MAX, check_name, safe_name};
pub use parts::{PART_SIZE, Part};
pub use verify::{Report, decrypt, unpack, verify};
