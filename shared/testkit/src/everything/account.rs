//! The account itself: an earlier ban, credentials and a profile.

use provost_domain::{
    ApiKeyId, SavedViewId, SshKeyId, Status, User, UserId,
    api_key::{ApiKey, LiveKey},
    profile::Profile,
    saved_view::SavedView,
    second_factor::SecondFactor,
    secret::Digest,
    ssh_key::SshKey,
    user::{Suspension, SuspensionKind},
};
use provost_store::second_factors;

use crate::World;

impl World {
    /// An ended ban of a user who had another name at the time.
    pub(super) async fn banned_once(&self, user: UserId) {
        let before = self.user(user).await.expect("the user exists");
        self.edit(user, |record| {
            let (by, at) = (record.pseudonym, record.created_at);
            record.display_name = Some(format!("{} the Great", record.first_name));
            record.status = Status::Suspended;
            record.suspension = Some(Suspension {
                id: None,
                kind: SuspensionKind::Ban,
                reason: "a mistake".to_owned(),
                by,
                at,
                expires_at: None,
                before: Status::Active,
            });
        })
        .await;
        self.edit(user, |record| *record = User { revision: record.revision, ..before }).await;
    }

    /// A day on which the user was active.
    pub(super) async fn active_day(&self, user: UserId) {
        let before = self.app.now().plus(-provost_domain::time::DAY);
        let marked = self.app.store().mark_active(user, before).await;
        assert!(marked.expect("the tables respond"), "the account exists");
    }

    /// API key, SSH key, second factor and profile.
    pub(super) async fn keys(&self, user: UserId) {
        let (app, now) = (&self.app, self.app.now());
        let mut record = self.user(user).await.expect("the user exists");
        let (first, key) = (record.first_name.clone(), app.id(ApiKeyId::new));
        record.username =
            Some(format!("{}-1815", first.to_lowercase()).parse().expect("a username"));
        // A different number for each user, and unlike any number in a test.
        let line = u64::from_be_bytes(user.ulid().to_bytes()[8..].try_into().expect("eight bytes"))
            % 10_000_000;
        record.phone = Some(format!("+4715{line:07}").parse().expect("a phone number"));
        record.external_id = Some(format!("hr:{first}-{line}"));
        record.api_keys.insert(
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
        tx.save_user(&record).expect("a user");
        tx.move_username(user, None, record.username.as_ref().expect("it was given"), now)
            .expect("a claim");
        tx.move_phone(user, None, record.phone.as_ref()).expect("a claim");
        tx.move_external_id(user, None, record.external_id.as_deref()).expect("a claim");
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
        let view = SavedView {
            id: app.id(SavedViewId::new),
            name: "Active".to_owned(),
            query: "status=active".to_owned(),
            shared: true,
            created_at: now,
        };
        tx.add_saved_view(user, &view).expect("a saved view");
        let sealed = second_factors::seal_secret(&record.subject_key, record.pseudonym, &[9; 20])
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
}
