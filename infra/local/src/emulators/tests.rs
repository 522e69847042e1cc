#![allow(
    clippy::disallowed_methods,
    reason = "a test looks into whole tables, which no function may"
)]

use crate::testing::{DATA, TEMPLATE, infrastructure, started};
use crate::{AccessKey, Emulators, Endpoints, Infrastructure, Storage};
use aws_sdk_dynamodb::types::AttributeValue;
use tempfile::TempDir;

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

#[tokio::test]
async fn everything_in_the_template_is_created_and_named_in_the_settings() {
    let emulators = started(Storage::Memory).await;
    let settings = emulators.settings();
    assert_eq!(settings["TABLE_THINGS"], "provost-things");
    assert_eq!(settings["BUCKET_FILES"], "provost-files");
    assert!(settings["QUEUE_MAIL"].starts_with(&settings["AWS_ENDPOINT_URL_SQS"]), "{settings:?}");
    for name in
        ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_S3", "AWS_REGION", "AWS_ACCESS_KEY_ID"]
    {
        assert!(settings.contains_key(name), "{name} is missing");
    }
    let table =
        emulators.dynamodb().describe_table().table_name("provost-things").send().await.unwrap();
    let stream = table.table.unwrap().stream_specification.unwrap();
    assert_eq!(stream.stream_view_type.unwrap().as_str(), "NEW_IMAGE");
}

#[tokio::test]
async fn two_sets_share_nothing() {
    let (one, other) = (started(Storage::Memory).await, started(Storage::Memory).await);
    let put = one
        .dynamodb()
        .put_item()
        .table_name("provost-things")
        .item("pk", text("A"))
        .item("sk", text("B"));
    put.send().await.unwrap();
    let seen = other.dynamodb().scan().table_name("provost-things").send().await.unwrap();
    assert_eq!(seen.count, 0);
}

#[tokio::test]
async fn a_restart_keeps_items_and_objects_and_adds_new_indexes() {
    let home = TempDir::new().unwrap();
    let storage = || Storage::Directory(home.path().join("data"));
    let first = started(storage()).await;
    let put = first
        .dynamodb()
        .put_item()
        .table_name("provost-things")
        .item("pk", text("A"))
        .item("sk", text("B"));
    put.item("kind", text("K")).send().await.unwrap();
    let body = b"hello".to_vec();
    first
        .s3()
        .put_object()
        .bucket("provost-files")
        .key("a/b")
        .body(body.into())
        .send()
        .await
        .unwrap();
    let busy =
        Emulators::start_with(storage(), Endpoints::default()).await.unwrap_err().to_string();
    assert!(busy.contains("another process uses it"), "{busy}");
    first.stop().await;

    let grown = DATA.replace("AttributeType: S }]", "AttributeType: S }, { AttributeName: kind, AttributeType: S }]").replace(
        "      KeySchema: [{ AttributeName: pk",
        "      GlobalSecondaryIndexes:\n        - IndexName: by-kind\n          KeySchema: [{ AttributeName: kind, \
             KeyType: HASH }]\n          Projection: { ProjectionType: ALL }\n      KeySchema: [{ AttributeName: pk",
    );
    let second = Emulators::start_with(storage(), Endpoints::default()).await.unwrap();
    second.provision(&Infrastructure::parse(TEMPLATE, &grown).unwrap()).await.unwrap();
    second.provision(&infrastructure()).await.unwrap();
    let found = second
        .dynamodb()
        .query()
        .table_name("provost-things")
        .index_name("by-kind")
        .key_condition_expression("kind = :k")
        .expression_attribute_values(":k", text("K"))
        .send()
        .await
        .unwrap();
    assert_eq!(found.count, 1);
    let object = second.s3().get_object().bucket("provost-files").key("a/b").send().await.unwrap();
    assert_eq!(object.body.collect().await.unwrap().to_vec(), b"hello");
}

#[tokio::test]
async fn expired_items_are_removed() {
    let emulators = started(Storage::Memory).await;
    for (name, ttl) in [("old", "1000"), ("new", "99999999999")] {
        let put =
            emulators.dynamodb().put_item().table_name("provost-things").item("pk", text(name));
        put.item("sk", text("x"))
            .item("ttl", AttributeValue::N(ttl.to_owned()))
            .send()
            .await
            .unwrap();
    }
    assert_eq!(emulators.expire_items().unwrap(), 1);
    let left = emulators.dynamodb().scan().table_name("provost-things").send().await.unwrap();
    assert_eq!(left.items()[0]["pk"], text("new"));
}

#[tokio::test]
async fn a_service_elsewhere_is_used_with_separate_names() {
    let there = started(Storage::Memory).await;
    let settings = there.settings();
    let elsewhere = Endpoints {
        dynamodb: settings.get("AWS_ENDPOINT_URL_DYNAMODB").cloned(),
        s3: None,
        sqs: settings.get("AWS_ENDPOINT_URL_SQS").cloned(),
        access_key: Some(AccessKey {
            id: settings["AWS_ACCESS_KEY_ID"].clone(),
            secret: settings["AWS_SECRET_ACCESS_KEY"].clone(),
            session_token: None,
        }),
    };
    let here = Emulators::start_with(Storage::Memory, elsewhere).await.unwrap();
    here.provision(&infrastructure()).await.unwrap();
    let named = here.settings();
    assert_eq!(named["AWS_ENDPOINT_URL_DYNAMODB"], settings["AWS_ENDPOINT_URL_DYNAMODB"]);
    assert_ne!(named["AWS_ENDPOINT_URL_S3"], settings["AWS_ENDPOINT_URL_S3"]);
    assert_ne!(named["TABLE_THINGS"], settings["TABLE_THINGS"]);
    let tables = there.dynamodb().list_tables().send().await.unwrap();
    assert!(tables.table_names().contains(&named["TABLE_THINGS"]), "{tables:?}");
}
