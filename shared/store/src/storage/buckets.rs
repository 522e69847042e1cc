//! Storage buckets: one partition of few items. Their credentials are sealed, and are opened only to
//! use the bucket.

mod probe;

use std::{collections::BTreeMap, fmt};

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::types::AttributeValue;
use provost_domain::{
    BucketId, UserId,
    page::{Page, PageRequest},
    storage::{Bucket, Place},
};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    aws::Aws,
    item::{Key, decode, encode, n, s},
    outbound::Outbound,
    seal::{open_with, seal_with},
    transaction::Condition,
    walk::Walk,
};

pub use probe::{Verdict, probe};

const PARTITION: &str = "BUCKETS";

/// The key of a bucket.
pub fn key(id: BucketId) -> Key {
    Key::new(PARTITION, format!("BUCKET#{id}"))
}

/// The key that seals the credentials of buckets.
#[derive(Clone)]
pub struct SealingKey([u8; 32]);

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(…)")
    }
}

/// The credentials of a bucket.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BucketCredentials {
    /// Key id.
    pub access_key_id: String,
    /// Secret.
    pub secret_access_key: String,
}

impl fmt::Debug for BucketCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BucketCredentials(…)")
    }
}

impl SealingKey {
    /// A key of these bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Seals credentials for a bucket. They cannot be opened for another.
    ///
    /// # Errors
    /// `Unavailable` when the system provides no randomness.
    pub fn seal(
        &self,
        bucket: BucketId,
        credentials: &BucketCredentials,
    ) -> Result<String, StoreError> {
        let clear = serde_json::to_vec(credentials)
            .map_err(|_| StoreError::unreadable("credentials", "they are no JSON"))?;
        seal_with(&self.0, bucket.to_string().as_bytes(), &clear)
            .ok_or_else(|| StoreError::unavailable("sealing", "there is no randomness"))
    }

    /// Opens the credentials of a bucket.
    ///
    /// # Errors
    /// `Unreadable` when they were sealed with another key or for another bucket.
    pub fn open(&self, bucket: BucketId, sealed: &str) -> Result<BucketCredentials, StoreError> {
        let clear = open_with(&self.0, bucket.to_string().as_bytes(), sealed)
            .ok_or_else(|| StoreError::unreadable("credentials", "the key does not open them"))?;
        serde_json::from_slice(&clear)
            .map_err(|_| StoreError::unreadable("credentials", "they are no JSON"))
    }
}

/// The client of a bucket, whose connections the guard decides about.
pub fn client(place: &Place, credentials: &BucketCredentials, outbound: &Outbound) -> Aws {
    let BucketCredentials { access_key_id, secret_access_key } = credentials.clone();
    let credentials = Credentials::new(access_key_id, secret_access_key, None, None, "bucket");
    let mut settings = BTreeMap::new();
    if let Some(endpoint) = &place.endpoint {
        settings.insert("AWS_ENDPOINT_URL_S3".to_owned(), endpoint.clone());
    }
    Aws::new(place.region.clone(), credentials, &settings, None).of_bucket(
        outbound.connector().shared(),
        place.endpoint.is_some() && !place.force_path_style,
    )
}

/// What is assigned to a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assigned {
    /// This user.
    User(UserId),
    /// An organisation.
    Organisation,
}

impl Transaction {
    /// Adds a bucket.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn create_bucket(&mut self, bucket: &Bucket) -> Result<(), StoreError> {
        let table = self.store().names().catalogue.clone();
        let item = encode("a bucket", &key(bucket.id), bucket)?;
        self.put(Conflict::Bucket, &table, item, Condition::absent())
    }

    /// Saves a bucket and increments its version, on condition that neither its configuration nor
    /// its assignments have changed since it was read.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn save_bucket(&mut self, bucket: &Bucket) -> Result<(), StoreError> {
        let table = self.store().names().catalogue.clone();
        let written = Bucket { version: bucket.version + 1, ..bucket.clone() };
        let item = encode("a bucket", &key(bucket.id), &written)?;
        self.put(Conflict::Bucket, &table, item, unchanged(bucket))
    }

    /// Removes a bucket, on the same condition.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn delete_bucket(&mut self, bucket: &Bucket) -> Result<(), StoreError> {
        let table = self.store().names().catalogue.clone();
        self.delete(Conflict::Bucket, &table, &key(bucket.id), unchanged(bucket))
    }

    /// Counts an assignment to a bucket. The write requires that no other user has its credentials; with
    /// `hands_over`, that it was never anybody else's.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn count_assigned(
        &mut self,
        bucket: BucketId,
        to: Assigned,
        by: i64,
        hands_over: bool,
    ) -> Result<(), StoreError> {
        let (open, counted) = if hands_over {
            (
                "attribute_exists(pk) AND (handedTo = :to OR attribute_not_exists(everAssigned))",
                "SET everAssigned = :yes, handedTo = :to ADD #count :by",
            )
        } else {
            (
                "attribute_exists(pk) AND (handedTo = :to OR attribute_not_exists(handedTo))",
                "SET everAssigned = :yes ADD #count :by",
            )
        };
        let holder = match to {
            Assigned::User(user) => user.to_string(),
            Assigned::Organisation => "none".to_owned(),
        };
        let open = Condition::expression(open)
            .value(":to", s(holder))
            .value(":yes", AttributeValue::Bool(true));
        self.count_in(bucket, to, by, counted, open)
    }

    /// Counts the end of an assignment.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn uncount_assigned(&mut self, bucket: BucketId, of: Assigned) -> Result<(), StoreError> {
        self.count_in(bucket, of, -1, "ADD #count :by", Condition::present())
    }

    fn count_in(
        &mut self,
        bucket: BucketId,
        what: Assigned,
        by: i64,
        counted: &str,
        condition: Condition,
    ) -> Result<(), StoreError> {
        let table = self.store().names().catalogue.clone();
        let attribute = match what {
            Assigned::User(_) => "users",
            Assigned::Organisation => "organisations",
        };
        let condition = condition.name("#count", attribute).value(":by", n(by));
        self.update(Conflict::Bucket, &table, &key(bucket), counted.to_owned(), condition)
    }
}

fn unchanged(bucket: &Bucket) -> Condition {
    let expression = if bucket.ever_assigned {
        "#version = :version AND #users = :users AND #orgs = :orgs"
    } else {
        "#version = :version AND #users = :users AND #orgs = :orgs AND attribute_not_exists(everAssigned)"
    };
    Condition::expression(expression)
        .name("#version", "version")
        .name("#users", "users")
        .name("#orgs", "organisations")
        .value(":version", n(bucket.version))
        .value(":users", n(bucket.users))
        .value(":orgs", n(bucket.organisations))
}

impl Store {
    /// Reads a bucket (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn bucket(&self, id: BucketId) -> Result<Option<Bucket>, StoreError> {
        let found = self.get(&self.names.catalogue, &key(id), "reading a bucket").await?;
        found.map(|item| decode("a bucket", item)).transpose()
    }

    /// All buckets, a page at a time, oldest first.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn buckets(&self, request: &PageRequest) -> Result<Page<Bucket>, StoreError> {
        let walk = Walk::of_table(&self.names.catalogue, PARTITION).beginning("sk", "BUCKET#");
        let page = self.page(&walk, request, None).await?;
        let rows =
            page.rows.into_iter().map(|item| decode("a bucket", item)).collect::<Result<_, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }

    /// This store with the objects of another bucket: the methods on objects then use that bucket's
    /// client. Pass the name of the bucket at its store to them.
    ///
    /// # Errors
    /// `Unreadable` when the credentials cannot be opened.
    pub fn objects_in(
        &self,
        bucket: &Bucket,
        sealing: &SealingKey,
        outbound: &Outbound,
    ) -> Result<Self, StoreError> {
        let credentials = match &bucket.credentials {
            Some(sealed) => sealing.open(bucket.id, sealed)?,
            None => BucketCredentials::default(),
        };
        let aws = client(&bucket.place, &credentials, outbound);
        Ok(Self { s3: crate::aws::LazyClient::new(&aws), aws, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> BucketId {
        format!("bkt_01ARZ3NDEKTSV4RRFFQ69G5FA{n}").parse().unwrap()
    }

    #[test]
    fn credentials_are_opened_only_for_their_bucket_and_with_their_key() {
        let credentials = BucketCredentials {
            access_key_id: "AKIA".to_owned(),
            secret_access_key: "secret".to_owned(),
        };
        let (key, other) = (SealingKey::new([1; 32]), SealingKey::new([2; 32]));
        let sealed = key.seal(id(1), &credentials).unwrap();
        assert!(!sealed.contains("secret"));
        assert_eq!(key.open(id(1), &sealed).unwrap(), credentials);
        assert!(key.open(id(2), &sealed).is_err());
        assert!(other.open(id(1), &sealed).is_err());
        assert!(!format!("{credentials:?}{key:?}").contains("secret"));
    }
}
