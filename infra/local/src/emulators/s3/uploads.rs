//! Begins, fills, lists, completes and aborts multipart uploads.

use super::extras::Extras;
use super::objects::tags_in;
use super::open_uploads::Open;
use super::store::Store;
use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use std::collections::BTreeMap;
use std::time::SystemTime;

type Answer<T> = S3Result<S3Response<T>>;

/// Minimum size of every part except the last.
const MIN_PART: u64 = 5 * 1024 * 1024;

impl Store {
    #[expect(clippy::disallowed_methods, reason = "the emulator has its own clock, as S3")]
    pub(super) async fn begin_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> Answer<CreateMultipartUploadOutput> {
        let input = &request.input;
        self.writable(&input.bucket, &input.key)?;
        let upload = Open {
            bucket: input.bucket.clone(),
            key: input.key.clone(),
            since: SystemTime::now(),
            parts: BTreeMap::new(),
            extras: Extras {
                tags: tags_in(input.tagging.as_deref()),
                encryption: input.server_side_encryption.clone(),
                encryption_key: input.ssekms_key_id.clone(),
            },
        };
        let mut response = self.files.create_multipart_upload(request).await?;
        response.output.server_side_encryption = upload.extras.encryption.clone();
        response.output.ssekms_key_id = upload.extras.encryption_key.clone();
        if let Some(id) = &response.output.upload_id {
            self.uploads.lock().insert(id.clone(), upload);
        }
        Ok(response)
    }

    pub(super) async fn upload_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> Answer<UploadPartOutput> {
        let input = &request.input;
        let (id, number) = (input.upload_id.clone(), input.part_number);
        let open = self.uploads.find(&input.bucket, &input.key, &id)?;
        if !(1..=10_000).contains(&number) {
            return Err(s3_error!(InvalidArgument, "a part's number is between 1 and 10000"));
        }
        let mut response = self.files.upload_part(request).await?;
        response.output.server_side_encryption = open.extras.encryption;
        self.keep_part(&id, number, response.output.e_tag.clone()).await?;
        Ok(response)
    }

    pub(super) async fn upload_part_copy(
        &self,
        request: S3Request<UploadPartCopyInput>,
    ) -> Answer<UploadPartCopyOutput> {
        let input = &request.input;
        let (id, number) = (input.upload_id.clone(), input.part_number);
        self.uploads.find(&input.bucket, &input.key, &id)?;
        if let CopySource::Bucket { bucket, key, .. } = &input.copy_source {
            super::keys::check(bucket, key)?;
        }
        let response = self.files.upload_part_copy(request).await?;
        let tag = response.output.copy_part_result.as_ref().and_then(|part| part.e_tag.clone());
        self.keep_part(&id, number, tag).await?;
        Ok(response)
    }

    #[expect(clippy::disallowed_methods, reason = "the emulator has its own clock, as S3")]
    async fn keep_part(&self, id: &str, number: i32, e_tag: Option<ETag>) -> S3Result<()> {
        let path = self.part_path(id, number);
        let size =
            tokio::fs::metadata(&path).await.ok().and_then(|file| i64::try_from(file.len()).ok());
        let part = Part {
            part_number: Some(number),
            e_tag,
            size,
            last_modified: Some(SystemTime::now().into()),
            ..Part::default()
        };
        if self.uploads.note(id, part) {
            return Ok(());
        }
        let _ = tokio::fs::remove_file(path).await;
        Err(s3_error!(NoSuchUpload, "the upload ended while this part was sent"))
    }

    fn part_path(&self, id: &str, number: i32) -> std::path::PathBuf {
        self.root.join(format!(".upload_id-{id}.part-{number}"))
    }

    pub(super) async fn list_parts(
        &self,
        request: S3Request<ListPartsInput>,
    ) -> Answer<ListPartsOutput> {
        let input = request.input;
        let open = self.uploads.find(&input.bucket, &input.key, &input.upload_id)?;
        let after = input.part_number_marker.unwrap_or(0);
        let limit = usize::try_from(input.max_parts.unwrap_or(1000).clamp(1, 1000)).unwrap_or(1000);
        let mut parts =
            open.parts.range(after + 1..).map(|(_, part)| part.clone()).collect::<Vec<_>>();
        let is_truncated = parts.len() > limit;
        parts.truncate(limit);
        Ok(S3Response::new(ListPartsOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(input.upload_id),
            is_truncated: Some(is_truncated),
            next_part_number_marker: parts
                .last()
                .and_then(|part| part.part_number)
                .filter(|_| is_truncated),
            parts: Some(parts),
            ..Default::default()
        }))
    }

    pub(super) async fn complete_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> Answer<CompleteMultipartUploadOutput> {
        let input = &request.input;
        let (bucket, key, id) = (input.bucket.clone(), input.key.clone(), input.upload_id.clone());
        let _key = self.locks.hold(&bucket, &key).await;
        let open = self.uploads.find(&bucket, &key, &id)?;
        self.writable(&bucket, &key)?;
        // All checks come first: the file system store forgets the upload before it checks.
        complete_list(&open, input.multipart_upload.as_ref())?;
        let _folders = self.folders.read().await;
        let mut response = match self.files.complete_multipart_upload(request).await {
            Ok(response) => response,
            Err(refused) => {
                if !self.root.join(format!(".upload-{id}.json")).exists() {
                    self.uploads.lock().remove(&id);
                    self.drop_parts(&id, &open).await;
                }
                return Err(refused);
            }
        };
        response.output.server_side_encryption = open.extras.encryption.clone();
        self.uploads.lock().remove(&id);
        self.drop_parts(&id, &open).await;
        self.extras().insert((bucket, key), open.extras);
        Ok(response)
    }

    /// Removes parts that were sent but are not in the completed upload.
    async fn drop_parts(&self, id: &str, open: &Open) {
        for number in open.parts.keys() {
            let _ = tokio::fs::remove_file(self.part_path(id, *number)).await;
        }
    }

    pub(super) async fn abort_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> Answer<AbortMultipartUploadOutput> {
        let input = &request.input;
        self.uploads.find(&input.bucket, &input.key, &input.upload_id)?;
        let id = input.upload_id.clone();
        // Closed first, then removed: a part that arrives in between gets an error.
        self.uploads.lock().remove(&id);
        self.files.abort_multipart_upload(request).await
    }

    pub(super) async fn list_uploads(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> Answer<ListMultipartUploadsOutput> {
        let input = request.input;
        if !self.root.join(&input.bucket).is_dir() {
            return Err(s3_error!(NoSuchBucket));
        }
        let prefix = input.prefix.clone().unwrap_or_default();
        let mut found = self
            .uploads
            .lock()
            .iter()
            .filter(|(_, open)| open.bucket == input.bucket && open.key.starts_with(&prefix))
            .map(|(id, open)| (open.key.clone(), id.clone(), open.since))
            .collect::<Vec<_>>();
        found.sort();
        if let Some(after) = &input.key_marker {
            let id = input.upload_id_marker.as_deref().unwrap_or("\u{10ffff}");
            found.retain(|(key, upload, _)| (key.as_str(), upload.as_str()) > (after.as_str(), id));
        }
        let limit =
            usize::try_from(input.max_uploads.unwrap_or(1000).clamp(1, 1000)).unwrap_or(1000);
        let is_truncated = found.len() > limit;
        found.truncate(limit);
        let last = found.last().filter(|_| is_truncated);
        let uploads = found.iter().map(|(key, id, since)| MultipartUpload {
            key: Some(key.clone()),
            upload_id: Some(id.clone()),
            initiated: Some((*since).into()),
            ..MultipartUpload::default()
        });
        Ok(S3Response::new(ListMultipartUploadsOutput {
            bucket: Some(input.bucket),
            prefix: input.prefix,
            is_truncated: Some(is_truncated),
            next_key_marker: last.map(|(key, _, _)| key.clone()),
            next_upload_id_marker: last.map(|(_, id, _)| id.clone()),
            uploads: Some(uploads.collect()),
            ..Default::default()
        }))
    }
}

/// Checks that the parts of a completion were sent, are in order, and are large enough.
fn complete_list(open: &Open, named: Option<&CompletedMultipartUpload>) -> S3Result<()> {
    let parts = named.and_then(|named| named.parts.as_deref()).unwrap_or_default();
    if parts.is_empty() {
        return Err(s3_error!(MalformedXML, "name at least one part"));
    }
    let mut before = 0;
    for (index, part) in parts.iter().enumerate() {
        let number = part.part_number.unwrap_or(0);
        if number <= before {
            return Err(s3_error!(InvalidPartOrder));
        }
        before = number;
        let Some(sent) = open.parts.get(&number) else {
            return Err(s3_error!(InvalidPart, "a part that was named has not been sent"));
        };
        if let (Some(named), Some(sent)) = (&part.e_tag, &sent.e_tag)
            && named.value() != sent.value()
        {
            return Err(s3_error!(InvalidPart, "a part was sent again with other content"));
        }
        let size = u64::try_from(sent.size.unwrap_or(0)).unwrap_or(0);
        if index + 1 < parts.len() && size < MIN_PART {
            return Err(s3_error!(EntityTooSmall));
        }
    }
    Ok(())
}
