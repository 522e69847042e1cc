//! Reads, writes and removes one object, with the conditions that S3 supports.

use super::extras::Extras;
use super::keys::check;
use super::store::Store;
use s3s::dto::*;
use s3s::{S3, S3Error, S3Request, S3Response, S3Result, s3_error};

type Answer<T> = S3Result<S3Response<T>>;

impl Store {
    pub(super) async fn get(&self, request: S3Request<GetObjectInput>) -> Answer<GetObjectOutput> {
        let (bucket, key) = (request.input.bucket.clone(), request.input.key.clone());
        self.readable(&bucket, &key)?;
        let conditions = Conditions::of(&request.input.if_match, &request.input.if_none_match);
        let mut response = self.files.get_object(request).await?;
        conditions.allow(response.output.e_tag.as_ref())?;
        let extras = self.extras_of(&bucket, &key);
        response.output.server_side_encryption = extras.encryption;
        response.output.ssekms_key_id = extras.encryption_key;
        response.output.tag_count =
            i32::try_from(extras.tags.len()).ok().filter(|count| *count > 0);
        Ok(response)
    }

    pub(super) async fn head(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> Answer<HeadObjectOutput> {
        let (bucket, key) = (request.input.bucket.clone(), request.input.key.clone());
        self.readable(&bucket, &key)?;
        let conditions = Conditions::of(&request.input.if_match, &request.input.if_none_match);
        let mut response = self.files.head_object(request).await?;
        conditions.allow(response.output.e_tag.as_ref())?;
        let extras = self.extras_of(&bucket, &key);
        response.output.server_side_encryption = extras.encryption;
        response.output.ssekms_key_id = extras.encryption_key;
        Ok(response)
    }

    pub(super) async fn put(&self, request: S3Request<PutObjectInput>) -> Answer<PutObjectOutput> {
        let input = &request.input;
        let (bucket, key) = (input.bucket.clone(), input.key.clone());
        self.writable(&bucket, &key)?;
        let extras = Extras {
            tags: tags_in(input.tagging.as_deref()),
            encryption: input.server_side_encryption.clone(),
            encryption_key: input.ssekms_key_id.clone(),
        };
        let _key = self.locks.hold(&bucket, &key).await;
        let _folders = self.folders.read().await;
        let is_new = !self.path(&bucket, &key).exists();
        let mut response = match self.files.put_object(request).await {
            Ok(response) => response,
            Err(refused) => {
                // The file exists before its checksum is verified; a rejected file must not be
                // visible.
                if is_new {
                    let _ = tokio::fs::remove_file(self.path(&bucket, &key)).await;
                }
                return Err(refused);
            }
        };
        response.output.server_side_encryption = extras.encryption.clone();
        response.output.ssekms_key_id = extras.encryption_key.clone();
        self.extras().insert((bucket, key), extras);
        Ok(response)
    }

    pub(super) async fn copy(
        &self,
        request: S3Request<CopyObjectInput>,
    ) -> Answer<CopyObjectOutput> {
        let input = &request.input;
        let (bucket, key) = (input.bucket.clone(), input.key.clone());
        self.writable(&bucket, &key)?;
        let mut extras = Extras::default();
        if let CopySource::Bucket { bucket, key, .. } = &input.copy_source {
            self.readable(bucket, key)?;
            extras = self.extras_of(bucket, key);
        }
        if input.server_side_encryption.is_some() {
            extras.encryption = input.server_side_encryption.clone();
            extras.encryption_key = input.ssekms_key_id.clone();
        }
        let _key = self.locks.hold(&bucket, &key).await;
        let _folders = self.folders.read().await;
        let mut response = self.files.copy_object(request).await?;
        response.output.server_side_encryption = extras.encryption.clone();
        response.output.ssekms_key_id = extras.encryption_key.clone();
        self.extras().insert((bucket, key), extras);
        Ok(response)
    }

    pub(super) async fn delete(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> Answer<DeleteObjectOutput> {
        let (bucket, key) = (request.input.bucket.clone(), request.input.key.clone());
        check(&bucket, &key)?;
        let _key = self.locks.hold(&bucket, &key).await;
        if self.path(&bucket, &key).is_dir() {
            return Ok(S3Response::new(DeleteObjectOutput::default()));
        }
        let response = self.files.delete_object(request).await?;
        self.forget(&bucket, &key).await;
        Ok(response)
    }

    pub(super) async fn delete_many(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> Answer<DeleteObjectsOutput> {
        let bucket = request.input.bucket.clone();
        let keys = request
            .input
            .delete
            .objects
            .iter()
            .map(|object| object.key.clone())
            .collect::<Vec<_>>();
        if !self.root.join(&bucket).is_dir() {
            return Err(s3_error!(NoSuchBucket));
        }
        let mut deleted = Vec::new();
        let mut errors = Vec::new();
        for key in keys {
            let outcome = match check(&bucket, &key) {
                Ok(()) => self.remove(&bucket, &key).await,
                Err(refused) => Err(refused),
            };
            match outcome {
                Ok(()) => deleted.push(DeletedObject { key: Some(key), ..Default::default() }),
                Err(refused) => errors.push(s3s::dto::Error {
                    code: Some(refused.code().as_str().to_owned()),
                    message: refused.message().map(str::to_owned),
                    key: Some(key),
                    ..Default::default()
                }),
            }
        }
        let quiet = request.input.delete.quiet == Some(true);
        Ok(S3Response::new(DeleteObjectsOutput {
            deleted: (!quiet).then_some(deleted),
            errors: (!errors.is_empty()).then_some(errors),
            ..Default::default()
        }))
    }

    async fn remove(&self, bucket: &str, key: &str) -> S3Result<()> {
        let _key = self.locks.hold(bucket, key).await;
        match tokio::fs::remove_file(self.path(bucket, key)).await {
            Ok(()) => {}
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {}
            Err(_) if self.path(bucket, key).is_dir() => return Ok(()),
            Err(cause) => return Err(S3Error::internal_error(cause)),
        }
        self.forget(bucket, key).await;
        Ok(())
    }

    pub(super) async fn put_tags(
        &self,
        request: S3Request<PutObjectTaggingInput>,
    ) -> Answer<PutObjectTaggingOutput> {
        let input = request.input;
        self.readable(&input.bucket, &input.key)?;
        self.extras().entry((input.bucket, input.key)).or_default().tags = input.tagging.tag_set;
        Ok(S3Response::new(PutObjectTaggingOutput::default()))
    }

    pub(super) async fn tags(
        &self,
        request: S3Request<GetObjectTaggingInput>,
    ) -> Answer<GetObjectTaggingOutput> {
        let input = request.input;
        self.readable(&input.bucket, &input.key)?;
        let tag_set = self.extras_of(&input.bucket, &input.key).tags;
        Ok(S3Response::new(GetObjectTaggingOutput { tag_set, version_id: None }))
    }

    pub(super) async fn delete_tags(
        &self,
        request: S3Request<DeleteObjectTaggingInput>,
    ) -> Answer<DeleteObjectTaggingOutput> {
        let input = request.input;
        self.readable(&input.bucket, &input.key)?;
        self.extras().entry((input.bucket, input.key)).or_default().tags.clear();
        Ok(S3Response::new(DeleteObjectTaggingOutput::default()))
    }

    pub(super) async fn put_lifecycle(
        &self,
        request: S3Request<PutBucketLifecycleConfigurationInput>,
    ) -> Answer<PutBucketLifecycleConfigurationOutput> {
        let input = request.input;
        if let Some(rules) = input.lifecycle_configuration {
            self.lifecycles().insert(input.bucket, rules);
        }
        Ok(S3Response::new(PutBucketLifecycleConfigurationOutput::default()))
    }

    pub(super) async fn lifecycle(
        &self,
        request: S3Request<GetBucketLifecycleConfigurationInput>,
    ) -> Answer<GetBucketLifecycleConfigurationOutput> {
        let stored = self.lifecycles().get(&request.input.bucket).cloned();
        let Some(stored) = stored else {
            return Err(s3_error!(NoSuchLifecycleConfiguration));
        };
        let output = GetBucketLifecycleConfigurationOutput {
            rules: Some(stored.rules),
            ..Default::default()
        };
        Ok(S3Response::new(output))
    }

    fn extras_of(&self, bucket: &str, key: &str) -> Extras {
        self.extras().get(&(bucket.to_owned(), key.to_owned())).cloned().unwrap_or_default()
    }

    /// A folder is not an object, although the file system could open it.
    fn readable(&self, bucket: &str, key: &str) -> S3Result<()> {
        check(bucket, key)?;
        if !self.root.join(bucket).is_dir() {
            return Err(s3_error!(NoSuchBucket));
        }
        if !self.path(bucket, key).is_file() {
            return Err(s3_error!(NoSuchKey));
        }
        Ok(())
    }

    pub(super) fn writable(&self, bucket: &str, key: &str) -> S3Result<()> {
        check(bucket, key)?;
        if !self.root.join(bucket).is_dir() {
            return Err(s3_error!(NoSuchBucket));
        }
        if self.path(bucket, key).is_dir() {
            return Err(s3_error!(InvalidArgument, "the local store has objects below this key"));
        }
        Ok(())
    }
}

/// `If-Match` and `If-None-Match` of a read.
struct Conditions {
    wanted: Option<ETagCondition>,
    unwanted: Option<ETagCondition>,
}

impl Conditions {
    fn of(wanted: &Option<ETagCondition>, unwanted: &Option<ETagCondition>) -> Self {
        Self { wanted: wanted.clone(), unwanted: unwanted.clone() }
    }

    fn allow(&self, found: Option<&ETag>) -> S3Result<()> {
        let is = |condition: &ETagCondition| match (condition, found) {
            (ETagCondition::Any, found) => found.is_some(),
            (ETagCondition::ETag(named), Some(found)) => named.value() == found.value(),
            (ETagCondition::ETag(_), None) => false,
        };
        if self.wanted.as_ref().is_some_and(|condition| !is(condition)) {
            return Err(s3_error!(PreconditionFailed));
        }
        if self.unwanted.as_ref().is_some_and(is) {
            let mut unchanged = s3_error!(NotModified);
            if let Some(value) = found.and_then(|found| found.to_http_header().ok()) {
                unchanged.set_headers([(http::header::ETAG, value)].into_iter().collect());
            }
            return Err(unchanged);
        }
        Ok(())
    }
}

/// The header form of tags: `a=b&c=d`.
pub(super) fn tags_in(header: Option<&str>) -> Vec<Tag> {
    let pairs = form_urlencoded::parse(header.unwrap_or_default().as_bytes());
    pairs
        .map(|(key, value)| Tag { key: Some(key.into_owned()), value: Some(value.into_owned()) })
        .collect()
}
