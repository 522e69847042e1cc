//! Actions of staff on the accounts of others.

use provost_domain::{
    MessageId,
    mail::{BounceType, Feedback},
    time::{HOUR, MINUTE},
};
use provost_operations::{Op, audit::extend_tree};
use provost_store::organisation_invites::address_digest;
use provost_testkit::{Someone, people::PASSWORD, stripe};
use serde_json::{Value, json};

use super::{self as story, Story, id};
use crate::flows::{email_text, token};

/// Searching, storing, deciding, exporting, deleting.
pub async fn live<'w>(story: &mut Story<'w, '_>, root: &Someone<'w>) {
    let world = story.world;
    let anyone = world.anyone();
    let (dora, emil) = (world.person("Dora").await, world.person("Emil").await);
    let (user, other) = (dora.id.to_string(), emil.id.to_string());
    story.send("getUser", root).to([&user]).variant("staff").await;
    story
        .send("updateUser", root)
        .to([&user])
        .body(json!({ "firstName": "Dorothea" }))
        .variant("staff")
        .await;
    // The first list loads the user index.
    root.get("/api/admin/users?limit=1").await.ok();
    story.send("listUsers", root).await;
    story.send("listUsers", root).query([("page", "2"), ("limit", "25")]).variant("page 2").await;
    story.send("searchAll", root).variant("by words").await;
    story.send("searchAll", root).query([("q", &user)]).variant("by id").await;
    story.send("getUserDetails", root).to([&user]).await;
    story.send("listUserSessions", root).to([&user]).await;
    story.send("listUserLoginHistory", root).to([&user]).await;

    story.send("banUser", root).to([&other]).await;
    story.send("unbanUser", root).to([&other]).await;
    story.send("changeUserRole", root).to([&other]).await;
    let signed_in = anyone
        .post("/api/sessions/login", json!({ "email": emil.email, "password": PASSWORD }))
        .await
        .ok();
    let session = signed_in["sessionId"].as_str().expect("a session").to_owned();
    story.send("revokeUserSession", root).to([&other, &session]).await;
    story.send("forcePasswordReset", root).to([&other]).await;

    records(story, root, &user).await;
    verifications(story, root, &dora, &user).await;
    content(story, root).await;
    let gil = world.person("Gil").await;
    reports(story, root, &gil, &other).await;
    applications(story, root, &gil).await;
    plans(story, root, &user).await;
    let payer = world.person("Gus").await;
    stripe_events(story, &payer).await;
    catalogue(story, root).await;
    billing(story, root, &payer, &world.person("Fred").await).await;
    fraud(story, root, &emil).await;
    // The first request after many entries counts them; the next one uses that count.
    story.send("listAuditEntries", root).variant("first look").await;
    story.send("listAuditEntries", root).await;
    story.send("listAuditLogs", root).await;
    proofs(story, root).await;
    story.send("createAuditExport", root).await;
    world.settle().await;
    story.send("listSentEmails", root).await;
    emails(story, root, &dora).await;
    story.send("getStatus", root).await;
    story.send("getAnalytics", root).await;
    story.send("checkForUpdates", root).await;
    story.send("showHomePage", &anyone).await;
    story.send("getOpenapiDocument", &anyone).await;
    story.send("getHealth", &anyone).await;
    story.send("getJwks", &anyone).await;
    settings(story, root).await;
    storage(story, root).await;
    exports(story, root, &user).await;
    deletions(story, root, &dora).await;
    story.send("deleteUser", root).to([&other]).await;
    world.settle().await;
}

/// Proofs of the audit log, as the scheduler prepares them an hour later.
async fn proofs<'w>(story: &mut Story<'w, '_>, root: &Someone<'w>) {
    let app = &story.world.app;
    let mut later = Op::system(app, "scheduler", app.request_id());
    later.now = later.now.plus(2 * HOUR);
    extend_tree(&later, &|| true).await.expect("the tree grows");
    let newest = root.get("/api/admin/audit/logs?limit=1").await.ok();
    let id = newest["data"][0]["id"].as_str().expect("an entry").to_owned();
    story.send("getAuditProof", root).to([&id]).await;
    story.send("getAuditCheckpoint", root).await;
}

/// Templates, a message, and a broadcast with its link to unsubscribe.
async fn emails<'w>(story: &mut Story<'w, '_>, root: &Someone<'w>, dora: &Someone<'w>) {
    let (world, anyone) = (story.world, story.world.anyone());
    story.send("listEmailTemplates", root).await;
    story.send("getEmailTemplate", root).to(["password-changed"]).await;
    story.send("updateEmailTemplate", root).to(["password-changed"]).await;
    story.send("previewEmailTemplate", root).to(["password-changed"]).await;
    let (id_of_mail, address) =
        (world.app.id(MessageId::new), address_digest("came-back@user.example"));
    let kind = Some(BounceType::Permanent);
    let (store, now) = (world.app.store(), world.app.now());
    store
        .note_feedback(id_of_mail, None, &address, Feedback::Bounce, kind, now)
        .await
        .expect("the table responds");
    story.send("liftEmailSuppression", root).await;
    story.send("sendEmail", root).set("to", json!([dora.email])).await;
    let broadcast = id(&story.send("startEmailBroadcast", root).await);
    story.send("getEmailBroadcast", root).to([&broadcast]).await;
    story.send("listEmailBroadcasts", root).await;
    story.send("cancelEmailBroadcast", root).to([&broadcast]).await;
    root.post(
        "/api/admin/emails/broadcast",
        json!({ "subject": "News", "text": "News.", "filter": "all" }),
    )
    .await
    .status(202);
    world.settle().await;
    let text = email_text(world, &dora.id.to_string(), "broadcast").await;
    let token = text
        .split_once("/unsubscribe/")
        .and_then(|(_, rest)| rest.split_whitespace().next())
        .expect("a broadcast has the link")
        .to_owned();
    story.send("showUnsubscribePage", &anyone).to([&token]).await;
    story.send("unsubscribeByLink", &anyone).to([&token]).await;
    story.send("getEmailStats", root).await;
}

async fn records<'w>(story: &mut Story<'w, '_>, root: &Someone<'w>, user: &str) {
    story.send("addVerifiedBadge", root).to([user]).await;
    story.send("removeVerifiedBadge", root).to([user]).await;
    story.send("addUserNote", root).to([user]).await;
    story.send("listUserNotes", root).to([user]).await;
    let grant = id(&story.send("grantBenefit", root).to([user]).await);
    story.send("listUserGrants", root).to([user]).await;
    story.send("revokeBenefit", root).to([user]).set("grantId", grant).await;
    story.send("updateContributorProfile", root).to([user]).await;
    story.send("getContributorProfile", root).to([user]).await;
    story.send("addUserDocument", root).to([user]).await;
    story.send("listUserDocuments", root).to([user]).await;
}

async fn verifications<'w>(
    story: &mut Story<'w, '_>,
    root: &Someone<'w>,
    dora: &Someone<'w>,
    user: &str,
) {
    let body = |operation: &str| {
        let example = story.examples.get(operation).cloned().unwrap_or_default();
        example.request.body.unwrap_or_default()
    };
    let (identity, student) =
        (body("submitIdentityVerification"), body("submitStudentVerification"));
    let asked = id(&dora.post("/api/verifications/identity", identity).await.status(201));
    story.send("listVerifications", root).await;
    story.send("listVerifications", root).query([("status", "pending")]).variant("waiting").await;
    story.send("getVerification", root).to([&asked]).await;
    story.send("getVerificationImage", root).to([&asked, "selfie"]).await;
    story.send("rejectVerification", root).to([&asked]).await;
    let asked = id(&dora.post("/api/verifications/student", student).await.status(201));
    story.send("approveVerification", root).to([&asked]).await;
    story.send("requireStudentReverification", root).to([user]).await;
    story.send("removeStudentStatus", root).to([user]).await;
}

/// A file is uploaded, flagged twice and removed.
async fn content<'w>(story: &mut Story<'w, '_>, root: &Someone<'w>) {
    // A user whose account is not erased: an erasure waits for uploads that are under way.
    let owner = &story.world.person("Fay").await;
    let file = story.send("createFile", owner).await;
    let put = story::upload(&file["upload"], "la la la").await;
    assert_eq!(put, 200, "the bucket accepts the example");
    let file = id(&file);
    story.send("getFile", owner).to([&file]).variant("first after the upload").await;
    story.send("getFile", owner).to([&file]).await;
    story.send("listOwnFiles", owner).await;
    story.send("flagFile", root).to([&file]).await;
    story.send("listFlaggedFiles", root).await;
    story.send("unflagFile", root).to([&file]).await;
    story.send("flagContent", root).set("contentId", file.clone()).await;
    story.send("getFile", root).to([&file]).variant("by staff").await;
    story.send("removeContent", root).to([&file]).await;
    let draft = json!({ "name": "draft.mp3", "size": 8, "sha256": "00".repeat(32) });
    let draft = id(&owner.post("/api/files", draft).await.status(201));
    story.send("deleteFile", owner).to([&draft]).await;
}

/// A report is filed, read and decided.
async fn reports<'w>(
    story: &mut Story<'w, '_>,
    root: &Someone<'w>,
    reporter: &Someone<'w>,
    reported: &str,
) {
    let report = story.send("createReport", reporter).set("reportedUserId", reported).await;
    let report = id(&report);
    story.send("listOwnReports", reporter).await;
    story.send("listReports", root).await;
    story.send("getReport", root).to([&report]).await;
    story.send("updateReport", root).to([&report]).await;
}

/// An application is decided, and two users appeal against a ban.
async fn applications<'w>(story: &mut Story<'w, '_>, root: &Someone<'w>, applicant: &Someone<'w>) {
    let (world, anyone) = (story.world, story.world.anyone());
    let application = id(&story.send("createApplication", applicant).await);
    story.send("createApplicationReply", applicant).to([&application]).await;
    story.send("listOwnApplications", applicant).await;
    story.send("listApplications", root).await;
    story.send("getApplication", root).to([&application]).await;
    story.send("updateApplication", root).to([&application]).await;
    for operation in ["appealAgainstBan", "appealByPage"] {
        let banned = world.person(&format!("Banned{}", operation.len())).await;
        let ban = json!({ "type": "permanent", "reason": "Adverts" });
        root.post(&format!("/api/admin/users/{}/ban", banned.id), ban).await.ok();
        let link = token(&email_text(world, &banned.id.to_string(), "account-suspended").await);
        match operation {
            "appealByPage" => {
                story.send("showAppealPage", &anyone).to([&link]).await;
                story.send(operation, &anyone).to([&link]).await;
            }
            _ => drop(story.send(operation, &anyone).set("token", link).await),
        }
    }
}

async fn plans<'w>(story: &mut Story<'w, '_>, root: &Someone<'w>, user: &str) {
    let store = story.world.app.store();
    store.seed_plans(story.world.app.now()).await.expect("the table responds");
    let plans = root.get("/api/admin/plans").await.ok();
    let paid = plans["data"]
        .as_array()
        .expect("plans")
        .iter()
        .find(|plan| plan["portalTier"] == "paid")
        .map(id)
        .expect("a paid plan");
    story.send("listPlans", root).await;
    story.send("applyPlan", root).to([user]).set("planId", paid).await;
    story.send("getCurrentPlan", root).to([user]).await;
    story.send("cancelPlan", root).to([user]).await;
}

/// Products and promotion codes.
async fn catalogue<'w>(story: &mut Story<'w, '_>, root: &Someone<'w>) {
    story.send("listProducts", root).await;
    let product = id(&story.send("createProduct", root).await);
    story.send("updateProduct", root).to([&product]).await;
    story.send("syncProduct", root).to([&product]).await;
    story.send("removeProduct", root).to([&product]).await;
    let code = id(&story.send("createPromotionCode", root).await);
    story.send("listPromotionCodes", root).await;
    story.send("switchOffPromotionCode", root).to([&code]).await;
}

/// A user who buys a plan, and what staff see of a former subscriber and of revenue.
async fn billing<'w>(
    story: &mut Story<'w, '_>,
    root: &Someone<'w>,
    former: &Someone<'w>,
    buyer: &Someone<'w>,
) {
    story.send("listOfferedProducts", buyer).await;
    story.send("startCheckout", buyer).await;
    story.send("listOwnSubscriptions", former).await;
    story.send("openBillingPortal", buyer).await;
    story.send("getSubscription", root).to([former.id.to_string().as_str()]).await;
    story.send("getRevenue", root).await;
}

/// The Stripe events of a user who subscribes, pays, and cancels.
async fn stripe_events<'w>(story: &mut Story<'w, '_>, payer: &Someone<'w>) {
    let world = story.world;
    let mut product = provost_domain::product::standard_plans(world.app.now()).remove(1);
    product.stripe_price_id = Some("price_pro".to_owned());
    let item = provost_store::item::encode(
        "a product",
        &provost_store::products::key(product.id),
        &product,
    )
    .expect("an item");
    let table = &world.app.store().names().catalogue;
    world
        .emulators
        .dynamodb()
        .put_item()
        .table_name(table)
        .set_item(Some(item))
        .send()
        .await
        .expect("the table responds");
    let now = world.second();
    let about = |kind: &str, status: &str| {
        let subscription = stripe::subscription("sub_1", "cus_1", "price_pro", status);
        stripe::event(
            &format!("evt_{status}"),
            &format!("customer.subscription.{kind}"),
            now,
            subscription,
        )
    };
    let checkout = stripe::event(
        "evt_checkout",
        "checkout.session.completed",
        now,
        stripe::checkout(payer.id, "cus_1", "sub_1"),
    );
    let paid = stripe::event(
        "evt_paid",
        "invoice.paid",
        now,
        stripe::invoice("in_1", "cus_1", "sub_1", 900),
    );
    world.start_checkout(payer.id).await;
    notify(story, "checkout", checkout).await;
    notify(story, "begins", about("created", "active")).await;
    notify(story, "changes", about("updated", "past_due")).await;
    notify(story, "payment", paid).await;
    notify(story, "ends", about("deleted", "canceled")).await;
}

/// Sends an event, signed now.
async fn notify(story: &mut Story<'_, '_>, variant: &'static str, event: Value) {
    let signature = stripe::signature(stripe::SECRET, story.world.second(), &event.to_string());
    let sender = story.world.anyone();
    story
        .send("receiveStripeEvent", &sender)
        .header("Stripe-Signature", signature)
        .body(event)
        .variant(variant)
        .await;
}

async fn fraud<'w>(story: &mut Story<'w, '_>, root: &Someone<'w>, emil: &Someone<'w>) {
    let world = story.world;
    world
        .edit(emil.id, |user| user.email = "emil@mailinator.com".parse().expect("an address"))
        .await;
    let scan = story.send("scanUserForFraud", root).to([&emil.id.to_string()]).variant("raises");
    let alert = id(&scan.await["alert"]);
    story.send("listFraudAlerts", root).await;
    story.send("getFraudAlert", root).to([&alert]).await;
    story.send("updateFraudAlert", root).to([&alert]).await;
    story.send("dismissFraudAlerts", root).set("ids", json!([alert])).variant("one").await;
    let scan = id(&story.send("scanAllUsersForFraud", root).await);
    story.send("getJob", root).to([&scan]).await;
    world.settle().await;
}

async fn settings<'w>(story: &mut Story<'w, '_>, root: &Someone<'w>) {
    story.send("listSettings", root).await;
    story.send("getSetting", root).to(["retention"]).await;
    story.send("updateSetting", root).to(["retention"]).await;
    let key = id(&story.send("createSystemKey", root).await);
    story.send("listSystemKeys", root).await;
    story.send("revokeSystemKey", root).to(["learning", &key]).await;
}

async fn storage<'w>(story: &mut Story<'w, '_>, root: &Someone<'w>) {
    let user = story.world.person("Stored").await.id.to_string();
    let bucket = id(&story.send("createBucket", root).await);
    story.send("listBuckets", root).await;
    story.send("getBucket", root).to([&bucket]).await;
    story.send("updateBucket", root).to([&bucket]).await;
    story.send("testBucket", root).to([&bucket]).await;
    story.send("testBucketConfiguration", root).await;
    story.send("testIntegration", root).await;
    let squad = json!({ "name": "Squad", "handle": "storage-squad" });
    let squad = id(&root.post("/api/organisations", squad).await.status(201));
    let owner = story.world.person("Squad").await;
    let mut tx = story.world.app.transaction();
    let mut found = story
        .world
        .app
        .store()
        .organisation(squad.parse().expect("an id"))
        .await
        .expect("the table responds")
        .expect("an organisation");
    found.owner_id = owner.id;
    tx.save_organisation(&found).expect("an organisation");
    tx.commit().await.expect("the table responds");
    story.send("assignSquadStorage", root).to([&squad]).set("bucketId", bucket.clone()).await;
    // The credentials of a bucket are sent to a user only if nobody else has files in it.
    let own = json!({
        "name": "Course material",
        "bucket": "own-material",
        "region": "auto",
        "endpoint": "https://objects.example.net",
        "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
        "secretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    });
    let own = id(&root.post("/api/admin/storage/buckets", own).await.status(201));
    story.send("assignUserStorage", root).to([&user]).set("bucketId", own).await;
    let link = token(&email_text(story.world, &user, "bucket-credentials").await);
    let anyone = story.world.anyone();
    story.send("showStorageCredentialsPage", &anyone).to([&link]).await;
    story.send("revealStorageCredentials", &anyone).to([&link]).await;
    // A bucket that does not exist at the embedded store is empty.
    let settings = story.world.emulators.settings();
    let empty = json!({
        "name": "Empty",
        "bucket": "empty",
        "region": settings["AWS_REGION"],
        "endpoint": settings["AWS_ENDPOINT_URL_S3"],
        "accessKeyId": settings["AWS_ACCESS_KEY_ID"],
        "secretAccessKey": settings["AWS_SECRET_ACCESS_KEY"],
    });
    let empty = id(&root.post("/api/admin/storage/buckets", empty).await.status(201));
    story.send("deleteBucket", root).to([&empty]).await;
}

async fn exports<'w>(story: &mut Story<'w, '_>, root: &Someone<'w>, user: &str) {
    let world = story.world;
    let anyone = world.anyone();
    let job = id(&story.send("createExport", root).to([user]).await);
    world.settle().await;
    story.send("listExports", root).await;
    story.send("getExport", root).to([&job]).await;
    story.send("downloadExport", root).to([&job]).await;
    let link = story.send("createShareLink", root).to([&job]).await;
    let token = link["url"]
        .as_str()
        .and_then(|url| url.strip_prefix("https://provost.example/share/"))
        .expect("the platform's URL")
        .to_owned();
    story.send("getShareLink", &anyone).to([&token]).await;
    story.send("redeemShareLink", &anyone).to([&token]).await;
    story.send("listShareLinks", root).to([&job]).await;
    story.send("revokeShareLink", root).to([&job, &id(&link)]).await;
    story.send("cancelExport", root).to([&job]).await;
    world.settle().await;
}

async fn deletions<'w>(story: &mut Story<'w, '_>, root: &Someone<'w>, dora: &Someone<'w>) {
    let world = story.world;
    let user = dora.id.to_string();
    let request = async |who: &Someone<'w>| {
        id(&who.post("/api/users/me/deletion-request", json!({})).await.ok())
    };
    let asked = request(dora).await;
    story.send("listDeletions", root).await;
    story.send("getDeletion", root).to([&asked]).await;
    story.send("placeDeletionHold", root).to([&asked]).await;
    story.send("releaseDeletionHold", root).to([&asked]).await;
    story.send("cancelDeletion", root).to([&asked]).await;
    let sign_in = async || {
        world.advance(MINUTE);
        let signed_in = world
            .anyone()
            .post("/api/sessions/login", json!({ "email": dora.email, "password": PASSWORD }))
            .await
            .ok();
        dora.with_token(signed_in["accessToken"].as_str().expect("a token"))
    };
    request(&sign_in().await).await;
    story.send("restoreUser", root).to([&user]).await;
    story.send("placeUserHold", root).to([&user]).await;
    story.send("releaseUserHold", root).to([&user]).await;
    let asked = request(&sign_in().await).await;
    story.send("expediteDeletion", root).to([&asked]).await;
    world.settle().await;
    story.send("getDeletionReceipt", root).to([&asked]).await;
}
