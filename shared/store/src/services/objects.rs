//! Objects in S3: users' uploads, and archives. The buckets encrypt every object, by their own
//! setting. A presigned URL is valid for 60 seconds and for one object.

use std::time::Duration;

pub use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::{
    error::ProvideErrorMetadata,
    types::{CompletedMultipartUpload, CompletedPart},
};
use bytes::Bytes;

use crate::{Store, StoreError, erasure::advances, registered_objects, signed::Request};

/// How long a presigned URL is valid.
pub const PRESIGNED_LIFE: Duration = Duration::from_secs(60);

/// An object's name and size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The key.
    pub key: String,
    /// Bytes.
    pub size: u64,
}

/// One uploaded part.
#[derive(Debug, Clone)]
pub struct Part {
    /// From 1.
    pub number: i32,
    /// The ETag that S3 returned.
    pub etag: String,
}

impl Store {
    /// A URL from which anyone may download one object for a minute, saved as `file_name`.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn presign_download(
        &self,
        bucket: &str,
        key: &str,
        file_name: &str,
    ) -> Result<String, StoreError> {
        let request = Request::object(&self.aws, "GetObject", "GET", bucket, key)
            .query("response-cache-control", "no-store")
            .query("response-content-disposition", &registered_objects::attachment(file_name))
            .query("response-content-type", "application/octet-stream");
        self.presign(request)
    }

    /// A URL from which anyone may view one image for a minute, displayed inline.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn presign_avatar(&self, bucket: &str, key: &str) -> Result<String, StoreError> {
        let request = Request::object(&self.aws, "GetObject", "GET", bucket, key)
            .query("response-cache-control", "private, max-age=60")
            .query("response-content-type", "image/png");
        self.presign(request)
    }

    /// A URL to which anyone may upload one object for a minute, of exactly this media type and
    /// size.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn presign_upload(
        &self,
        bucket: &str,
        key: &str,
        content_type: &str,
        size: u64,
    ) -> Result<String, StoreError> {
        let request = Request::object(&self.aws, "PutObject", "PUT", bucket, key)
            .header("content-length", size.to_string())
            .header("content-type", content_type);
        self.presign(request)
    }

    pub(crate) fn presign(&self, request: Request) -> Result<String, StoreError> {
        request
            .presign(&self.aws, PRESIGNED_LIFE)
            .map_err(|cause| StoreError::unavailable("presigning", cause))
    }

    /// Stores an object.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn put_object(
        &self,
        bucket: &str,
        key: &str,
        content_type: &str,
        bytes: Bytes,
    ) -> Result<(), StoreError> {
        let request = Request::object(&self.aws, "PutObject", "PUT", bucket, key)
            .header("content-type", content_type)
            .body(bytes);
        request
            .send(&self.aws)
            .await
            .map(drop)
            .map_err(|cause| StoreError::unavailable("storing an object", cause))
    }

    /// Stores an object if the key is free; returns `false` when there is one already, which stays
    /// unchanged.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn put_new_object(
        &self,
        bucket: &str,
        key: &str,
        content_type: &str,
        bytes: Bytes,
    ) -> Result<bool, StoreError> {
        self.swap_object(bucket, key, content_type, bytes, None).await.map(|new| new.is_some())
    }

    /// Opens an object for reading; `None` when it does not exist.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn open_object(
        &self,
        bucket: &str,
        key: &str,
    ) -> Result<Option<ByteStream>, StoreError> {
        match self.s3.get_object().bucket(bucket).key(key).send().await {
            Ok(found) => Ok(Some(found.body)),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_no_such_key()) => Ok(None),
            Err(error) => Err(StoreError::unavailable("reading an object", error)),
        }
    }

    /// The objects under a prefix, a page at a time: at most 1,000 and where to continue.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn list_objects(
        &self,
        bucket: &str,
        prefix: &str,
        after: Option<String>,
    ) -> Result<(Vec<Listed>, Option<String>), StoreError> {
        let call = self.s3.list_objects_v2().bucket(bucket).prefix(prefix);
        let call = call.set_continuation_token(after.clone());
        let answer =
            call.send().await.map_err(|cause| StoreError::unavailable("listing objects", cause))?;
        let listed = answer
            .contents()
            .iter()
            .filter_map(|object| {
                Some(Listed {
                    key: object.key()?.to_owned(),
                    size: u64::try_from(object.size().unwrap_or(0)).unwrap_or(0),
                })
            })
            .collect();
        advances(after.as_ref(), answer.next_continuation_token.as_ref())?;
        Ok((listed, answer.next_continuation_token))
    }

    /// The number of objects in a bucket, at most a page, and whether there are more. A bucket that
    /// does not exist holds none.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn count_objects(&self, bucket: &str) -> Result<(usize, bool), StoreError> {
        match self.s3.list_objects_v2().bucket(bucket).send().await {
            Ok(answer) => Ok((answer.contents().len(), answer.is_truncated().unwrap_or(false))),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_no_such_bucket()) => {
                Ok((0, false))
            }
            Err(error) => Err(StoreError::unavailable("listing objects", error)),
        }
    }

    /// Removes one object; a missing object is not an error.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn delete_object(&self, bucket: &str, key: &str) -> Result<(), StoreError> {
        match Request::object(&self.aws, "DeleteObject", "DELETE", bucket, key)
            .send(&self.aws)
            .await
        {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(|refused| refused.status == 404) => {
                Ok(())
            }
            Err(error) => Err(StoreError::unavailable("removing an object", error)),
        }
    }

    /// Begins an upload in parts; the object is visible once it is completed.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn begin_upload(&self, bucket: &str, key: &str) -> Result<String, StoreError> {
        let call = self
            .s3
            .create_multipart_upload()
            .bucket(bucket)
            .key(key)
            .content_type("application/octet-stream");
        let answer = call
            .send()
            .await
            .map_err(|cause| StoreError::unavailable("beginning an upload", cause))?;
        answer
            .upload_id
            .ok_or_else(|| StoreError::unavailable("beginning an upload", "the upload has no id"))
    }

    /// Uploads one part of at least 5 MiB, except the last.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn upload_part(
        &self,
        bucket: &str,
        key: &str,
        upload: &str,
        number: i32,
        bytes: Bytes,
    ) -> Result<Part, StoreError> {
        let call = self
            .s3
            .upload_part()
            .bucket(bucket)
            .key(key)
            .upload_id(upload)
            .part_number(number)
            .body(ByteStream::from(bytes));
        let answer = call
            .send()
            .await
            .map_err(|cause| StoreError::unavailable("uploading a part", cause))?;
        Ok(Part { number, etag: answer.e_tag.unwrap_or_default() })
    }

    /// Completes an upload: the object becomes visible.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn complete_upload(
        &self,
        bucket: &str,
        key: &str,
        upload: &str,
        parts: &[Part],
    ) -> Result<(), StoreError> {
        let parts = parts
            .iter()
            .map(|part| CompletedPart::builder().part_number(part.number).e_tag(&part.etag).build())
            .collect();
        let completed = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let call = self
            .s3
            .complete_multipart_upload()
            .bucket(bucket)
            .key(key)
            .upload_id(upload)
            .multipart_upload(completed);
        call.send()
            .await
            .map(drop)
            .map_err(|cause| StoreError::unavailable("completing an upload", cause))
    }

    /// Aborts an upload; an upload that is already gone is not an error.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn abort_upload(
        &self,
        bucket: &str,
        key: &str,
        upload: &str,
    ) -> Result<(), StoreError> {
        match self
            .s3
            .abort_multipart_upload()
            .bucket(bucket)
            .key(key)
            .upload_id(upload)
            .send()
            .await
        {
            Ok(_) => Ok(()),
            Err(error)
                if error.as_service_error().and_then(ProvideErrorMetadata::code)
                    == Some("NoSuchUpload") =>
            {
                Ok(())
            }
            Err(error) => Err(StoreError::unavailable("giving up an upload", error)),
        }
    }

    /// The size of an object; `None` when it does not exist.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn object_size(&self, bucket: &str, key: &str) -> Result<Option<u64>, StoreError> {
        match self.s3.head_object().bucket(bucket).key(key).send().await {
            Ok(found) => Ok(Some(u64::try_from(found.content_length().unwrap_or(0)).unwrap_or(0))),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_not_found()) => Ok(None),
            Err(error) => Err(StoreError::unavailable("looking for an object", error)),
        }
    }

    /// Removes every version of every object under a prefix, and every delete marker. Returns how
    /// many versions were removed; a second run finds none.
    ///
    /// # Errors
    /// `Unavailable` when any could not be removed; removed ones stay removed.
    pub async fn erase_objects(&self, bucket: &str, prefix: &str) -> Result<u64, StoreError> {
        let mut erased = 0;
        loop {
            let (versions, _) = self.object_versions(bucket, prefix, None).await?;
            if versions.is_empty() {
                return Ok(erased);
            }
            self.remove_versions(bucket, &versions).await?;
            erased += versions.len() as u64;
        }
    }
}
