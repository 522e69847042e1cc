//! S3 on a directory, with checked signatures. A layer adds what the underlying file system store
//! lacks: keys that cannot leave their bucket, conditional reads, tags, and a list of multipart
//! uploads, so that a test can verify that none stays open.
//!
//! A presigned URL is sufficient for a browser or `curl`, and for scripts of a page on this machine;
//! other scripts have no access.

mod extras;
mod keys;
mod locks;
mod objects;
mod open_uploads;
mod pages;
mod store;
mod uploads;
mod versions;

use super::signature::MAX_CLOCK_SKEW;
use crate::Result;
use crate::clients::Identity;
use crate::loopback;
use crate::serve::{self, Running};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use rustack_auth::sigv4::parse_authorization_header;
use s3s::auth::{Credentials, SimpleAuth};
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::S3ServiceBuilder;
use s3s::{S3, S3Request, S3Response, S3Result};
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use store::Store;
use tokio::net::TcpListener;

/// Starts S3 on the listener, with its files in `root`.
pub(crate) fn serve(listener: TcpListener, root: &Path, identity: &Identity) -> Result<Running> {
    let mut builder = S3ServiceBuilder::new(Layer(Arc::new(Store::open(root)?)));
    builder.set_auth(SimpleAuth::from_single(&*identity.access_key, &*identity.secret_key));
    let mut config = S3Config::default();
    config.presigned_url_max_skew_time_secs = u32::try_from(MAX_CLOCK_SKEW.num_seconds())
        .unwrap_or(config.presigned_url_max_skew_time_secs);
    builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
    let service = builder.build();
    let access_key = Arc::<str>::from(&*identity.access_key);
    Ok(serve::spawn(vec![listener], move |_| {
        let (service, access_key) = (service.clone(), Arc::clone(&access_key));
        service_fn(move |mut request: Request<Incoming>| {
            let page = pages::take_page(&mut request);
            let preflight = pages::preflight(&request, page.as_ref());
            let (service, refusal) = (service.clone(), refusal(&request, &access_key));
            async move {
                let mut response = match (preflight, refusal) {
                    (Some(response), _) => return Ok(response),
                    (None, Some(refusal)) => denied(refusal),
                    (None, None) => service.call(request.map(s3s::Body::from)).await?,
                };
                if let Some(page) = page {
                    pages::allow(&mut response, &page);
                }
                Ok::<_, s3s::HttpError>(response)
            }
        })
    }))
}

/// Why a request is rejected before S3 handles it: S3 would look for the operation first, and would
/// also accept Signature Version 2, which does not sufficiently cover the body and the time.
fn refusal(request: &Request<Incoming>, access_key: &str) -> Option<(&'static str, &'static str)> {
    if let Some(message) = loopback::refusal(request) {
        return Some(("AccessDenied", message));
    }
    let parameter = |name: &str| {
        let query = request.uri().query().unwrap_or_default().as_bytes();
        form_urlencoded::parse(query)
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    let signed_by = match request.headers().get(AUTHORIZATION) {
        Some(header) => header
            .to_str()
            .ok()
            .and_then(|header| parse_authorization_header(header).ok())
            .map(|signed| (signed.access_key_id, signed.service)),
        None => parameter("X-Amz-Signature").and_then(|_| parameter("X-Amz-Credential")).and_then(
            |scope| {
                let mut parts = scope.split('/');
                Some((parts.next()?.to_owned(), parts.nth(2)?.to_owned()))
            },
        ),
    };
    match signed_by {
        Some((key, service))
            if key == access_key && service == "s3" && parameter("AWSAccessKeyId").is_none() =>
        {
            None
        }
        Some((key, _)) if key != access_key => Some((
            "InvalidAccessKeyId",
            "This access key is not valid. `running.json` in the data folder holds the current one.",
        )),
        _ => Some(("AccessDenied", "Sign the request for S3 with AWS4-HMAC-SHA256.")),
    }
}

fn denied((code, message): (&str, &str)) -> Response<s3s::Body> {
    let xml = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"#
    );
    let mut response = Response::new(s3s::Body::from(xml));
    *response.status_mut() = StatusCode::FORBIDDEN;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    response
}

/// The owner of all objects and uploads, after the signature check: the file system store saves it
/// with an upload, which outlives the access key of a start.
fn owner() -> Credentials {
    Credentials { access_key: "local".to_owned(), secret_key: String::new().into() }
}

/// The S3 interface: an operation goes to this layer if it implements it, otherwise to the file
/// system store.
struct Layer(Arc<Store>);

/// Writes the code that `async_trait` would generate, since a macro lists the methods.
macro_rules! operations {
    ($($name:ident => $($to:ident).+ : $input:ident -> $output:ident;)*) => {
        impl S3 for Layer {
            $(
                fn $name<'life0, 'async_trait>(
                    &'life0 self,
                    mut request: S3Request<s3s::dto::$input>,
                ) -> Pin<Box<dyn Future<Output = S3Result<S3Response<s3s::dto::$output>>> + Send + 'async_trait>>
                where
                    'life0: 'async_trait,
                    Self: 'async_trait,
                {
                    request.credentials = Some(owner());
                    Box::pin(async move { self.0.$($to).+(request).await })
                }
            )*
        }
    };
}

operations! {
    create_bucket => files.create_bucket: CreateBucketInput -> CreateBucketOutput;
    delete_bucket => files.delete_bucket: DeleteBucketInput -> DeleteBucketOutput;
    head_bucket => files.head_bucket: HeadBucketInput -> HeadBucketOutput;
    get_bucket_location => files.get_bucket_location: GetBucketLocationInput -> GetBucketLocationOutput;
    list_buckets => files.list_buckets: ListBucketsInput -> ListBucketsOutput;
    list_objects => files.list_objects: ListObjectsInput -> ListObjectsOutput;
    list_objects_v2 => files.list_objects_v2: ListObjectsV2Input -> ListObjectsV2Output;
    list_object_versions => versions: ListObjectVersionsInput -> ListObjectVersionsOutput;
    get_object => get: GetObjectInput -> GetObjectOutput;
    head_object => head: HeadObjectInput -> HeadObjectOutput;
    put_object => put: PutObjectInput -> PutObjectOutput;
    copy_object => copy: CopyObjectInput -> CopyObjectOutput;
    delete_object => delete: DeleteObjectInput -> DeleteObjectOutput;
    delete_objects => delete_many: DeleteObjectsInput -> DeleteObjectsOutput;
    put_object_tagging => put_tags: PutObjectTaggingInput -> PutObjectTaggingOutput;
    get_object_tagging => tags: GetObjectTaggingInput -> GetObjectTaggingOutput;
    delete_object_tagging => delete_tags: DeleteObjectTaggingInput -> DeleteObjectTaggingOutput;
    put_bucket_lifecycle_configuration => put_lifecycle:
        PutBucketLifecycleConfigurationInput -> PutBucketLifecycleConfigurationOutput;
    get_bucket_lifecycle_configuration => lifecycle:
        GetBucketLifecycleConfigurationInput -> GetBucketLifecycleConfigurationOutput;
    create_multipart_upload => begin_upload: CreateMultipartUploadInput -> CreateMultipartUploadOutput;
    upload_part => upload_part: UploadPartInput -> UploadPartOutput;
    upload_part_copy => upload_part_copy: UploadPartCopyInput -> UploadPartCopyOutput;
    list_parts => list_parts: ListPartsInput -> ListPartsOutput;
    complete_multipart_upload => complete_upload: CompleteMultipartUploadInput -> CompleteMultipartUploadOutput;
    abort_multipart_upload => abort_upload: AbortMultipartUploadInput -> AbortMultipartUploadOutput;
    list_multipart_uploads => list_uploads: ListMultipartUploadsInput -> ListMultipartUploadsOutput;
}

#[cfg(test)]
mod tests;
