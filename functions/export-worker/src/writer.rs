//! The way from records to the bucket: what is written goes through the archive, and each full part
//! of it is uploaded at once, so that memory stays flat. On the way it reports progress, and learns
//! from the same write whether the job is still this run's.

use std::time::Duration;

use provost_app::App;
use provost_archive::{About, Archive, ArchiveOptions, Compression, Recipient};
use provost_domain::{
    Timestamp,
    export::{ExportJob, Progress, object_key},
    time::SECOND,
};
use provost_jobs::Deadline;
use provost_store::{StoreError, objects::Part};
use serde::Serialize;
use tracing::warn;

/// The archive wants pieces of at most this many bytes.
const PIECE: usize = 256 * 1024;
/// With less than this left a run stops by itself: enough to upload a part, to give the upload up
/// and to answer.
const SPARE: Duration = Duration::from_secs(60);
/// Progress is written when so many percent were added…
const REPORT_PERCENT: u8 = 5;
/// …or so many milliseconds have passed.
const REPORT_EVERY: i64 = 2 * SECOND;

/// Why a run ends before its archive is complete.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The job is not this run's any more: another took it, or somebody cancelled it.
    Lost,
    /// The runtime would stop the function soon.
    OutOfTime,
    /// Reading or writing failed.
    Store(StoreError),
    /// The archive refused what it was given.
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

/// What a complete archive came to.
pub(crate) struct Written {
    pub(crate) size: u64,
    pub(crate) sha256: String,
    pub(crate) progress: Progress,
}

/// An archive on its way into the bucket.
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
    /// Records of the open member that wait to be written.
    buffer: Vec<u8>,
}

impl<'a> Writer<'a> {
    /// Begins the archive and its upload, and notes the upload with the job.
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

    /// Sets how many units there will be, as far as is known.
    pub(crate) fn expect(&mut self, total: u64) {
        self.progress.total = total;
    }

    /// Says what is being written from now on.
    pub(crate) fn stage(&mut self, stage: &str) {
        self.progress.stage = stage.to_owned();
    }

    fn archive(&mut self) -> Result<&mut Archive, Stop> {
        self.archive.as_mut().ok_or(Stop::Archive(provost_archive::Error::OutOfOrder(
            "the archive was ended before",
        )))
    }

    /// Begins a file of the archive.
    pub(crate) fn begin_member(
        &mut self,
        name: &str,
        compression: Compression,
        bytes: Option<u64>,
    ) -> Result<(), Stop> {
        Ok(self.archive()?.begin_member_of(name, compression, bytes)?)
    }

    /// A name for one of the person's own files that is safe to unpack and not taken.
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

    /// Notes in the archive that something could not be read.
    pub(crate) fn gap(&mut self, name: &str, reason: &str) -> Result<(), Stop> {
        self.archive()?.add_gap(name, reason);
        Ok(())
    }

    async fn upload_parts(&mut self) -> Result<(), Stop> {
        while let Some(part) = self.archive()?.take_part()? {
            if !self.deadline.allows(SPARE) {
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

    /// Counts finished units, and reports when it is time to.
    pub(crate) async fn done(&mut self, units: u64) -> Result<(), Stop> {
        self.progress.done += units;
        self.progress.total = self.progress.total.max(self.progress.done);
        self.keep_alive().await
    }

    /// Reports when it is time to: after two seconds or five percent, whichever comes first.
    pub(crate) async fn keep_alive(&mut self) -> Result<(), Stop> {
        if !self.deadline.allows(SPARE) {
            return Err(Stop::OutOfTime);
        }
        // The last percent is for the page, the manifest and the end of the upload. An earlier run
        // may have come further; a figure that was shown stays.
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
        if !self.app.store().report_export(&self.job, &self.progress, now).await? {
            return Err(Stop::Lost);
        }
        self.reported = Some((now, self.progress.percent));
        Ok(())
    }

    /// Ends the archive and, if the job is still this run's, the upload.
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

    /// Gives the upload up. When that fails the next run does it, or the sweeper, or the bucket's
    /// own rule after a day.
    pub(crate) async fn give_up(&self) {
        let (store, id) = (self.app.store(), self.job.id);
        if let Err(cause) =
            store.abort_upload(&store.names().exports, &self.key, &self.upload).await
        {
            warn!(export.id = %id, %cause, "the upload of export {id} could not be given up");
        }
    }
}
