//! Verifications with their images, files, and content with its flags and evidence.

use bytes::Bytes;
use provost_domain::{
    EvidenceId, FileId, FlagId, Pseudonym, ShortUrlId, User, VerificationId,
    content::{Content, ContentKind, ContentStatus, Evidence, Flag, FlagEnd, ObjectPlace},
    entitlement::{StudentClaim, StudentSource},
    file::{self, File},
    time::DAY,
    verification::{
        Image, ImageKind, Verification, VerificationStatus, VerificationType, image_key,
    },
};

use crate::World;

impl World {
    /// A closed upload window, a pending identity verification, and a rejected student verification
    /// whose image is kept for a while.
    pub(super) async fn verifications(&self, record: &User) {
        let (app, user, now, first) =
            (&self.app, record.user_id, self.app.now(), &record.first_name);
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
    pub(super) async fn files(&self, record: &User) {
        let (user, first) = (record.user_id, &record.first_name);
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

    /// A file that is flagged for the second time, a short URL, and evidence with its copy.
    pub(super) async fn contents(&self, record: &User) {
        let (app, user, now, first) =
            (&self.app, record.user_id, self.app.now(), &record.first_name);
        let (id, bucket) = (app.id(FileId::new), app.store().names().files.clone());
        let file = Content {
            id: id.into(),
            kind: ContentKind::File,
            owner_id: user,
            name: format!("{first}'s song.mp3"),
            content_type: Some("audio/mpeg".to_owned()),
            size: 9,
            sha256: None,
            target: None,
            object: Some(ObjectPlace {
                bucket: bucket.clone(),
                key: file::object_key(user, id),
                store: None,
            }),
            status: ContentStatus::Available,
            created_at: now,
            flag: None,
            removal: None,
            version: 1,
        };
        let url = Content {
            id: app.id(ShortUrlId::new).into(),
            kind: ContentKind::Url,
            name: format!("{first}'s link"),
            content_type: None,
            size: 0,
            target: Some(format!("https://{}.example/", first.to_lowercase())),
            object: None,
            ..file.clone()
        };
        let evidence = Evidence::of(app.id(EvidenceId::new), &file, &bucket, now);
        let flag = |reason: &str| {
            let notes = Some(format!("{first} wrote it"));
            let (id, by) = (app.id(FlagId::new), app.id(Pseudonym::new));
            Flag::new(id, &file, format!("{reason} of {first}"), notes, by, now)
        };
        let end =
            FlagEnd { reason: None, by: Some(app.id(Pseudonym::new)), at: now, removed: false };
        let (earlier, live) = (flag("a copy").ended(end), flag("another copy"));
        let mut tx = app.transaction();
        tx.register_content(&url).expect("a short URL");
        tx.register_content(&file.clone().flag(&live).expect("it is not flagged")).expect("a file");
        tx.add_flag(&earlier).expect("a flag");
        tx.add_flag(&live).expect("a flag");
        tx.register_evidence(&evidence).expect("evidence");
        tx.commit().await.expect("all of it is new");
        for place in [file.object, evidence.copy].into_iter().flatten() {
            self.object(&place.key, "audio/mpeg", format!("{first} sings").into_bytes()).await;
        }
    }

    pub(super) async fn object(&self, key: &str, content_type: &str, bytes: Vec<u8>) {
        let store = self.app.store();
        store
            .put_object(&store.names().files, key, content_type, Bytes::from(bytes))
            .await
            .expect("an object");
    }
}
