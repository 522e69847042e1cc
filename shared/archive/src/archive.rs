//! An archive that is being written: members are pushed in one after the other, and encrypted parts
//! are taken out.

use age::stream::StreamWriter;
use aws_lc_rs::digest::{Context, SHA256};

use crate::ending_state::Ending;
use crate::keys::MAX_RECIPIENTS;
use crate::member::{Compression, MANIFEST, Member, PAGE};
use crate::names::Names;
use crate::parts::{PART_SIZE, Part, Parts};
use crate::zip_stream::{Method, ZipStream};
use crate::{About, Error, Gap, NameFault, Recipient, Result, words};

/// Options of a new archive.
#[derive(Debug, Clone)]
pub struct ArchiveOptions {
    /// The recipients, each of whom can open the archive alone. At least one, at most
    /// [`ArchiveOptions::MAX_RECIPIENTS`].
    pub recipients: Vec<Recipient>,
    /// Time of creation, for every member and the page, in seconds since 1970.
    pub created_at_unix_seconds: i64,
    /// Size of a part in bytes; S3 requires at least 5 MiB.
    pub part_size: usize,
}

impl ArchiveOptions {
    /// Maximum number of recipients.
    pub const MAX_RECIPIENTS: usize = MAX_RECIPIENTS;

    /// Options with the default part size, [`PART_SIZE`].
    #[must_use]
    pub fn new(recipients: Vec<Recipient>, created_at_unix_seconds: i64) -> Self {
        Self { recipients, created_at_unix_seconds, part_size: PART_SIZE }
    }
}

/// Summary of a finished archive, after the last part was taken.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Size of the encrypted archive in bytes.
    pub size: u64,
    /// SHA-256 of the encrypted archive, in lower-case hexadecimal.
    pub sha256: String,
    /// Number of parts.
    pub parts: u32,
    /// All members; the page and the manifest are last.
    pub members: Vec<Member>,
}

struct OpenMember {
    name: Box<str>,
    records: u64,
    digest: Context,
}

/// An archive being written; the crate's documentation has a complete example.
///
/// After each [`write`](Archive::write), take the parts that are ready: then memory holds at most
/// one part and the output of the last piece. Push pieces of at most 512 KiB, so that this stays
/// below the part size plus 1 MiB; in addition there are a few hundred KiB for the compressor and
/// the cipher, and about 170 bytes for each member.
///
/// An archive that is dropped before it is finished leaves nothing behind and cannot be opened.
pub struct Archive {
    pub(crate) parts: Parts,
    /// `None` after everything is written.
    pub(crate) zip: Option<ZipStream<StreamWriter<Parts>>>,
    open: Option<OpenMember>,
    pub(crate) members: Vec<Member>,
    names: Names,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) created_at: i64,
    pub(crate) ending: Option<Ending>,
}

impl Archive {
    /// Creates an archive for the given recipients, with a new file key.
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
        // Only a key of low order fails here, and such a recipient protects nothing.
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

    /// A name for one of the user's files in `folder`: its own name if that is safe and free,
    /// otherwise a similar one. [`Archive::begin_member`] claims it.
    #[must_use]
    pub fn free_name(&self, folder: &str, object_name: &str) -> String {
        self.names.free(folder, object_name)
    }

    /// Begins a member. For the name see [`crate::check_name`], and [`Archive::free_name`] for
    /// files.
    ///
    /// # Errors
    /// [`Error::Name`], also for a name that is already used; [`Error::OutOfOrder`] when another
    /// member is open or the archive is finished.
    pub fn begin_member(&mut self, name: &str, compression: Compression) -> Result<()> {
        self.begin_member_of(name, compression, None)
    }

    /// Begins a member of known size in bytes, such as a stored object; some readers need the size
    /// from 4 GiB on.
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

    /// Adds bytes to the open member. Then take the parts that are ready.
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

    /// Ends the open member and returns it.
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

    /// Records data that should be in the archive but could not be read, in the manifest and on the
    /// page. Pass both as text for the user; never an internal name.
    pub fn add_gap(&mut self, name: impl Into<String>, reason: impl Into<String>) {
        self.gaps.push(Gap { name: name.into(), reason: reason.into() });
    }

    /// The complete members.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Ends the archive with the page, the manifest and the directory. They are written while the
    /// remaining parts are taken, so they need no additional memory: call [`Archive::take_part`]
    /// until it is empty, then [`Archive::into_summary`].
    ///
    /// # Errors
    /// [`Error::OutOfOrder`] when a member is open or the archive is already finished.
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
    /// last. `None` means that more must be written or, after the end, that there are no more
    /// parts.
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

    /// The summary of the archive.
    ///
    /// # Errors
    /// [`Error::OutOfOrder`] when the archive is not finished or parts are left to take.
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

    /// Encrypted bytes that currently wait to be taken.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.parts.held()
    }

    /// The maximum of [`held_bytes`](Archive::held_bytes) so far.
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
