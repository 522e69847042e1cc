//! Errors of creating, opening and checking an archive, as sentences for the user.

/// The result of the functions of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an archive could not be created, opened or verified. The sentences never contain a key.
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
    /// This name is not allowed for a member. The sentence omits the name, which may be personal,
    /// since sentences end up in logs.
    #[error("the name of a member of the archive is not valid: {fault}")]
    Name {
        /// The rejected name.
        name: String,
        /// The violated rule.
        fault: NameFault,
    },
    /// The methods were called in the wrong order: a bug of the program, not an error of its input.
    #[error("the archive was used out of order: {0}")]
    OutOfOrder(&'static str),
    /// The data ends before the archive does.
    #[error("the archive is not complete. Download it again")]
    Truncated,
    /// The file is not encrypted with age.
    #[error("this file is not an archive encrypted with age")]
    NotEncrypted,
    /// The archive was encrypted to another key.
    #[error(
        "this identity does not open the archive. Use the one that was shown when the export was requested"
    )]
    WrongIdentity,
    /// The encrypted data or the ZIP inside is damaged.
    #[error("the archive is damaged. Download it again")]
    Damaged(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The manifest is missing, cannot be parsed or has a later format.
    #[error("the manifest of the archive cannot be read: {0}")]
    Manifest(String),
    /// A member differs from the manifest. As above, the sentence omits the name.
    #[error("a member of the archive does not match the manifest: {what}")]
    Mismatch {
        /// The member's name.
        name: String,
        /// The difference.
        what: &'static str,
    },
    /// The folder to unpack into is not empty.
    #[error("the folder to unpack into must be new or empty")]
    FolderNotEmpty,
    /// Reading or writing failed for a reason outside the archive.
    #[error("reading or writing failed")]
    Io(#[from] std::io::Error),
}

/// The rule that a member's name violates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameFault {
    /// The name is empty.
    #[error("it is empty")]
    Empty,
    /// More than 255 bytes of UTF-8.
    #[error("it is longer than 255 bytes")]
    TooLong,
    /// An empty segment: a slash at the start, at the end, or twice in a row.
    #[error("it has an empty segment")]
    EmptySegment,
    /// A segment that refers to another folder, such as `..`.
    #[error("it points outside the archive")]
    Escapes,
    /// A character or ending that some systems cannot store: control characters, backslash, colon,
    /// a trailing dot.
    #[error("it has a character or an ending that not every computer can store")]
    Unportable,
    /// The name of a device on Windows, such as `nul.txt`.
    #[error("it is a reserved name on Windows")]
    Device,
    /// `manifest.json` and `index.html` are written by the archive itself.
    #[error("the archive writes that member itself")]
    Reserved,
    /// The same name is already used, possibly with different capitals.
    #[error("it is already used")]
    Duplicate,
    /// A member cannot be a file and a folder at the same time.
    #[error("it is both a file and a folder")]
    FileAndFolder,
}
