//! A user with one item of each kind that an export writes and an erasure removes, created as the
//! platform creates it. Add each new kind here, and the tests of both workers cover it.

mod organisations;

use bytes::Bytes;
use provost_domain::{
    AlertId, ApiKeyId, AwardId, DocumentId, FileId, MessageId, NoteId, NotificationId, Principal,
    Pseudonym, SshKeyId, Status, UserId, VerificationId,
    api_key::{ApiKey, LiveKey},
    entitlement::{PlanSource, StudentClaim, StudentSource},
    file::{self, File},
    fraud::{Alert, AlertStatus, Event, EventKind, Rule, Signal},
    mail::{BounceType, Feedback, Mail, Template},
    notification::{Notification, NotificationKind},
    payment::{Payment, PaymentKind},
    principal::{Suspension, SuspensionKind},
    product::{BillingInterval, standard_plans},
    profile::Profile,
    second_factor::SecondFactor,
    secret::Digest,
    ssh_key::SshKey,
    staff_record::{Contribution, Contributor, Document, Grant, GrantType, document_key},
    stripe_id::StripeId,
    subscription::{Subscription, SubscriptionEventKind, SubscriptionStatus, Terms},
    time::{DAY, MINUTE},
    verification::{
        Image, ImageKind, Verification, VerificationStatus, VerificationType, image_key,
    },
};
use provost_store::{
    mails::Reader, organisation_invites::address_digest, second_factors, sightings::Sighting,
};
use serde_json::json;

use crate::World;

impl World {
    /// Gives a user one item of each kind. The first name of the user is in every text field, so
    /// that a search for it finds data that was not removed.
    pub async fn give_everything(&self, user: UserId) {
        self.banned_once(user).await;
        self.keys(user).await;
        self.plan(user).await;
        let principal = self.principal(user).await.expect("the user exists");
        self.payments(&principal).await;
        self.notices(&principal).await;
        self.staff_records(&principal).await;
        self.verifications(&principal).await;
        self.files(&principal).await;
        let own = self.organisations(&principal).await;
        self.servers_and_zones(&principal, own).await;
        self.suspicions(&principal).await;
    }

    /// An ended ban of a user who had another name at the time.
    async fn banned_once(&self, user: UserId) {
        let before = self.principal(user).await.expect("the user exists");
        self.edit(user, |principal| {
            let (by, at) = (principal.pseudonym, principal.created_at);
            principal.display_name = Some(format!("{} the Great", principal.first_name));
            principal.status = Status::Suspended;
            principal.suspension = Some(Suspension {
                kind: SuspensionKind::Ban,
                reason: "a mistake".to_owned(),
                by,
                at,
                expires_at: None,
                before: Status::Active,
            });
        })
        .await;
        self.edit(user, |principal| {
            *principal = Principal { revision: principal.revision, ..before }
        })
        .await;
    }

    /// API key, SSH key, second factor and profile.
    async fn keys(&self, user: UserId) {
        let (app, now) = (&self.app, self.app.now());
        let mut principal = self.principal(user).await.expect("the user exists");
        let (first, key) = (principal.first_name.clone(), app.id(ApiKeyId::new));
        principal.username =
            Some(format!("{}-1815", first.to_lowercase()).parse().expect("a username"));
        // A different number for each user, and unlike any number in a test.
        let line = u64::from_be_bytes(user.ulid().to_bytes()[8..].try_into().expect("eight bytes"))
            % 10_000_000;
        principal.phone = Some(format!("+4715{line:07}").parse().expect("a phone number"));
        principal.api_keys.insert(
            key,
            LiveKey {
                digest: Digest([7; 32]),
                scopes: None,
                self_read: false,
                expires_at: None,
                last_used_at: None,
            },
        );
        let mut tx = app.transaction();
        tx.save_principal(&principal).expect("a principal");
        tx.move_username(user, None, principal.username.as_ref().expect("it was given"), now)
            .expect("a claim");
        tx.move_phone(user, None, principal.phone.as_ref()).expect("a claim");
        let name = format!("{first}'s laptop");
        let described = ApiKey {
            id: key,
            name: name.clone(),
            prefix: "prv_abcdefgh".to_owned(),
            scopes: None,
            self_read: false,
            created_at: now,
            expires_at: None,
        };
        tx.add_api_key(user, &described).expect("a key");
        let ssh = SshKey {
            id: app.id(SshKeyId::new),
            name,
            kind: "ssh-ed25519".to_owned(),
            bits: 256,
            fingerprint: "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU".to_owned(),
            public_key: format!(
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f {first}"
            ),
            created_at: now,
        };
        tx.add_ssh_key(user, &ssh).expect("an SSH key");
        let sealed =
            second_factors::seal_secret(&principal.subject_key, principal.pseudonym, &[9; 20])
                .expect("a secret");
        tx.save_second_factor(user, &SecondFactor::start(sealed, 0, now)).expect("a second factor");
        let profile = Profile {
            bio: Some(format!("{first} writes about engines.")),
            address: Some(format!("{first} Street 1")),
            ..Profile::default()
        };
        tx.save_profile(user, &profile).expect("a profile");
        tx.commit().await.expect("no concurrent write");
    }

    /// A plan without a checkout.
    async fn plan(&self, user: UserId) {
        let (app, now) = (&self.app, self.app.now());
        let principal = self.principal(user).await.expect("the user exists");
        let profile = app.store().profile(user).await.expect("the table can be read");
        let plans = standard_plans(now);
        let plan = plans.iter().find(|plan| plan.price > 0).expect("a plan that costs something");
        let (paying, limits) = principal.apply_plan(
            plan,
            &profile.limits,
            PlanSource::Staff { by: app.id(Pseudonym::new) },
            now,
        );
        let mut tx = app.transaction();
        tx.save_principal(&paying).expect("a principal");
        tx.save_profile(user, &Profile { limits, ..profile }).expect("a profile");
        tx.commit().await.expect("no concurrent write");
    }

    /// A paid subscription and its payment.
    async fn payments(&self, principal: &Principal) {
        let (app, user, now) = (&self.app, principal.user_id, self.app.now());
        let id = |kind: &str| {
            format!("{kind}_{}", principal.first_name)
                .parse::<StripeId>()
                .expect("letters and an underscore")
        };
        let terms = Terms {
            told_at: now,
            told_as: SubscriptionEventKind::Updated,
            status: SubscriptionStatus::Active,
            product_id: None,
            price_id: "price_month".to_owned(),
            price: Some(900),
            currency: "EUR".to_owned(),
            billing_interval: Some(BillingInterval::Month),
            current_period_start: now,
            current_period_end: now.plus(30 * DAY),
            cancel_at_period_end: false,
            cancelled_at: None,
        };
        let subscription =
            Subscription { id: id("sub"), customer: id("cus"), bound_at: now, terms: Some(terms) };
        let payment = Payment {
            event: id("evt"),
            at: now,
            kind: PaymentKind::Paid,
            amount: 900,
            currency: "EUR".to_owned(),
            customer: id("cus"),
            subscription: Some(id("sub")),
            product_id: None,
            invoice: Some(id("in")),
            charge: None,
        };
        let mut tx = app.transaction();
        tx.check_principal(principal).expect("a check");
        tx.bind_customer(user, &subscription.customer).expect("a claim");
        tx.save_subscription(user, &subscription).expect("a subscription");
        tx.record_payment(user, &payment).expect("a payment");
        tx.start_checkout(user, &id("cs"), now).expect("a checkout");
        tx.commit().await.expect("the customer is new");
    }

    /// A notification and an email.
    async fn notices(&self, principal: &Principal) {
        let (app, user, now, first) =
            (&self.app, principal.user_id, self.app.now(), &principal.first_name);
        let notification = Notification::new(
            app.id(NotificationId::new),
            NotificationKind::Security,
            "A new device",
            format!("{first}, was this you?"),
            now,
        );
        let mut tx = app.transaction();
        tx.notify(user, &notification).expect("a notification");
        tx.commit().await.expect("written");
        let mail = Mail {
            subject: format!("{first}, choose a new password"),
            body: Some("https://provost.example/reset?token=once".to_owned()),
            ..Mail::queued(
                app.id(MessageId::new),
                principal.email.to_string(),
                Template::PasswordReset,
                now,
            )
        };
        app.store()
            .claim_mail(Reader::Person(user), &mail, now, now.plus(MINUTE))
            .await
            .expect("an email");
        app.store().mail_sent(Reader::Person(user), mail.id, None, now).await.expect("it was sent");
        // Another email with a transient bounce.
        let bounced = Mail::queued(
            app.id(MessageId::new),
            principal.email.to_string(),
            Template::PasswordChanged,
            now,
        );
        app.store()
            .claim_mail(Reader::Person(user), &bounced, now, now.plus(MINUTE))
            .await
            .expect("an email");
        let digest = address_digest(principal.email.as_str());
        let noted = app
            .store()
            .note_feedback(
                bounced.id,
                Some(user),
                &digest,
                Feedback::Bounce,
                Some(BounceType::Transient),
                now,
            )
            .await;
        noted.expect("the bounce is recorded");
    }

    /// Staff records about the user: a note, a grant with an end, contributions, a document.
    async fn staff_records(&self, principal: &Principal) {
        let (app, user, now, first) =
            (&self.app, principal.user_id, self.app.now(), &principal.first_name);
        let staff = app.id(Pseudonym::new);
        let mut tx = app.transaction();
        tx.add_note(
            principal,
            app.id(NoteId::new),
            staff,
            &format!("{first} called about the invoice."),
            now,
        )
        .expect("a note");
        let grant = Grant {
            id: app.id(AwardId::new),
            r#type: GrantType::Domains,
            amount: 2,
            reason: Some(format!("{first} found a fault.")),
            by: staff,
            created_at: now,
            expires_at: Some(now.plus(90 * DAY)),
            ended_at: None,
            end: None,
        };
        tx.add_grant(user, &grant).expect("a grant");
        let contribution = Contribution {
            date: "2026-01-02".to_owned(),
            label: format!("{first} found a fault"),
            details: None,
            points: Some(5),
            url: None,
        };
        let contributor = Contributor {
            title: Some(format!("{first} the Finder")),
            ledger: vec![contribution],
            updated_at: Some(now),
            ..Contributor::default()
        };
        tx.save_contributor(user, &contributor).expect("a contributor");
        let document = Document {
            id: app.id(DocumentId::new),
            name: format!("{first}'s contract"),
            description: None,
            content_type: "application/pdf".to_owned(),
            size: 9,
            by: staff,
            created_at: now,
        };
        tx.add_document(user, &document).expect("a document");
        tx.commit().await.expect("all are new");
        self.object(
            &document_key(user, document.id),
            "application/pdf",
            format!("%PDF-1.7 {first}").into_bytes(),
        )
        .await;
    }

    /// A closed upload window, a pending identity verification, and a rejected student verification
    /// whose image is kept for a while.
    async fn verifications(&self, principal: &Principal) {
        let (app, user, now, first) =
            (&self.app, principal.user_id, self.app.now(), &principal.first_name);
        let mut tx = app.transaction();
        tx.open_upload_window(user, now.plus(-DAY)).expect("a window");
        tx.commit().await.expect("written");
        let image = |kind| Image { kind, content_type: "image/png".to_owned(), size: 9 };
        let asked = |r#type, images| Verification {
            id: app.id(VerificationId::new),
            user_id: user,
            r#type,
            status: VerificationStatus::Pending,
            student: None,
            images,
            created_at: now,
            decided_at: None,
            decided_by: None,
            reason: None,
            images_removed_at: None,
            version: 1,
        };
        let student = Verification {
            student: Some(StudentClaim {
                source: StudentSource::Github,
                github_login: Some(first.to_lowercase()),
            }),
            ..asked(VerificationType::Student, vec![image(ImageKind::Document)])
        };
        let identity = asked(
            VerificationType::Identity,
            vec![image(ImageKind::Document), image(ImageKind::Selfie)],
        );
        for verification in [&student, &identity] {
            let mut tx = app.transaction();
            tx.create_verification(verification).expect("a verification");
            tx.commit().await.expect("none of its type is pending");
            for image in &verification.images {
                self.object(
                    &image_key(user, verification.id, image.kind),
                    &image.content_type,
                    format!("{first} smiling").into_bytes(),
                )
                .await;
            }
        }
        let rejected = student
            .decide(
                VerificationStatus::Rejected,
                app.id(Pseudonym::new),
                Some(format!("{first}'s name is not on it")),
                now,
            )
            .expect("it is pending");
        let mut tx = app.transaction();
        tx.decide_verification(&rejected, now.plus(30 * DAY)).expect("a decision");
        tx.commit().await.expect("no concurrent decision");
    }

    /// A registered file in two versions, and an avatar.
    async fn files(&self, principal: &Principal) {
        let (user, first) = (principal.user_id, &principal.first_name);
        let id = self.app.id(FileId::new);
        let file = File {
            id,
            name: "notes.txt".to_owned(),
            content_type: "text/plain".to_owned(),
            size: 5,
            object_key: file::object_key(user, id),
            created_at: self.app.now(),
        };
        let mut tx = self.app.transaction();
        tx.add_file(user, &file).expect("a file");
        tx.commit().await.expect("registered");
        for text in ["an earlier version".to_owned(), format!("{first}'s notes on the engine")] {
            self.object(&file.object_key, &file.content_type, text.into_bytes()).await;
        }
        self.object(
            &format!("{}avatar.png", file::prefix(user)),
            "image/png",
            format!("{first} smiling").into_bytes(),
        )
        .await;
    }

    async fn object(&self, key: &str, content_type: &str, bytes: Vec<u8>) {
        let store = self.app.store();
        store
            .put_object(&store.names().files, key, content_type, Bytes::from(bytes))
            .await
            .expect("an object");
    }

    /// A fraud alert and sightings.
    async fn suspicions(&self, principal: &Principal) {
        let (app, user, now) = (&self.app, principal.user_id, self.app.now());
        let alert = Alert {
            id: app.id(AlertId::new),
            user_id: user,
            rule_set: 1,
            status: AlertStatus::Open,
            signals: vec![Signal {
                rule: Rule::SharedAddress,
                score: 40,
                // The second is an example of data that a rule might report about another user.
                evidence: [
                    ("accounts".to_owned(), json!(3)),
                    ("neighbour".to_owned(), json!("bob@elsewhere.example")),
                ]
                .into(),
            }],
            score: 40,
            source_ip: Some("192.0.2.7".to_owned()),
            assigned_to: None,
            history: vec![Event {
                note: Some(format!("{} called.", principal.first_name)),
                ..Event::new(EventKind::Noted, Some(app.id(Pseudonym::new)), now)
            }],
            raised_in: None,
            dismissed_in: None,
            created_at: now,
            updated_at: now,
            closed_at: None,
            version: 1,
        };
        let mut tx = app.transaction();
        tx.raise_alert(&alert, None).expect("an alert");
        tx.add_sighting(user, &Sighting::Address("192.0.2.7".to_owned()), now).expect("a sighting");
        tx.commit().await.expect("none is open");
    }
}
