//! The storage buckets that staff assigned to a user or an organisation, in which files may be.

use std::collections::BTreeSet;

use provost_domain::{
    BucketId, User, content::ObjectPlace, organisation::Organisation, storage::Bucket,
};
use provost_store::{Store, StoreError};

use crate::App;

/// A bucket that holds, or may hold, files.
#[derive(Debug, Clone)]
pub struct AssignedStore {
    /// The bucket.
    pub id: BucketId,
    /// The store, whose methods on objects use the bucket's client.
    pub store: Store,
    /// The name of the bucket at its store, for those methods.
    pub bucket: String,
}

/// What buckets are assigned to.
pub trait HasBuckets {
    /// The present and earlier buckets.
    fn buckets(&self) -> BTreeSet<BucketId>;
}

impl HasBuckets for User {
    fn buckets(&self) -> BTreeSet<BucketId> {
        self.all_buckets()
    }
}

impl HasBuckets for Organisation {
    fn buckets(&self) -> BTreeSet<BucketId> {
        self.all_buckets()
    }
}

impl HasBuckets for BTreeSet<BucketId> {
    fn buckets(&self) -> BTreeSet<BucketId> {
        self.clone()
    }
}

impl App {
    /// The bucket as a store.
    ///
    /// # Errors
    /// `Unavailable` when the sealing key cannot be read, or the bucket has no credentials.
    pub async fn open_bucket(&self, bucket: &Bucket) -> Result<AssignedStore, StoreError> {
        if bucket.credentials.is_none() {
            return Err(StoreError::unavailable("opening a bucket", "it has no credentials"));
        }
        let sealing = self.keys().storage().await?;
        let store = self.store().objects_in(bucket, &sealing, self.outbound())?;
        Ok(AssignedStore { id: bucket.id, store, bucket: bucket.place.bucket.clone() })
    }

    /// The store with the bucket of an object. `None` if the bucket was removed from the platform: it
    /// was empty then.
    ///
    /// # Errors
    /// `Unavailable` and `Unreadable` when the bucket cannot be opened.
    pub async fn store_at(&self, place: &ObjectPlace) -> Result<Option<Store>, StoreError> {
        let Some(id) = place.store else { return Ok(Some(self.store().clone())) };
        match self.store().bucket(id).await? {
            Some(bucket) => Ok(Some(self.open_bucket(&bucket).await?.store)),
            None => Ok(None),
        }
    }

    /// The buckets in which files of a user may be, beside the platform's own, by id: those that the
    /// user has or had, and those of the organisations of the user.
    ///
    /// # Errors
    /// As for [`App::assigned_stores`].
    pub async fn stores_with_files_of(
        &self,
        user: &User,
    ) -> Result<Vec<AssignedStore>, StoreError> {
        self.assigned_stores(&self.buckets_with_files_of(user).await?).await
    }

    /// The ids of these buckets.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn buckets_with_files_of(
        &self,
        user: &User,
    ) -> Result<BTreeSet<BucketId>, StoreError> {
        let mut ids = user.all_buckets();
        for member in self.store().memberships(user.user_id).await? {
            if let Some(organisation) = self.store().organisation(member.organisation_id).await? {
                ids.extend(organisation.all_buckets());
            }
        }
        Ok(ids)
    }

    /// The buckets in which files of a user or an organisation may be, beside the platform's own, by
    /// id. A bucket that was removed from the platform was empty.
    ///
    /// # Errors
    /// `Unavailable` and `Unreadable` when one cannot be opened: its files must not be missed.
    pub async fn assigned_stores(
        &self,
        owner: &impl HasBuckets,
    ) -> Result<Vec<AssignedStore>, StoreError> {
        let mut stores = Vec::new();
        for id in owner.buckets() {
            if let Some(bucket) = self.store().bucket(id).await? {
                stores.push(self.open_bucket(&bucket).await?);
            }
        }
        Ok(stores)
    }
}
