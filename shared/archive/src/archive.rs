//! An archive in the making: members go in one after the other, encrypted parts come out.

use age::stream::StreamWriter;
use aws_lc_rs::digest::{Context, SHA256};

use crate::ending::Ending;
use crate::names::Names;
use crate::parts::{PART_SIZE, Part, Parts};
use crate::zip_stream::{Entry, Method, ZipStream};
use crate::{About, Error, Gap, NameFault, Recipient, Result, words};

/// The member that lists the others.
pub(crate) const MANIFEST: &str = "manifest.json";
/// The member that a person opens first.
pub(crate) const PAGE: &str = "index.html";

/// How an archive is begun.
#[derive(Debug, Clone)]
pub struct ArchiveOptions {
    /// Everybody who may open it; each on their own. At least one, at most
    /// [`ArchiveOptions::MAX_RECIPIENTS`].
    pub recipients: Vec<Recipient>,
    /// Stamped on every member and told on the page, in seconds since 1970.
    pub created_at_unix_seconds: i64,
    /// The size of a part in bytes; S3 wants at least 5 MiB.
    pub part_size: usize,
}

impl ArchiveOptions {
    /// Each recipient adds about 200 bytes to the header, and work for everybody who opens the
    /// archive.
    pub const MAX_RECIPIENTS: usize = 20;

    /// Parts of the usual size, [`PART_SIZE`].
    #[must_use]
    pub fn new(recipients: Vec<Recipient>, created_at_unix_seconds: i64) -> Self {
        Self { recipients, created_at_unix_seconds, part_size: PART_SIZE }
    }
}

/// Whether a member is worth squeezing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// As it is: for pictures, films, archives, which are compressed already.
    Stored,
    /// Deflated: for text.
    Deflate,
}

impl Compression {
    /// Chooses by the extension of a name: what is compressed by its own format is stored.
    #[must_use]
    pub fn for_name(name: &str) -> Self {
        const COMPRESSED: [&str; 34] = [
            "7z", "aac", "age", "avif", "br", "bz2", "docx", "flac", "gif", "gz", "heic", "heif",
            "jar", "jpeg", "jpg", "jxl", "m4a", "m4v", "mkv", "mov", "mp3", "mp4", "odt", "ogg",
            "opus", "png", "pptx", "rar", "webm", "webp", "xlsx", "xz", "zip", "zst",
        ];
        let extension = name
            .rsplit_once('.')
            .map(|(_, extension)| extension.to_ascii_lowercase())
            .unwrap_or_default();
        if COMPRESSED.contains(&extension.as_str()) { Self::Stored } else { Self::Deflate }
    }
}

/// A member that has been written.
#[derive(Debug, Clone)]
pub struct Member {
    name: Box<str>,
    records: u64,
    sha256: [u8; 32],
    pub(crate) entry: Entry,
}

impl Member {
    /// Its path in the archive.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many records it holds, as counted by [`Archive::add_records`].
    #[must_use]
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Its size in bytes, before compression.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.entry.bytes
    }

    /// SHA-256 of its bytes before compression, in lower-case hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> String {
        hex::encode(self.sha256)
    }
}

/// What was made, once the last part is taken.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Size of the encrypted archive in bytes.
    pub size: u64,
    /// SHA-256 of the encrypted archive, in lower-case hexadecimal.
    pub sha256: String,
    /// How many parts it came in.
    pub parts: u32,
    /// Every member, the page and the manifest last.
    pub members: Vec<Member>,
}

struct OpenMember {
    name: Box<str>,
    records: u64,
    digest: Context,
}

/// An archive being written; see the crate's page for the whole round.
///
/// After each [`write`](Archive::write) take the parts that are ready: then never more waits than
/// one part and what the last piece came to. Give pieces of at most 512 KiB, so that this stays
/// below the part size and 1 MiB; beside it stand a few hundred KiB of the compressor and the
/// cipher, and about 170 bytes for each member.
///
/// An archive that is dropped unfinished leaves nothing behind and can't be opened by anybody.
pub struct Archive {
    pub(crate) parts: Parts,
    /// `None` once everything is written.
    pub(crate) zip: Option<ZipStream<StreamWriter<Parts>>>,
    open: Option<OpenMember>,
    pub(crate) members: Vec<Member>,
    names: Names,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) created_at: i64,
    pub(crate) ending: Option<Ending>,
}

impl Archive {
    /// Begins an archive for the given recipients, with a fresh file key.
    ///
    /// # Errors
    /// [`Error::NoRecipient`], [`Error::TooManyRecipients`], [`Error::NoPartSize`].
    pub fn create(options: ArchiveOptions) -> Result<Self> {
        if options.recipients.is_empty() {
            return Err(Error::NoRecipient);
        }
        if options.recipients.len() > ArchiveOptions::MAX_RECIPIENTS {
            return Err(Error::TooManyRecipients(ArchiveOptions::MAX_RECIPIENTS));
        }
        if options.part_size == 0 {
            return Err(Error::NoPartSize);
        }
        let parts = Parts::new(options.part_size);
        let recipients = options.recipients.iter().map(Recipient::as_age);
        // Only a key of no order fails here, and such a recipient protects nothing.
        let encryptor =
            age::Encryptor::with_recipients(recipients).map_err(|_| Error::BadRecipient)?;
        let encrypted = encryptor.wrap_output(parts.clone())?;
        let created_at = options.created_at_unix_seconds;
        Ok(Self {
            parts,
            zip: Some(ZipStream::new(encrypted, words::dos(created_at))),
            open: None,
            members: Vec::new(),
            names: Names::default(),
            gaps: Vec::new(),
            created_at,
            ending: None,
        })
    }

    /// A name for one of the person's files in `folder`: its own name where that is safe and free,
    /// else one that is. It is taken by [`Archive::begin_member`].
    #[must_use]
    pub fn free_name(&self, folder: &str, object_name: &str) -> String {
        self.names.free(folder, object_name)
    }

    /// Begins a member. Its name is made by us: see [`crate::check_name`], and
    /// [`Archive::free_name`] for files.
    ///
    /// # Errors
    /// [`Error::Name`], also for a name that is used already; [`Error::OutOfOrder`] when another
    /// member is open or the archive finished.
    pub fn begin_member(&mut self, name: &str, compression: Compression) -> Result<()> {
        self.begin_member_of(name, compression, None)
    }

    /// Begins a member whose size in bytes is known, as for a stored object; matters to some
    /// readers from 4 GiB on.
    ///
    /// # Errors
    /// As [`Archive::begin_member`].
    pub fn begin_member_of(
        &mut self,
        name: &str,
        compression: Compression,
        expected_bytes: Option<u64>,
    ) -> Result<()> {
        if self.ending.is_some() {
            return Err(Error::OutOfOrder("a member was begun after the end"));
        }
        if [MANIFEST, PAGE].iter().any(|own| name.eq_ignore_ascii_case(own)) {
            return Err(Error::Name { name: name.to_owned(), fault: NameFault::Reserved });
        }
        self.begin_any(name, compression, expected_bytes)
    }

    pub(crate) fn begin_any(
        &mut self,
        name: &str,
        compression: Compression,
        expected_bytes: Option<u64>,
    ) -> Result<()> {
        let Some(zip) = &mut self.zip else {
            return Err(Error::OutOfOrder("a member was begun after the end"));
        };
        if self.open.is_some() {
            return Err(Error::OutOfOrder("a member was begun while another was open"));
        }
        self.names.claim(name)?;
        let method = match compression {
            Compression::Stored => Method::Stored,
            Compression::Deflate => Method::Deflated,
        };
        zip.begin(name, method, expected_bytes)?;
        self.open =
            Some(OpenMember { name: name.into(), records: 0, digest: Context::new(&SHA256) });
        Ok(())
    }

    /// Adds bytes to the open member. Take the parts afterwards.
    ///
    /// # Errors
    /// [`Error::OutOfOrder`] when no member is open.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let (Some(open), Some(zip)) = (&mut self.open, &mut self.zip) else {
            return Err(Error::OutOfOrder("bytes came without a member"));
        };
        open.digest.update(bytes);
        zip.write(bytes)?;
        Ok(())
    }

    /// Counts records of the open member.
    ///
    /// # Errors
    /// [`Error::OutOfOrder`] when no member is open.
    pub fn add_records(&mut self, records: u64) -> Result<()> {
        let open =
            self.open.as_mut().ok_or(Error::OutOfOrder("records were counted without a member"))?;
        open.records = open.records.saturating_add(records);
        Ok(())
    }

    /// Ends the open member and tells what it came to.
    ///
    /// # Errors
    /// [`Error::OutOfOrder`] when no member is open.
    pub fn end_member(&mut self) -> Result<&Member> {
        let missing = Error::OutOfOrder("a member was ended that was not begun");
        let (Some(open), Some(zip)) = (self.open.take(), &mut self.zip) else {
            return Err(missing);
        };
        let entry = zip.end()?.ok_or(missing)?;
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(open.digest.finish().as_ref());
        self.members.push(Member { name: open.name, records: open.records, sha256, entry });
        self.members.last().ok_or(Error::OutOfOrder("a member was ended that was not begun"))
    }

    /// Notes something that should be in the archive but could not be read. It stands in the
    /// manifest and on the page. Give both as sentences for the person; never an internal name.
    pub fn add_gap(&mut self, name: impl Into<String>, reason: impl Into<String>) {
        self.gaps.push(Gap { name: name.into(), reason: reason.into() });
    }

    /// The members that are complete.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Ends the archive with the page, the manifest and the directory. They are made while the
    /// remaining parts are taken, so that they need no more memory than the rest: call
    /// [`Archive::take_part`] until it is empty, then [`Archive::into_summary`].
    ///
    /// # Errors
    /// [`Error::OutOfOrder`] when a member is open or the archive was finished before.
    pub fn finish_with_manifest(&mut self, about: About) -> Result<()> {
        if self.open.is_some() {
            return Err(Error::OutOfOrder("the archive was finished while a member was open"));
        }
        if self.ending.is_some() || self.zip.is_none() {
            return Err(Error::OutOfOrder("the archive was finished twice"));
        }
        self.ending = Some(Ending::new(about));
        Ok(())
    }

    /// The next part to upload: a full one, or after [`Archive::finish_with_manifest`] also the
    /// last. `None` says: write more, or, after the end, that was all.
    ///
    /// # Errors
    /// None that a caller can cause.
    pub fn take_part(&mut self) -> Result<Option<Part>> {
        loop {
            if let Some(part) = self.parts.take() {
                return Ok(Some(part));
            }
            if self.zip.is_none() || self.ending.is_none() {
                return Ok(None);
            }
            self.continue_ending()?;
        }
    }

    /// What was made.
    ///
    /// # Errors
    /// [`Error::OutOfOrder`] when the archive isn't finished or parts are left to take.
    pub fn into_summary(self) -> Result<Summary> {
        if self.zip.is_some() || self.parts.held() > 0 {
            return Err(Error::OutOfOrder(
                "the summary was asked for before the last part was taken",
            ));
        }
        Ok(Summary {
            size: self.parts.size(),
            sha256: hex::encode(self.parts.sha256()),
            parts: self.parts.parts_taken(),
            members: self.members,
        })
    }

    /// Encrypted bytes that wait to be taken, right now.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.parts.held()
    }

    /// The most encrypted bytes that ever waited.
    #[must_use]
    pub fn most_held_bytes(&self) -> usize {
        self.parts.most_held()
    }
}

impl std::fmt::Debug for Archive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let finished = self.zip.is_none();
        f.debug_struct("Archive")
            .field("members", &self.members.len())
            .field("finished", &finished)
            .finish_non_exhaustive()
    }
}
