use crate::testing::started;
use crate::{Emulators, Storage};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, Delete, ObjectIdentifier};
use std::time::Duration;

const BUCKET: &str = "provost-files";

/// Status and code of an error.
fn refusal<E: ProvideErrorMetadata>(refused: &SdkError<E>) -> (u16, String) {
    let status = refused.raw_response().map_or(0, |response| response.status().as_u16());
    (status, refused.code().unwrap_or_default().to_owned())
}

async fn put(emulators: &Emulators, key: &str, body: &str) -> String {
    let body = ByteStream::from(body.as_bytes().to_vec());
    let put = emulators.s3().put_object().bucket(BUCKET).key(key).body(body).send().await.unwrap();
    put.e_tag.unwrap()
}

async fn keys(emulators: &Emulators) -> Vec<String> {
    let listed = emulators.s3().list_objects_v2().bucket(BUCKET).send().await.unwrap();
    listed.contents().iter().filter_map(|object| object.key.clone()).collect()
}

#[tokio::test]
async fn a_key_cannot_leave_its_bucket() {
    let emulators = started(Storage::Memory).await;
    for key in ["../escaped", "a/../../escaped", "a/./b", "a//b", "a\\b", "/a"] {
        let body = ByteStream::from_static(b"x");
        let refused = emulators
            .s3()
            .put_object()
            .bucket(BUCKET)
            .key(key)
            .body(body)
            .send()
            .await
            .unwrap_err();
        assert_eq!(refusal(&refused).0, 400, "{key} should be rejected: {refused:?}");
    }
    assert!(keys(&emulators).await.is_empty());
    assert!(!emulators.directory().join("escaped").exists());
    assert!(!emulators.directory().join("s3/escaped").exists());
}

#[tokio::test]
async fn a_read_can_be_conditional() {
    let emulators = started(Storage::Memory).await;
    let tag = put(&emulators, "users/1/a", "hello").await;
    let get = || emulators.s3().get_object().bucket(BUCKET).key("users/1/a");
    assert!(get().if_match(&tag).send().await.is_ok());
    assert_eq!(refusal(&get().if_match("\"other\"").send().await.unwrap_err()).0, 412);
    assert_eq!(refusal(&get().if_none_match(&tag).send().await.unwrap_err()).0, 304);
    assert!(get().if_none_match("\"other\"").send().await.is_ok());
    let head = emulators
        .s3()
        .head_object()
        .bucket(BUCKET)
        .key("users/1/a")
        .if_none_match(&tag)
        .send()
        .await;
    assert_eq!(refusal(&head.unwrap_err()).0, 304);
}

#[tokio::test]
async fn only_one_of_twenty_concurrent_conditional_writes_succeeds() {
    let emulators = started(Storage::Memory).await;
    let writes = (0..20).map(|number| {
        let body = ByteStream::from(vec![number; 10_000]);
        emulators.s3().put_object().bucket(BUCKET).key("one").if_none_match("*").body(body).send()
    });
    let outcomes = futures_util::future::join_all(writes).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let refused = outcomes.into_iter().filter_map(Result::err);
    assert!(refused.into_iter().all(|refused| refusal(&refused).0 == 412));
}

#[tokio::test]
async fn encryption_and_tags_are_stored() {
    let emulators = started(Storage::Memory).await;
    let s3 = emulators.s3();
    let put = s3
        .put_object()
        .bucket(BUCKET)
        .key("k")
        .body(ByteStream::from_static(b"x"))
        .tagging("a=b%20c");
    let put = put
        .server_side_encryption(aws_sdk_s3::types::ServerSideEncryption::AwsKms)
        .send()
        .await
        .unwrap();
    assert_eq!(put.server_side_encryption.unwrap().as_str(), "aws:kms");
    let head = s3.head_object().bucket(BUCKET).key("k").send().await.unwrap();
    assert_eq!(head.server_side_encryption.unwrap().as_str(), "aws:kms");
    let tags = s3.get_object_tagging().bucket(BUCKET).key("k").send().await.unwrap();
    assert_eq!((tags.tag_set[0].key(), tags.tag_set[0].value()), ("a", "b c"));
}

#[tokio::test]
async fn a_deleted_object_leaves_no_files_behind() {
    let emulators = started(Storage::Memory).await;
    put(&emulators, "users/1/a/b", "x").await;
    put(&emulators, "users/1/c", "x").await;
    put(&emulators, "users/2/c", "x").await;
    let objects = ["users/1/a/b", "users/1/c", "users/1/none"];
    let objects = objects.map(|key| ObjectIdentifier::builder().key(key).build().unwrap());
    let delete = Delete::builder().set_objects(Some(objects.to_vec())).build().unwrap();
    let deleted =
        emulators.s3().delete_objects().bucket(BUCKET).delete(delete).send().await.unwrap();
    assert_eq!((deleted.deleted().len(), deleted.errors().len()), (3, 0));
    assert_eq!(keys(&emulators).await, ["users/2/c"]);
    emulators.s3().delete_object().bucket(BUCKET).key("users/2/c").send().await.unwrap();
    let root = emulators.directory().join("s3");
    assert_eq!(std::fs::read_dir(root.join(BUCKET)).unwrap().count(), 0);
    let left = std::fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect::<Vec<_>>();
    assert_eq!(left, [BUCKET]);
    // A key that was a folder before can be used.
    put(&emulators, "users", "x").await;
}

async fn presigned(emulators: &Emulators, key: &str) -> (PresignedRequest, PresignedRequest) {
    let config = || PresigningConfig::expires_in(Duration::from_secs(60)).unwrap();
    let get =
        emulators.s3().get_object().bucket(BUCKET).key(key).presigned(config()).await.unwrap();
    let put = emulators
        .s3()
        .put_object()
        .bucket(BUCKET)
        .key(key)
        .content_length(5)
        .presigned(config())
        .await
        .unwrap();
    (get, put)
}

#[tokio::test]
async fn a_presigned_url_allows_only_what_was_signed() {
    let emulators = started(Storage::Memory).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let (get, upload) = presigned(&emulators, "k").await;
    let send = async |url: &str, body: &'static str| {
        http.put(url)
            .header("content-length", body.len())
            .body(body)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    assert_eq!(send(&upload.uri().replace("/k?", "/other?"), "hello").await, 403);
    assert_eq!(send(upload.uri(), "hello, with more than was signed for").await, 403);
    assert!(keys(&emulators).await.is_empty());
    assert_eq!(send(upload.uri(), "hello").await, 200);

    let read = async |url: &str| {
        let response = http.get(url).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    assert_eq!(read(get.uri()).await, (200, "hello".to_owned()));
    put(&emulators, "secret", "nobody's").await;
    assert_eq!(read(&get.uri().replace("/k?", "/secret?")).await.0, 403);
    assert_eq!(read(get.uri().split('?').next().unwrap()).await.0, 403);
    assert_eq!(read(&get.uri().replace("X-Amz-Expires=60", "X-Amz-Expires=600")).await.0, 403);
}

#[tokio::test]
async fn an_upload_is_listed_until_it_is_completed_or_aborted() {
    let home = tempfile::TempDir::new().unwrap();
    let emulators = started(Storage::Directory(home.path().to_owned())).await;
    let s3 = emulators.s3();
    let begin = async |key: &str| {
        s3.create_multipart_upload()
            .bucket(BUCKET)
            .key(key)
            .send()
            .await
            .unwrap()
            .upload_id
            .unwrap()
    };
    let (kept, dropped) = (begin("exports/1").await, begin("exports/2").await);
    let part = |upload: &str, key: &str, number, body: Vec<u8>| {
        s3.upload_part()
            .bucket(BUCKET)
            .key(key)
            .upload_id(upload)
            .part_number(number)
            .body(body.into())
            .send()
    };
    let first = part(&kept, "exports/1", 1, vec![1; 5 << 20]).await.unwrap();
    let second = part(&kept, "exports/1", 2, vec![2; 10]).await.unwrap();
    part(&dropped, "exports/2", 1, vec![3; 10]).await.unwrap();
    let open = async |emulators: &Emulators| {
        let listed = emulators.s3().list_multipart_uploads().bucket(BUCKET).send().await.unwrap();
        listed.uploads().iter().filter_map(|upload| upload.key.clone()).collect::<Vec<_>>()
    };
    assert_eq!(open(&emulators).await, ["exports/1", "exports/2"]);
    let unfinished = s3.get_object().bucket(BUCKET).key("exports/1").send().await.unwrap_err();
    assert_eq!(refusal(&unfinished), (404, "NoSuchKey".to_owned()));

    s3.abort_multipart_upload()
        .bucket(BUCKET)
        .key("exports/2")
        .upload_id(&dropped)
        .send()
        .await
        .unwrap();
    let late = part(&dropped, "exports/2", 2, vec![3; 10]).await.unwrap_err();
    assert_eq!(refusal(&late), (404, "NoSuchUpload".to_owned()));
    drop(s3);
    emulators.stop().await;

    let emulators = started(Storage::Directory(home.path().to_owned())).await;
    assert_eq!(open(&emulators).await, ["exports/1"]);
    let named = |number, tag: Option<String>| {
        CompletedPart::builder().part_number(number).set_e_tag(tag).build()
    };
    let complete = |parts| {
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let request = emulators.s3().complete_multipart_upload().bucket(BUCKET).key("exports/1");
        request.upload_id(&kept).multipart_upload(parts).send()
    };
    let missing = complete(vec![named(1, first.e_tag.clone()), named(3, None)]).await.unwrap_err();
    assert_eq!(refusal(&missing).1, "InvalidPart");
    complete(vec![named(1, first.e_tag), named(2, second.e_tag)]).await.unwrap();
    assert!(open(&emulators).await.is_empty());
    let whole = emulators.s3().get_object().bucket(BUCKET).key("exports/1").send().await.unwrap();
    assert_eq!(whole.content_length, Some((5 << 20) + 10));
    let parts = std::fs::read_dir(home.path().join("s3")).unwrap();
    let parts = parts.filter(|entry| {
        entry.as_ref().unwrap().file_name().to_string_lossy().starts_with(".upload")
    });
    assert_eq!(parts.count(), 0);
}

#[tokio::test]
async fn a_completion_sent_again_is_rejected() {
    let emulators = started(Storage::Memory).await;
    let s3 = emulators.s3();
    let upload = s3
        .create_multipart_upload()
        .bucket(BUCKET)
        .key("k")
        .send()
        .await
        .unwrap()
        .upload_id
        .unwrap();
    let part = s3.upload_part().bucket(BUCKET).key("k").upload_id(&upload).part_number(1);
    let part = part.body(ByteStream::from_static(b"x")).send().await.unwrap();
    let parts = || {
        let part = CompletedPart::builder().part_number(1).set_e_tag(part.e_tag.clone()).build();
        CompletedMultipartUpload::builder().parts(part).build()
    };
    let complete = || {
        s3.complete_multipart_upload()
            .bucket(BUCKET)
            .key("k")
            .upload_id(&upload)
            .multipart_upload(parts())
    };
    complete().send().await.unwrap();
    assert_eq!(refusal(&complete().send().await.unwrap_err()).1, "NoSuchUpload");
    assert_eq!(keys(&emulators).await, ["k"]);
}
