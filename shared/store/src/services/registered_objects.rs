//! Objects of registered files: uploads of exactly the registered bytes, a look at what has arrived,
//! copies, and the removal of one object with all its versions.

use aws_lc_rs::digest;
use aws_sdk_s3::{error::ProvideErrorMetadata, types::ChecksumMode};

use bytes::{Bytes, BytesMut};

use crate::{
    Store, StoreError,
    signed::{Request, encode},
};

/// An object as the bucket describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Size in bytes.
    pub size: u64,
    /// Media type.
    pub content_type: Option<String>,
    /// SHA-256 in base64, if the upload had one.
    pub sha256: Option<String>,
}

impl Store {
    /// Whether this store accepts a SHA-256 with an upload, so that it refuses other bytes. Stores other
    /// than Amazon S3 may refuse the header instead.
    pub fn checks_uploads(&self) -> bool {
        !self.aws.is_other_store()
    }

    /// A URL to which anyone may upload one object for a minute: of this media type, this size, and
    /// with this SHA-256 in base64. All three are signed headers, so the bucket accepts nothing else.
    /// The SHA-256 is left out where the store does not check it.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn presign_exact_upload(
        &self,
        bucket: &str,
        key: &str,
        content_type: &str,
        size: u64,
        sha256: &str,
    ) -> Result<String, StoreError> {
        let request = Request::object(&self.aws, "PutObject", "PUT", bucket, key)
            .header("content-length", size.to_string())
            .header("content-type", content_type);
        self.presign(if self.checks_uploads() {
            request.header("x-amz-checksum-sha256", sha256)
        } else {
            request
        })
    }

    /// An object's size, media type and checksum; `None` when it does not exist.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn describe_object(
        &self,
        bucket: &str,
        key: &str,
    ) -> Result<Option<Described>, StoreError> {
        let mode = self.checks_uploads().then_some(ChecksumMode::Enabled);
        let call = self.s3.head_object().bucket(bucket).key(key).set_checksum_mode(mode);
        match call.send().await {
            Ok(found) => Ok(Some(Described {
                size: u64::try_from(found.content_length().unwrap_or(0)).unwrap_or(0),
                content_type: found.content_type,
                sha256: found.checksum_sha256,
            })),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_not_found()) => Ok(None),
            Err(error) => Err(StoreError::unavailable("looking for an object", error)),
        }
    }

    /// Reads an object and returns its SHA-256 in hexadecimal; `None` when it does not exist or has
    /// more bytes than `most`.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn digest_object(
        &self,
        bucket: &str,
        key: &str,
        most: u64,
    ) -> Result<Option<String>, StoreError> {
        let Some(mut body) = self.open_object(bucket, key).await? else { return Ok(None) };
        let (mut digest, mut read) = (digest::Context::new(&digest::SHA256), 0_u64);
        while let Some(bytes) = body.next().await {
            let bytes =
                bytes.map_err(|cause| StoreError::unavailable("reading an object", cause))?;
            read += bytes.len() as u64;
            if read > most {
                return Ok(None);
            }
            digest.update(&bytes);
        }
        Ok(Some(hex::encode(digest.finish())))
    }

    /// The bytes of an object; `None` when it does not exist or has more than `most`.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn bytes_of_object(
        &self,
        bucket: &str,
        key: &str,
        most: u64,
    ) -> Result<Option<Bytes>, StoreError> {
        let Some(mut body) = self.open_object(bucket, key).await? else { return Ok(None) };
        let mut read = BytesMut::new();
        while let Some(bytes) = body.next().await {
            let bytes =
                bytes.map_err(|cause| StoreError::unavailable("reading an object", cause))?;
            if (read.len() + bytes.len()) as u64 > most {
                return Ok(None);
            }
            read.extend_from_slice(&bytes);
        }
        Ok(Some(read.freeze()))
    }

    /// Copies an object; returns `false` when it does not exist.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn copy_object(
        &self,
        (bucket, key): (&str, &str),
        (to_bucket, to_key): (&str, &str),
    ) -> Result<bool, StoreError> {
        let source = encode(&format!("{bucket}/{key}"), b"/");
        let call = self.s3.copy_object().copy_source(source).bucket(to_bucket).key(to_key);
        match call.send().await {
            Ok(_) => Ok(true),
            Err(error)
                if error.as_service_error().and_then(ProvideErrorMetadata::code)
                    == Some("NoSuchKey") =>
            {
                Ok(false)
            }
            Err(error) => Err(StoreError::unavailable("copying an object", error)),
        }
    }

    /// Removes every version of one object, and every delete marker. Returns how many versions were
    /// removed; a second run finds none.
    ///
    /// # Errors
    /// `Unavailable` when any could not be removed; removed ones stay removed.
    pub async fn erase_object(&self, bucket: &str, key: &str) -> Result<u64, StoreError> {
        let (mut erased, mut after) = (0, None);
        loop {
            // Keys that only begin like this one come after it in the list.
            let (mut versions, more) = self.object_versions(bucket, key, after).await?;
            let listed = versions.len();
            versions.retain(|version| version.key == key);
            self.remove_versions(bucket, &versions).await?;
            erased += versions.len() as u64;
            after = more;
            if after.is_none() || versions.len() < listed {
                return Ok(erased);
            }
        }
    }
}

/// The header by which a browser saves a download under a name (RFC 6266): plain characters as they
/// are, and the exact name beside them if it has others.
pub(crate) fn attachment(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_graphic() && !"\"\\%".contains(c) || c == ' ';
    let plain: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    let mut header = format!("attachment; filename=\"{plain}\"");
    if plain != name {
        header.push_str("; filename*=UTF-8''");
        header.push_str(&encode(name, b""));
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_is_saved_under_its_exact_name() {
        for (name, header) in [
            ("fil_01.pdf", "attachment; filename=\"fil_01.pdf\""),
            ("my notes.txt", "attachment; filename=\"my notes.txt\""),
            ("a\"b.txt", "attachment; filename=\"a_b.txt\"; filename*=UTF-8''a%22b.txt"),
            ("Ö.txt", "attachment; filename=\"_.txt\"; filename*=UTF-8''%C3%96.txt"),
            ("a\r\nb", "attachment; filename=\"a__b\"; filename*=UTF-8''a%0D%0Ab"),
        ] {
            assert_eq!(attachment(name), header);
        }
    }
}
