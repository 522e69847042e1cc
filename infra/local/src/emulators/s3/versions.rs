//! Versions: these buckets keep one version of each object, which S3 calls `null`.

use s3s::dto::{
    ListObjectVersionsInput, ListObjectVersionsOutput, ListObjectsV2Input, ObjectVersion,
};
use s3s::{S3, S3Request, S3Response, S3Result};

use super::store::Store;

type Answer<T> = S3Result<S3Response<T>>;

impl Store {
    pub(super) async fn versions(
        &self,
        request: S3Request<ListObjectVersionsInput>,
    ) -> Answer<ListObjectVersionsOutput> {
        let asked = request.input.clone();
        let listed = self
            .files
            .list_objects_v2(request.map_input(|input| ListObjectsV2Input {
                bucket: input.bucket,
                prefix: input.prefix,
                max_keys: input.max_keys,
                start_after: input.key_marker,
                ..Default::default()
            }))
            .await?
            .output;
        let versions: Vec<_> = listed
            .contents
            .unwrap_or_default()
            .into_iter()
            .map(|object| ObjectVersion {
                key: object.key,
                size: object.size,
                last_modified: object.last_modified,
                e_tag: object.e_tag,
                is_latest: Some(true),
                version_id: Some("null".to_owned()),
                ..Default::default()
            })
            .collect();
        Ok(S3Response::new(ListObjectVersionsOutput {
            name: Some(asked.bucket),
            prefix: asked.prefix,
            key_marker: asked.key_marker,
            max_keys: listed.max_keys,
            next_key_marker: versions.last().and_then(|last| last.key.clone()),
            is_truncated: listed.is_truncated,
            versions: Some(versions),
            ..Default::default()
        }))
    }
}
