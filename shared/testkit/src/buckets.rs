//! Storage buckets that staff assigned, at the embedded store.

use provost_domain::{
    BucketId, OrganisationId, UserId,
    storage::{Bucket, Place, mask},
};
use provost_store::buckets::{Assigned, BucketCredentials};

use crate::World;

impl World {
    /// Makes a bucket at the embedded store, adds it to the platform, and assigns it to a user.
    ///
    /// # Panics
    /// When a service does not respond.
    pub async fn assign_bucket(&self, user: UserId, name: &str) -> BucketId {
        let store = self.app.store();
        store.s3().create_bucket().bucket(name).send().await.expect("a bucket");
        let settings = self.emulators.settings();
        let endpoint = Some(settings["AWS_ENDPOINT_URL_S3"].as_str());
        let credentials = BucketCredentials {
            access_key_id: settings["AWS_ACCESS_KEY_ID"].clone(),
            secret_access_key: settings["AWS_SECRET_ACCESS_KEY"].clone(),
        };
        let id = self.app.id(BucketId::new);
        let sealing = self.app.keys().storage().await.expect("a key");
        let bucket = Bucket {
            id,
            name: name.to_owned(),
            place: Place::parse(name, &settings["AWS_REGION"], endpoint, None).expect("a place"),
            credentials: Some(sealing.seal(id, &credentials).expect("randomness")),
            key_hint: mask(&credentials.access_key_id),
            users: 1,
            organisations: 0,
            ever_assigned: true,
            handed_to: None,
            created_at: self.app.now(),
            updated_at: self.app.now(),
            version: 1,
        };
        let mut tx = self.app.transaction();
        tx.create_bucket(&bucket).expect("a bucket");
        tx.commit().await.expect("it is new");
        self.edit(user, |user| {
            user.earlier_buckets.extend(user.storage_bucket.replace(id));
        })
        .await;
        id
    }
    /// Assigns a bucket of the platform to an organisation.
    ///
    /// # Panics
    /// When a service does not respond, or there is no such organisation.
    pub async fn assign_bucket_to(&self, organisation: OrganisationId, bucket: BucketId) {
        let found = self.app.store().organisation(organisation).await.expect("an answer");
        let mut after = found.expect("an organisation");
        after.earlier_buckets.extend(after.storage_bucket.replace(bucket));
        let mut tx = self.app.transaction();
        tx.save_organisation(&after).expect("an item");
        tx.count_assigned(bucket, Assigned::Organisation, 1, false).expect("a count");
        tx.commit().await.expect("no concurrent write");
    }

    /// The keys of all objects of a bucket.
    ///
    /// # Panics
    /// When the store does not respond.
    pub async fn keys_in(&self, bucket: &str) -> Vec<String> {
        let listed = self.app.store().list_objects(bucket, "", None).await;
        let (objects, _) = listed.expect("the bucket responds");
        objects.into_iter().map(|object| object.key).collect()
    }
}
