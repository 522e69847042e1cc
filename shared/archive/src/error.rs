//! What can go wrong while an archive is made, opened or checked, in sentences for the person who
//! reads them.

/// The answer of everything in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an archive could not be made, opened or trusted. None of the sentences repeats a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No recipient was given: nobody could ever open the archive.
    #[error("the archive has no age recipient. Give at least one")]
    NoRecipient,
    /// More recipients than [`crate::ArchiveOptions::MAX_RECIPIENTS`].
    #[error("an archive can have at most {0} recipients. Remove some")]
    TooManyRecipients(usize),
    /// The text is not an X25519 recipient.
    #[error(
        "this is not an age recipient. Recipients begin with age1 and are printed by age-keygen"
    )]
    BadRecipient,
    /// The text holds no X25519 identity, or more than one.
    #[error("this is not an age identity. Give the line that begins with AGE-SECRET-KEY-1")]
    BadIdentity,
    /// The part size is zero.
    #[error("a part must have at least one byte")]
    NoPartSize,
    /// A member may not be called this.
    /// The sentence doesn't repeat the name: it may be a person's, and sentences end in logs.
    #[error("the name of a member of the archive is not valid: {fault}")]
    Name {
        /// The name that was refused.
        name: String,
        /// The rule it breaks.
        fault: NameFault,
    },
    /// The calls came in an order that makes no archive; a mistake of the programme, not of its
    /// input.
    #[error("the archive was used out of order: {0}")]
    OutOfOrder(&'static str),
    /// The bytes end before the archive does.
    #[error("the archive is not complete. Download it again")]
    Truncated,
    /// The file is not encrypted with age.
    #[error("this file is not an archive encrypted with age")]
    NotEncrypted,
    /// The archive was encrypted to somebody else's key.
    #[error(
        "this identity does not open the archive. Use the one that was shown when the export was requested"
    )]
    WrongIdentity,
    /// The encrypted bytes or the ZIP within are damaged.
    #[error("the archive is damaged. Download it again")]
    Damaged(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The manifest is missing, is not understood or is of a later format.
    #[error("the manifest of the archive cannot be read: {0}")]
    Manifest(String),
    /// A member differs from what the manifest promises. As above, the name stands beside the
    /// sentence.
    #[error("a member of the archive does not match the manifest: {what}")]
    Mismatch {
        /// The member's name.
        name: String,
        /// What differs.
        what: &'static str,
    },
    /// The folder to unpack into already holds something.
    #[error("the folder to unpack into must be new or empty")]
    FolderNotEmpty,
    /// Reading or writing failed for a reason outside the archive.
    #[error("reading or writing failed")]
    Io(#[from] std::io::Error),
}

/// The rule that a member's name breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameFault {
    /// No character at all.
    #[error("it is empty")]
    Empty,
    /// More than 255 bytes of UTF-8.
    #[error("it is longer than 255 bytes")]
    TooLong,
    /// An empty segment: a slash in front, behind, or twice in a row.
    #[error("it has an empty segment")]
    EmptySegment,
    /// A segment that means another folder, such as `..`.
    #[error("it points outside the archive")]
    Escapes,
    /// A character or ending that some system can't store: control characters, backslash, colon, a
    /// trailing dot.
    #[error("it has a character or an ending that not every computer can store")]
    Unportable,
    /// The name of a device on Windows, such as `nul.txt`.
    #[error("it is a reserved name on Windows")]
    Device,
    /// `manifest.json` and `index.html` are written by the archive itself.
    #[error("the archive writes that member itself")]
    Reserved,
    /// The same name was used before, perhaps with other capitals.
    #[error("it is already used")]
    Duplicate,
    /// A member can't be a file and a folder at once.
    #[error("it is both a file and a folder")]
    FileAndFolder,
}
