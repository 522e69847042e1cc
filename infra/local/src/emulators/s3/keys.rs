//! Keys that can be stored as files without leaving their bucket or colliding, and the paths of
//! their files.

use super::store::Store;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use s3s::{S3Result, s3_error};
use std::path::PathBuf;

/// The file system's limit for one name.
const MAX_NAME: usize = 255;
/// Length of the longest file name kept next to an object, without the encoded bucket and key.
const SIDECAR_FRAME: usize =
    ".bucket-.object-.upload-00000000-0000-0000-0000-000000000000.metadata.json".len();

/// Rejects keys that would be stored elsewhere or under another key: `..`, `.`, an empty segment.
/// S3 itself accepts them; the platform never uses them.
pub(super) fn check(bucket: &str, key: &str) -> S3Result<()> {
    let misleading =
        |segment: &str| matches!(segment, "" | "." | "..") || segment.contains(['\0', '\\']);
    if key.split('/').any(misleading) {
        return Err(s3_error!(
            InvalidArgument,
            "this key has a segment that the local store cannot hold"
        ));
    }
    let encoded = |text: &str| text.len().div_ceil(3) * 4;
    let too_long = key.split('/').any(|segment| segment.len() > MAX_NAME);
    if too_long || encoded(bucket) + encoded(key) + SIDECAR_FRAME > MAX_NAME {
        return Err(s3_error!(KeyTooLongError, "this key is longer than the local store can hold"));
    }
    Ok(())
}

impl Store {
    /// The path of the object's bytes.
    pub(super) fn path(&self, bucket: &str, key: &str) -> PathBuf {
        self.root.join(bucket).join(key)
    }

    /// The files that the file system store keeps next to an object, and leaves behind when it is
    /// deleted.
    pub(super) fn sidecars(&self, bucket: &str, key: &str) -> [PathBuf; 2] {
        let (bucket, key) = (URL_SAFE_NO_PAD.encode(bucket), URL_SAFE_NO_PAD.encode(key));
        ["metadata", "internal"]
            .map(|kind| self.root.join(format!(".bucket-{bucket}.object-{key}.{kind}.json")))
    }

    /// Removes all traces of a deleted object: the files next to it, its tags, and empty folders
    /// (which could also collide with a key of the same name).
    pub(super) async fn forget(&self, bucket: &str, key: &str) {
        for sidecar in self.sidecars(bucket, key) {
            let _ = tokio::fs::remove_file(sidecar).await;
        }
        self.extras().remove(&(bucket.to_owned(), key.to_owned()));
        // A folder may be needed while an object is being written; the next removal cleans up.
        let Ok(_alone) = self.folders.try_write() else {
            return;
        };
        let mut folder = key;
        while let Some((parent, _)) = folder.rsplit_once('/') {
            if tokio::fs::remove_dir(self.path(bucket, parent)).await.is_err() {
                break;
            }
            folder = parent;
        }
    }
}
