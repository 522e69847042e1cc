//! A world with exports, jobs written directly to the table, and functions that open archives.

use std::{collections::BTreeMap, io::Cursor, time::Duration};

use aws_lambda_events::event::sqs::SqsEvent;
use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use provost_archive::{Identity, Report, verify};
use provost_domain::{
    ExportId, FileId, Timestamp, UserId,
    export::{Category, ExportJob, ExportStatus, Progress, object_key},
    file::{self, File},
    message::Message,
};
use provost_jobs::Deadline;
use provost_local::Function;
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

/// Ample time.
pub const AMPLE: Duration = Duration::from_secs(900);

/// A world in which exports are requested, sent and written.
pub async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("exports", fn_exports::routes().router(app.clone())),
            Function::worker_over("outbox", app, fn_outbox::handle),
            Function::worker_over("export-worker", app, fn_export_worker::handle),
        ]
    })
    .await
}

/// An event with one message per job, as SQS delivers it.
pub fn event(jobs: &[ExportId]) -> SqsEvent {
    let records: Vec<_> = jobs.iter().map(|job| json!({ "messageId": job.to_string(), "body": serde_json::to_string(&Message::Export { job: *job }).expect("a message") })).collect();
    serde_json::from_value(json!({ "Records": records })).expect("an event")
}

/// Delivers a job's message once. Returns whether the queue would deliver it again.
pub async fn deliver(world: &World, job: ExportId) -> bool {
    deliver_within(world, job, AMPLE).await
}

/// Like [`deliver`], with this time limit.
pub async fn deliver_within(world: &World, job: ExportId, time: Duration) -> bool {
    let answer = fn_export_worker::handle(world.app.clone(), event(&[job]), Deadline::within(time))
        .await
        .expect("the worker responds");
    !answer.batch_item_failures.is_empty()
}

/// A queued job, and the key that opens its archive.
pub async fn job_for(world: &World, user: UserId) -> (ExportId, Identity) {
    let (identity, now) = (Identity::generate(), world.app.now());
    let job = ExportJob {
        id: world.app.id(ExportId::new),
        user_id: user,
        requested_by: "self".to_owned(),
        status: ExportStatus::Queued,
        progress: Progress::default(),
        recipients: vec![identity.recipient().to_string()],
        categories: Category::ALL.to_vec(),
        withheld: Vec::new(),
        selection: None,
        size: None,
        sha256: None,
        created_at: now,
        completed_at: None,
        expires_at: None,
        error: None,
        fence: 0,
        upload_id: None,
        version: 1,
    };
    let mut tx = world.app.transaction();
    tx.create_export(&job, now).expect("a job");
    tx.commit().await.expect("no other export is in progress");
    (job.id, identity)
}

pub async fn job(world: &World, id: ExportId) -> ExportJob {
    world.app.store().export(id).await.expect("the table responds").expect("the job")
}

/// The bytes of a job's archive, or `None` if there is none.
pub async fn object(world: &World, id: ExportId) -> Option<Vec<u8>> {
    let store = world.app.store();
    let body = store
        .open_object(&store.names().exports, &object_key(id))
        .await
        .expect("the bucket responds")?;
    Some(body.collect().await.expect("its bytes").into_bytes().to_vec())
}

/// The number of uploads that were started and not finished.
pub async fn open_uploads(world: &World) -> usize {
    let store = world.app.store();
    store.open_uploads(&store.names().exports, "").await.expect("the bucket responds").len()
}

/// Opens a complete archive and verifies every hash of its manifest, and the size and the hash that
/// the job records.
pub async fn opened(world: &World, id: ExportId, identity: &Identity) -> Report {
    let (job, bytes) = (job(world, id).await, object(world, id).await.expect("an archive"));
    assert_eq!(job.status, ExportStatus::Completed);
    assert_eq!(job.size, Some(bytes.len() as u64));
    assert_eq!(job.sha256.as_deref(), Some(hex::encode(digest(&SHA256, &bytes)).as_str()));
    verify(Cursor::new(bytes), identity).expect("every hash of the manifest holds")
}

/// Every member of an archive by its name, read directly with the age and zip crates instead of the
/// archive's own reader.
pub async fn members(world: &World, id: ExportId, identity: &Identity) -> BTreeMap<String, String> {
    opened(world, id, identity).await;
    let kept = tempfile::tempdir().expect("a folder");
    let folder = kept.path().join("archive");
    provost_archive::unpack(
        Cursor::new(object(world, id).await.expect("an archive")),
        identity,
        &folder,
    )
    .expect("the archive unpacks");
    let mut members = BTreeMap::new();
    let mut folders = vec![folder.clone()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path
                .strip_prefix(&folder)
                .expect("the path is below the folder")
                .to_string_lossy()
                .into_owned();
            members.insert(
                name,
                String::from_utf8_lossy(&std::fs::read(&path).expect("a file")).into_owned(),
            );
        }
    }
    members
}

/// The lines of a member, each parsed as JSON.
pub fn lines(member: &str) -> Vec<Value> {
    member.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// Uploads an object of the user to the bucket.
pub async fn upload(world: &World, key: &str, bytes: Vec<u8>) {
    let store = world.app.store();
    store
        .put_object(&store.names().files, key, "application/octet-stream", Bytes::from(bytes))
        .await
        .expect("stored");
}

/// A registered file and its object.
pub async fn add_file(world: &World, user: UserId, name: &str, bytes: Vec<u8>) -> File {
    let id = world.app.id(FileId::new);
    let file = File {
        id,
        name: name.to_owned(),
        content_type: "text/plain".to_owned(),
        size: bytes.len() as u64,
        object_key: file::object_key(user, id),
        created_at: world.app.now(),
    };
    let mut tx = world.app.transaction();
    tx.add_file(user, &file).expect("a file");
    tx.commit().await.expect("registered");
    upload(world, &file.object_key, bytes).await;
    file
}

/// A user with an item of every kind.
pub async fn rich<'w>(world: &'w World, name: &str) -> Someone<'w> {
    let person = world.person(name).await;
    world.give_everything(person.id).await;
    person
}

/// Incompressible bytes.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    })
    .take(length)
    .collect()
}

/// Later than everything in a test.
pub fn long_after() -> Timestamp {
    "2031-01-01".parse().expect("a date")
}
