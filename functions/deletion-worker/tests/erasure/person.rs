//! A user with one item of every kind, and the search for leftovers.

use aws_lambda_events::event::sqs::SqsEvent;
use bytes::Bytes;
use provost_auth::Purpose;
use provost_domain::{
    AuditId, DeletionId, ExportId, Pseudonym, RequestId, ShareLinkId, Timestamp, UserId,
    audit::{Actor, Changes, Entry, Origin, Resource},
    deletion::{CancelledBy, DeletionRequest, NewDeletion, Receipt},
    export::{Category, ExportJob, ExportStatus, Progress, object_key},
    file,
    message::Message,
    organisation::{self, MemberRole},
    page::{PageFrom, PageRequest},
    share_link::ShareLink,
    time::DAY,
    user::PendingDeletion,
};
use provost_jobs::Deadline;
use provost_testkit::{Someone, World};
use serde_json::json;

/// A user to erase, and the words that must not be found afterwards.
pub struct Subject {
    pub id: UserId,
    pub pseudonym: Pseudonym,
    pub request: DeletionId,
    words: Vec<String>,
}

/// A unique name, with a letter for each digit so that it is valid in an address and a handle.
fn name(number: usize) -> String {
    let letters: String =
        number.to_string().bytes().map(|digit| char::from(b'g' + (digit - b'0'))).collect();
    format!("Zwantje{letters}")
}

/// A job that has not started.
pub fn job(world: &World, user: UserId) -> ExportJob {
    ExportJob {
        id: world.app.id(ExportId::new),
        user_id: user,
        requested_by: "self".to_owned(),
        status: ExportStatus::Queued,
        progress: Progress::default(),
        recipients: vec!["age1recipient".to_owned()],
        categories: Category::ALL.to_vec(),
        withheld: Vec::new(),
        selection: None,
        size: None,
        sha256: None,
        created_at: world.app.now(),
        completed_at: None,
        expires_at: None,
        error: None,
        fence: 0,
        upload_id: None,
        version: 1,
    }
}

/// A user with one item of every kind, whose deletion is due.
pub async fn complete(world: &World, number: usize) -> Subject {
    let subject = person(world, number).await;
    let (app, store, user) = (&world.app, world.app.store(), subject.id);
    let now = app.now();
    let subject_of = || async { world.user(user).await.expect("the user exists").subject() };

    world.give_everything(user).await;
    let record = world.user(user).await.expect("the user exists");
    let first = record.first_name.clone();
    archive(world, user, &first).await;
    in_assigned_bucket(world, user, &first).await;

    let origin = || Origin {
        ip: Some("192.0.2.7".to_owned()),
        user_agent: Some(format!("{first}'s browser")),
        request_id: app.id(RequestId::new),
        route: "PUT /api/users/me".to_owned(),
        api_key: false,
    };
    let mut changes = Changes::new();
    provost_domain::audit::note_change(&mut changes, "firstName", &"Somebody".to_owned(), &first);
    let entry = Entry {
        id: app.id(AuditId::new),
        at: now,
        actor: Actor::User(subject_of().await),
        action: "user.updated",
        resource: Resource::User(subject_of().await),
        success: true,
        reason: Some(format!("{first} asked for it")),
        changes,
        origin: origin(),
    };
    store.audit(entry).await.expect("an entry");

    // An earlier, cancelled request.
    let earlier = request(world, &record, now).cancel(CancelledBy::Owner, now).expect("it is open");
    let mut tx = app.transaction();
    tx.create_deletion(&earlier, now).expect("a request");
    tx.plan_end_of_suspension(&suspended(&record, now)).expect("a plan");
    tx.commit().await.expect("it is new");

    schedule(world, subject).await
}

/// The bucket that is assigned to every complete user.
const ASSIGNED: &str = "assigned";

/// A file in the bucket that is assigned to a user, and one of the user's organisation in its bucket.
async fn in_assigned_bucket(world: &World, user: UserId, first: &str) {
    let store = world.app.store();
    let all = PageRequest { from: PageFrom::Page(1), limit: 50 };
    let buckets = store.buckets(&all).await.expect("the table responds").rows;
    let bucket = match buckets.iter().find(|bucket| bucket.name == ASSIGNED) {
        Some(bucket) => bucket.id,
        None => world.assign_bucket(user, ASSIGNED).await,
    };
    world.edit(user, |user| user.storage_bucket = Some(bucket)).await;
    let own = store.memberships(user).await.expect("the index responds");
    let own = own.iter().find(|member| member.role == MemberRole::Owner).expect("their own");
    world.assign_bucket_to(own.organisation_id, bucket).await;
    for folder in [file::prefix(user), organisation::folder(own.organisation_id)] {
        let text = Bytes::from(format!("{first} sings"));
        let key = format!("{folder}song.mp3");
        store.put_object(ASSIGNED, &key, "audio/mpeg", text).await.expect("an object");
    }
}

fn suspended(user: &provost_domain::User, now: Timestamp) -> provost_domain::User {
    use provost_domain::user::{Suspension, SuspensionKind};
    let suspension = Suspension {
        id: None,
        kind: SuspensionKind::Ban,
        reason: "spam".to_owned(),
        by: user.pseudonym,
        at: now,
        expires_at: Some(now.plus(90 * DAY)),
        before: user.status,
    };
    user.clone().suspend(suspension, now).expect("the user is active")
}

/// A user with an account and nothing else, and without a deletion request.
pub async fn person(world: &World, number: usize) -> Subject {
    let first = name(number);
    let someone: Someone<'_> = world.person(&first).await;
    let last = format!("van der {first}");
    world.edit(someone.id, |user| user.last_name = last.clone()).await;
    let user = world.user(someone.id).await.expect("the user exists");
    Subject {
        id: someone.id,
        pseudonym: user.pseudonym,
        request: world.app.id(DeletionId::new),
        words: vec![someone.id.to_string(), someone.email.clone(), first.to_lowercase()],
    }
}

fn request(world: &World, record: &provost_domain::User, due_at: Timestamp) -> DeletionRequest {
    let new = NewDeletion {
        id: world.app.id(DeletionId::new),
        user: record.user_id,
        pseudonym: record.pseudonym,
        requested_by: "self".to_owned(),
        reason: Some(format!("{} has had enough", record.first_name)),
        due_at,
        blocked: None,
    };
    DeletionRequest::new(new, world.app.now())
}

/// Requests the deletion, due now.
pub async fn schedule(world: &World, subject: Subject) -> Subject {
    let now = world.app.now();
    let user = world.user(subject.id).await.expect("the user exists");
    let request = request(world, &user, now);
    let session = user.sessions.keys().next().copied();
    let deleted = user
        .delete(
            PendingDeletion {
                id: request.id,
                due_at: now,
                before: provost_domain::Status::Active,
                executing: false,
            },
            session,
            now,
        )
        .expect("the user is active");
    let mut tx = world.app.transaction();
    tx.save_user(&deleted).expect("a user");
    tx.create_deletion(&request, now).expect("a request");
    tx.commit().await.expect("no concurrent write");
    Subject { request: request.id, ..subject }
}

/// A completed export, and a share link to it that was visited.
async fn archive(world: &World, user: UserId, first: &str) {
    let (app, store, now) = (&world.app, world.app.store(), world.app.now());
    let queued = job(world, user);
    let mut tx = app.transaction();
    tx.create_export(&queued, now).expect("a job");
    tx.commit().await.expect("there is no other export");
    let running = queued.start().expect("it is queued");
    assert!(store.write_claim(&running, now).await.expect("the table responds"));
    store
        .put_object(
            &store.names().exports,
            &object_key(running.id),
            "application/octet-stream",
            Bytes::from(format!("sealed, but of {first}")),
        )
        .await
        .expect("an archive");
    let mut tx = app.transaction();
    tx.complete_export(&running, 22, "00", &Progress::default(), now).expect("it ends");
    tx.commit().await.expect("the run owns it");
    store
        .begin_upload(&store.names().exports, &object_key(running.id))
        .await
        .expect("an unfinished upload");
    let link = ShareLink {
        id: app.id(ShareLinkId::new),
        job_id: running.id,
        user_id: user,
        size: 22,
        expires_at: now.plus(DAY),
        max_downloads: 1,
        remaining: 1,
        password_hash: None,
        tries_left: 5,
        attempts_pending: 0,
        revoked_at: None,
        note: Some(format!("for {first}'s lawyer")),
        created_by: app.id(Pseudonym::new),
        created_at: now,
        trail: Vec::new(),
    };
    let mut tx = app.transaction();
    tx.create_share_link(&hex(app.id(ShareLinkId::new)), &link).expect("a link");
    tx.commit().await.expect("it is new");
}

fn hex(id: ShareLinkId) -> String {
    format!("{:064x}", u128::from(id.ulid()))
}

/// An SQS event with these message bodies.
pub fn batch(bodies: &[String]) -> SqsEvent {
    let records: Vec<_> = bodies
        .iter()
        .enumerate()
        .map(|(index, body)| json!({ "messageId": format!("m{index}"), "body": body, "attributes": {}, "messageAttributes": {} }))
        .collect();
    serde_json::from_value(json!({ "Records": records })).expect("an event")
}

/// The queue message for a deletion request.
pub fn message(request: DeletionId) -> String {
    serde_json::to_string(&Message::Deletion { request }).expect("a message")
}

/// Delivers the message once with plenty of time; returns whether it was handled.
pub async fn deliver(world: &World, request: DeletionId) -> bool {
    let deadline = Deadline::within(std::time::Duration::from_secs(900));
    let answer =
        fn_deletion_worker::handle(world.app.clone(), batch(&[message(request)]), deadline)
            .await
            .expect("it responds");
    answer.batch_item_failures.is_empty()
}

/// The deletion request in its current state.
pub async fn stands(world: &World, request: DeletionId) -> DeletionRequest {
    world
        .app
        .store()
        .deletion(request)
        .await
        .expect("the table responds")
        .expect("the request exists")
}

/// Searches every table and bucket for data of the user. After an erasure it must find nothing.
pub async fn leftovers(world: &World, subject: &Subject) -> Vec<String> {
    let (dynamo, s3, names) =
        (world.emulators.dynamodb(), world.emulators.s3(), world.app.store().names());
    let mut found = Vec::new();
    let mut look = |place: &str, text: &str| {
        let text = text.to_lowercase();
        for word in &subject.words {
            if text.contains(&word.to_lowercase()) {
                found.push(format!("{word} in {place}: {text}"));
            }
        }
    };
    for table in
        [&names.accounts, &names.organisations, &names.operations, &names.catalogue, &names.audit]
    {
        let mut pages = dynamo.scan().table_name(table).into_paginator().items().send();
        while let Some(item) = pages.next().await {
            look(table, &format!("{:?}", item.expect("the table responds")));
        }
    }
    let buckets = s3.list_buckets().send().await.expect("the store responds");
    let buckets: Vec<_> = buckets.buckets().iter().filter_map(|bucket| bucket.name()).collect();
    for bucket in [names.files.as_str(), names.exports.as_str()] {
        assert!(buckets.contains(&bucket), "the search sees {bucket}");
    }
    for bucket in buckets {
        let listed = s3.list_objects_v2().bucket(bucket).send().await.expect("the bucket responds");
        assert_ne!(listed.is_truncated(), Some(true), "the search sees only a page of {bucket}");
        for object in listed.contents() {
            let key = object.key().unwrap_or_default();
            let body = s3
                .get_object()
                .bucket(bucket)
                .key(key)
                .send()
                .await
                .expect("the object exists")
                .body
                .collect()
                .await
                .expect("its bytes")
                .into_bytes();
            look(bucket, &format!("{key} {}", String::from_utf8_lossy(&body)));
        }
        for upload in s3
            .list_multipart_uploads()
            .bucket(bucket)
            .send()
            .await
            .expect("the bucket responds")
            .uploads()
        {
            look(bucket, upload.key().unwrap_or_default());
        }
    }
    found
}

/// Asserts that the user is completely erased: no data left, one receipt that verifies, one final
/// audit entry. Returns the receipt.
pub async fn is_erased(world: &World, subject: &Subject) -> Receipt {
    assert_eq!(leftovers(world, subject).await, Vec::<String>::new());
    let request = stands(world, subject.request).await;
    let signed = request.receipt.clone().expect("there is a receipt");
    let receipt: Receipt = world
        .app
        .verifier()
        .verify(Purpose::Receipt, &signed, world.app.now())
        .expect("it verifies");
    assert_eq!(
        (receipt.deletion_id, receipt.pseudonym, &receipt.counts),
        (subject.request, subject.pseudonym, &request.counts)
    );
    let about = format!("{:?}", subject.pseudonym);
    let (dynamo, names) = (world.emulators.dynamodb(), world.app.store().names());
    let entries = dynamo
        .scan()
        .table_name(&names.audit)
        .filter_expression("#action = :erased AND resourceId = :who")
        .expression_attribute_names("#action", "action")
        .expression_attribute_values(":erased", provost_store::item::s("user.erased"))
        .expression_attribute_values(":who", provost_store::item::s(&about))
        .send()
        .await
        .expect("the table responds");
    assert_eq!(entries.count(), 1, "the log has one entry for the erasure of {about}");
    receipt
}
