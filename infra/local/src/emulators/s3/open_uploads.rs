//! The multipart uploads that are open, with their parts, also across restarts.

use super::extras::Extras;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use s3s::dto::Part;
use s3s::{S3Result, s3_error};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// An open upload.
#[derive(Debug, Clone)]
pub(super) struct Open {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) since: SystemTime,
    pub(super) parts: BTreeMap<i32, Part>,
    pub(super) extras: Extras,
}

/// The open uploads, by id.
#[derive(Debug, Default)]
pub(super) struct Uploads(Mutex<BTreeMap<String, Open>>);

impl Uploads {
    /// Finds uploads that an earlier run left open: the file system store puts bucket and key into
    /// a file name.
    pub(super) fn found_in(root: &Path) -> std::io::Result<Self> {
        let mut open = BTreeMap::new();
        for entry in std::fs::read_dir(root)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some((bucket, key, id)) = name.to_str().and_then(named) else {
                continue;
            };
            if root.join(format!(".upload-{id}.json")).exists() {
                let since = entry.metadata()?.modified()?;
                open.insert(
                    id,
                    Open { bucket, key, since, parts: BTreeMap::new(), extras: Extras::default() },
                );
            }
        }
        for entry in std::fs::read_dir(root)? {
            let entry = entry?;
            let name = entry.file_name();
            let part = name
                .to_str()
                .and_then(|name| name.strip_prefix(".upload_id-")?.split_once(".part-"));
            let Some((id, number)) = part else { continue };
            if let (Some(upload), Ok(number)) = (open.get_mut(id), number.parse()) {
                let size = i64::try_from(entry.metadata()?.len()).unwrap_or(i64::MAX);
                upload.parts.insert(
                    number,
                    Part { part_number: Some(number), size: Some(size), ..Part::default() },
                );
            }
        }
        Ok(Self(Mutex::new(open)))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Open>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn find(&self, bucket: &str, key: &str, id: &str) -> S3Result<Open> {
        let found =
            self.lock().get(id).filter(|open| open.bucket == bucket && open.key == key).cloned();
        found.ok_or_else(|| {
            s3_error!(NoSuchUpload, "the upload was completed, aborted or never begun")
        })
    }

    /// Records a part, unless the upload ended while it was being sent.
    pub(super) fn note(&self, id: &str, part: Part) -> bool {
        let mut open = self.lock();
        let (Some(upload), Some(number)) = (open.get_mut(id), part.part_number) else {
            return false;
        };
        upload.parts.insert(number, part);
        true
    }
}

/// Parses bucket, key and upload id from `.bucket-….object-….upload-….metadata.json`.
fn named(file: &str) -> Option<(String, String, String)> {
    let (bucket, rest) = file.strip_prefix(".bucket-")?.split_once(".object-")?;
    let (key, id) = rest.strip_suffix(".metadata.json")?.split_once(".upload-")?;
    let decode = |text: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok();
    Some((decode(bucket)?, decode(key)?, id.to_owned()))
}
