//! Writes records to the bucket: data goes through the archive, and each full part of it is
//! uploaded at once, so that memory use is constant. Each progress report also checks that the job
//! still belongs to this run.

use provost_app::App;
use provost_archive::{About, Archive, ArchiveOptions, Compression, Recipient};
use provost_domain::{
    Timestamp,
    export::{ExportJob, Progress, object_key},
    time::SECOND,
};
use provost_jobs::{Deadline, ENOUGH};
use provost_store::{StoreError, objects::Part};
use serde::Serialize;
use tracing::warn;

/// Maximum size of a piece for the archive, in bytes.
const PIECE: usize = 256 * 1024;
/// Progress is saved after this many percent…
const REPORT_PERCENT: u8 = 5;
/// …or after this many milliseconds.
const REPORT_EVERY: i64 = 2 * SECOND;

/// Why a run ends before its archive is complete.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The job no longer belongs to this run: another run claimed it, or it was cancelled.
    Lost,
    /// Lambda would stop the function soon.
    OutOfTime,
    /// Reading or writing failed.
    Store(StoreError),
    /// The archive returned an error.
    Archive(provost_archive::Error),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<provost_archive::Error> for Stop {
    fn from(error: provost_archive::Error) -> Self {
        Self::Archive(error)
    }
}

/// A completed archive.
pub(crate) struct Written {
    pub(crate) size: u64,
    pub(crate) sha256: String,
    pub(crate) progress: Progress,
}

/// An archive that is being written to the bucket.
pub(crate) struct Writer<'a> {
    pub(crate) app: &'a App,
    pub(crate) job: ExportJob,
    deadline: Deadline,
    archive: Option<Archive>,
    key: String,
    upload: String,
    parts: Vec<Part>,
    progress: Progress,
    reported: Option<(Timestamp, u8)>,
    /// Records of the open member that are not written yet.
    buffer: Vec<u8>,
}

impl<'a> Writer<'a> {
    /// Starts the archive and its upload, and stores the upload id in the job.
    pub(crate) async fn begin(
        app: &'a App,
        job: ExportJob,
        deadline: Deadline,
    ) -> Result<Self, Stop> {
        let recipients = job
            .recipients
            .iter()
            .map(|text| Recipient::parse(text))
            .collect::<Result<Vec<_>, _>>()?;
        let archive = Archive::create(ArchiveOptions::new(recipients, app.now().seconds()))?;
        let (store, key) = (app.store(), object_key(job.id));
        let upload = store.begin_upload(&store.names().exports, &key).await?;
        let progress = Progress { percent: job.progress.percent, ..Progress::default() };
        let writer = Self {
            app,
            deadline,
            archive: Some(archive),
            key,
            upload,
            parts: Vec::new(),
            progress,
            reported: None,
            buffer: Vec::new(),
            job,
        };
        let noted = store.note_export_upload(&writer.job, &writer.upload).await;
        if !matches!(noted, Ok(true)) {
            writer.give_up().await;
        }
        if noted? { Ok(writer) } else { Err(Stop::Lost) }
    }

    /// Sets the expected number of units.
    pub(crate) fn expect(&mut self, total: u64) {
        self.progress.total = total;
    }

    /// Sets the stage that the progress shows.
    pub(crate) fn stage(&mut self, stage: &str) {
        self.progress.stage = stage.to_owned();
    }

    fn archive(&mut self) -> Result<&mut Archive, Stop> {
        self.archive.as_mut().ok_or(Stop::Archive(provost_archive::Error::OutOfOrder(
            "the archive was ended before",
        )))
    }

    /// Starts a file in the archive.
    pub(crate) fn begin_member(
        &mut self,
        name: &str,
        compression: Compression,
        bytes: Option<u64>,
    ) -> Result<(), Stop> {
        Ok(self.archive()?.begin_member_of(name, compression, bytes)?)
    }

    /// A name for one of the user's files that is safe to unpack and not in use.
    pub(crate) fn free_name(&mut self, folder: &str, name: &str) -> Result<String, Stop> {
        Ok(self.archive()?.free_name(folder, name))
    }

    /// Adds a record, a line of JSON, to the open member.
    pub(crate) async fn record<T: Serialize>(&mut self, record: &T) -> Result<(), Stop> {
        serde_json::to_writer(&mut self.buffer, record)
            .map_err(|cause| Stop::Store(StoreError::unreadable("a record", cause)))?;
        self.buffer.push(b'\n');
        self.archive()?.add_records(1)?;
        if self.buffer.len() >= PIECE {
            self.flush().await?;
        }
        Ok(())
    }

    /// Adds a text of so many records to the open member.
    pub(crate) async fn text(&mut self, text: &str, records: u64) -> Result<(), Stop> {
        self.lines(text.as_bytes(), records).await
    }

    /// The same for bytes.
    pub(crate) async fn lines(&mut self, bytes: &[u8], records: u64) -> Result<(), Stop> {
        self.archive()?.add_records(records)?;
        self.bytes(bytes).await
    }

    async fn flush(&mut self) -> Result<(), Stop> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        let written = self.bytes(&buffer).await;
        buffer.clear();
        self.buffer = buffer;
        written
    }

    /// Adds bytes to the open member, and uploads the parts that they fill.
    pub(crate) async fn bytes(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        for piece in bytes.chunks(PIECE) {
            self.archive()?.write(piece)?;
            self.upload_parts().await?;
        }
        Ok(())
    }

    /// Ends the open member.
    pub(crate) async fn end_member(&mut self) -> Result<(), Stop> {
        self.flush().await?;
        self.archive()?.end_member()?;
        Ok(())
    }

    /// Records in the archive that something could not be read.
    pub(crate) fn gap(&mut self, name: &str, reason: &str) -> Result<(), Stop> {
        self.archive()?.add_gap(name, reason);
        Ok(())
    }

    async fn upload_parts(&mut self) -> Result<(), Stop> {
        while let Some(part) = self.archive()?.take_part()? {
            // Enough to upload a part, abort the upload and respond.
            if !self.deadline.allows(ENOUGH) {
                return Err(Stop::OutOfTime);
            }
            let store = self.app.store();
            let number = i32::try_from(part.number).unwrap_or(i32::MAX);
            self.parts.push(
                store
                    .upload_part(
                        &store.names().exports,
                        &self.key,
                        &self.upload,
                        number,
                        part.bytes,
                    )
                    .await?,
            );
        }
        Ok(())
    }

    /// Counts finished units, and reports progress if it is due.
    pub(crate) async fn done(&mut self, units: u64) -> Result<(), Stop> {
        self.progress.done += units;
        self.progress.total = self.progress.total.max(self.progress.done);
        self.keep_alive().await
    }

    /// Reports progress if it is due: after two seconds or five percent.
    pub(crate) async fn keep_alive(&mut self) -> Result<(), Stop> {
        if !self.deadline.allows(ENOUGH) {
            return Err(Stop::OutOfTime);
        }
        // The last percent is for the page, the manifest and the end of the upload. The progress
        // never decreases, even if an earlier run got further.
        let percent =
            self.progress.done.saturating_mul(99).checked_div(self.progress.total).unwrap_or(0);
        self.progress.percent =
            self.progress.percent.max(u8::try_from(percent.min(99)).unwrap_or(99));
        let due = self.reported.is_none_or(|(at, percent)| {
            self.progress.percent >= percent.saturating_add(REPORT_PERCENT)
                || self.app.now().since(at) >= REPORT_EVERY
        });
        if due { self.report().await } else { Ok(()) }
    }

    async fn report(&mut self) -> Result<(), Stop> {
        let now = self.app.now();
        self.job.progress = self.progress.clone();
        if !self.app.store().report_job(&self.job, now).await? {
            return Err(Stop::Lost);
        }
        self.reported = Some((now, self.progress.percent));
        Ok(())
    }

    /// Completes the archive and, if the job still belongs to this run, the upload.
    pub(crate) async fn finish(&mut self, about: About) -> Result<Written, Stop> {
        self.stage("finishing");
        self.archive()?.finish_with_manifest(about)?;
        self.upload_parts().await?;
        let archive = self.archive.take().ok_or(Stop::Archive(
            provost_archive::Error::OutOfOrder("the archive was ended before"),
        ))?;
        let summary = archive.into_summary()?;
        self.progress.percent = 99;
        self.report().await?;
        let store = self.app.store();
        store.complete_upload(&store.names().exports, &self.key, &self.upload, &self.parts).await?;
        let progress = Progress {
            done: self.progress.done,
            total: self.progress.done,
            percent: 100,
            stage: "completed".to_owned(),
        };
        Ok(Written { size: summary.size, sha256: summary.sha256, progress })
    }

    /// Aborts the upload. If that fails, the next run does it, or the scheduler, or the bucket's
    /// lifecycle rule after a day.
    pub(crate) async fn give_up(&self) {
        let (store, id) = (self.app.store(), self.job.id);
        if let Err(cause) =
            store.abort_upload(&store.names().exports, &self.key, &self.upload).await
        {
            warn!(export.id = %id, %cause, "the upload of export {id} could not be given up");
        }
    }
}
