//! The store's part of an erasure: finds all data of a user, page by page, and removes it
//! idempotently.

use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use provost_domain::{DeletionId, OrganisationId, User, UserId, Username};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, n, s},
    memberships, records,
    signed::Request,
    transaction::Condition,
};

/// The number of items in a page: few enough to be removed within seconds, so that a run stops in
/// time.
const PAGE: i32 = 500;
/// How often items that a throttled table left over are requested again.
const ROUNDS: u32 = 8;

/// One version of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectVersion {
    /// The object's key.
    pub key: String,
    /// The version's id; absent where the bucket keeps no versions.
    pub version: Option<String>,
}

/// Where a list of versions continues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionMarker {
    key: Option<String>,
    version: Option<String>,
}

/// Checks that a list continues elsewhere than where it began: a store that repeats a page would be
/// read for ever.
pub(crate) fn advances<T: PartialEq>(
    after: Option<&T>,
    next: Option<&T>,
) -> Result<(), StoreError> {
    if next.is_some() && next == after {
        return Err(StoreError::unavailable("listing objects", "the store repeats a page"));
    }
    Ok(())
}

fn text(item: &Item, name: &str) -> String {
    item.get(name).and_then(|value| value.as_s().ok().cloned()).unwrap_or_default()
}

impl Store {
    /// The keys of a page of items in a partition of a table, in order, and where to continue.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn keys_of(
        &self,
        table: &str,
        partition: &str,
        after: Option<Key>,
    ) -> Result<(Vec<Key>, Option<Key>), StoreError> {
        let call = self
            .dynamo
            .query()
            .table_name(table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", s(partition))
            .projection_expression("pk, sk")
            .consistent_read(true)
            .limit(PAGE)
            .set_exclusive_start_key(after.map(|key| key.attributes()));
        let answer = call
            .send()
            .await
            .map_err(|cause| StoreError::unavailable("listing what to remove", cause))?;
        let key = |item: &Item| Key::new(text(item, "pk"), text(item, "sk"));
        Ok((answer.items().iter().map(key).collect(), answer.last_evaluated_key().map(key)))
    }

    /// The keys of a page of a user's items in the table of operations: exports, links, earlier
    /// requests.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn operations_of(&self, subject: UserId) -> Result<Vec<Key>, StoreError> {
        let (mut keys, mut start) = (Vec::new(), None);
        loop {
            let call = self
                .dynamo
                .query()
                .table_name(&self.names.operations)
                .index_name("by-subject")
                .key_condition_expression("subjectId = :subject")
                .expression_attribute_values(":subject", s(subject.to_string()))
                .set_exclusive_start_key(start.take());
            let answer = call
                .send()
                .await
                .map_err(|cause| StoreError::unavailable("listing what to remove", cause))?;
            keys.extend(
                answer.items().iter().map(|item| Key::new(text(item, "pk"), text(item, "sk"))),
            );
            match answer.last_evaluated_key {
                Some(next) => start = Some(next),
                None => return Ok(keys),
            }
        }
    }

    /// Removes items, 25 in a request; items that are already gone are not an error.
    ///
    /// # Errors
    /// `Unavailable` when the table stays throttled.
    pub async fn remove_items(&self, table: &str, keys: &[Key]) -> Result<(), StoreError> {
        for chunk in keys.chunks(25) {
            let removal = |key: &Key| {
                DeleteRequest::builder()
                    .set_key(Some(key.attributes()))
                    .build()
                    .map(|delete| WriteRequest::builder().delete_request(delete).build())
            };
            let writes = chunk
                .iter()
                .map(removal)
                .collect::<Result<Vec<_>, _>>()
                .map_err(|cause| StoreError::unreadable("a key", cause))?;
            let mut left = std::collections::HashMap::from([(table.to_owned(), writes)]);
            let mut rounds = 0;
            while !left.is_empty() {
                rounds += 1;
                if rounds > ROUNDS {
                    return Err(StoreError::unavailable(
                        "removing items",
                        "the table is throttled",
                    ));
                }
                let answer = self
                    .dynamo
                    .batch_write_item()
                    .set_request_items(Some(left))
                    .send()
                    .await
                    .map_err(|cause| StoreError::unavailable("removing items", cause))?;
                left = answer.unprocessed_items.unwrap_or_default();
            }
        }
        Ok(())
    }

    /// Every version of every object under a prefix, including delete markers, a page at a time, in
    /// the order of their keys.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn object_versions(
        &self,
        bucket: &str,
        prefix: &str,
        after: Option<VersionMarker>,
    ) -> Result<(Vec<ObjectVersion>, Option<VersionMarker>), StoreError> {
        let (key, version) =
            after.clone().map_or((None, None), |marker| (marker.key, marker.version));
        let call = self
            .s3
            .list_object_versions()
            .bucket(bucket)
            .prefix(prefix)
            .set_key_marker(key)
            .set_version_id_marker(version);
        let answer = match call.send().await {
            Ok(answer) => answer,
            // A store without versions.
            Err(error)
                if self.aws.is_other_store()
                    && error.raw_response().is_some_and(|raw| raw.status().as_u16() == 501) =>
            {
                return self.objects_as_versions(bucket, prefix, after).await;
            }
            Err(error) => return Err(StoreError::unavailable("listing objects", error)),
        };
        let found = |key: Option<&str>, version: Option<&str>| {
            key.map(|key| ObjectVersion {
                key: key.to_owned(),
                version: version.map(str::to_owned),
            })
        };
        let mut versions: Vec<_> = answer
            .versions()
            .iter()
            .filter_map(|object| found(object.key(), object.version_id()))
            .chain(
                answer
                    .delete_markers()
                    .iter()
                    .filter_map(|marker| found(marker.key(), marker.version_id())),
            )
            .collect();
        versions.sort_by(|one, other| one.key.cmp(&other.key));
        let more = answer.is_truncated().unwrap_or(false);
        let next = more.then_some(VersionMarker {
            key: answer.next_key_marker,
            version: answer.next_version_id_marker,
        });
        advances(after.as_ref(), next.as_ref())?;
        Ok((versions, next))
    }

    /// The objects of a store that keeps no versions. The key of a marker is a token there.
    async fn objects_as_versions(
        &self,
        bucket: &str,
        prefix: &str,
        after: Option<VersionMarker>,
    ) -> Result<(Vec<ObjectVersion>, Option<VersionMarker>), StoreError> {
        let token = after.and_then(|marker| marker.key);
        let (listed, next) = self.list_objects(bucket, prefix, token).await?;
        let versions =
            listed.into_iter().map(|object| ObjectVersion { key: object.key, version: None });
        let next = next.map(|token| VersionMarker { key: Some(token), version: None });
        Ok((versions.collect(), next))
    }

    /// Removes versions permanently, at most 1,000; versions that are already gone are not an
    /// error.
    ///
    /// # Errors
    /// `Unavailable` when any could not be removed.
    pub async fn remove_versions(
        &self,
        bucket: &str,
        versions: &[ObjectVersion],
    ) -> Result<(), StoreError> {
        let failed = |cause: Box<dyn std::error::Error + Send + Sync>| {
            StoreError::unavailable("removing objects", cause)
        };
        if self.aws.is_other_store() {
            return self.remove_each(bucket, versions).await;
        }
        for chunk in versions.chunks(1000) {
            let objects = chunk
                .iter()
                .map(|object| {
                    ObjectIdentifier::builder()
                        .key(&object.key)
                        .set_version_id(object.version.clone())
                        .build()
                })
                .collect::<Result<Vec<_>, _>>()
                .map_err(|cause| failed(cause.into()))?;
            let delete = Delete::builder()
                .set_objects(Some(objects))
                .quiet(true)
                .build()
                .map_err(|cause| failed(cause.into()))?;
            let answer = self
                .s3
                .delete_objects()
                .bucket(bucket)
                .delete(delete)
                .send()
                .await
                .map_err(|cause| failed(cause.into()))?;
            let gone = |code: Option<&str>| matches!(code, Some("NoSuchKey" | "NoSuchVersion"));
            if !answer.errors().iter().all(|error| gone(error.code())) {
                return Err(failed("some could not be removed".into()));
            }
        }
        Ok(())
    }

    /// Removes versions one by one: a request for several has a checksum, which a store may refuse.
    async fn remove_each(
        &self,
        bucket: &str,
        versions: &[ObjectVersion],
    ) -> Result<(), StoreError> {
        for object in versions {
            let mut request =
                Request::object(&self.aws, "DeleteObject", "DELETE", bucket, &object.key);
            if let Some(version) = &object.version {
                request = request.query("versionId", version);
            }
            match request.send(&self.aws).await {
                Ok(_) => {}
                Err(error)
                    if error.as_service_error().is_some_and(|refused| refused.status == 404) => {}
                Err(error) => return Err(StoreError::unavailable("removing objects", error)),
            }
        }
        Ok(())
    }

    /// The keys of the items in an organisation's partition besides the organisation itself and one
    /// membership.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn organisation_rest(
        &self,
        id: OrganisationId,
        member: UserId,
    ) -> Result<Vec<Key>, StoreError> {
        let (mut keys, mut after) = (Vec::new(), None);
        loop {
            let (found, next) = self
                .keys_of(&self.names.organisations, &memberships::partition(id), after.take())
                .await?;
            keys.extend(found.into_iter().filter(|key| {
                *key != memberships::key(id) && *key != memberships::member_key(id, member)
            }));
            match next {
                Some(next) => after = Some(next),
                None => return Ok(keys),
            }
        }
    }
}

impl Transaction {
    /// Removes one item; an item that is already gone is not an error.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn remove_item(
        &mut self,
        conflict: Conflict,
        table: &str,
        key: &Key,
    ) -> Result<(), StoreError> {
        self.delete(conflict, table, key, Condition::none())
    }

    /// Removes one item on condition that it exists.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn remove_present(
        &mut self,
        conflict: Conflict,
        table: &str,
        key: &Key,
    ) -> Result<(), StoreError> {
        self.delete(conflict, table, key, Condition::present())
    }

    /// Removes a user's identity: the account, the claims on its contacts, the pseudonym's key, and
    /// the entry in the count of users. The condition is that the account is unchanged since it was
    /// read, so that the claims are current, and waits for this deletion, past the point of no
    /// return. `held` are the usernames that are still reserved for the user, from
    /// [`Store::held_usernames`]: they become free immediately.
    ///
    /// # Errors
    /// `Unreadable` when a write cannot be built.
    pub fn remove_user(
        &mut self,
        user: &User,
        held: &[Username],
        deletion: DeletionId,
    ) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        let fenced = Condition::expression(
            "revision = :read AND deletion.id = :deletion AND deletion.executing = :yes",
        )
        .value(":read", n(user.revision))
        .value(":deletion", s(deletion.to_string()))
        .value(":yes", aws_sdk_dynamodb::types::AttributeValue::Bool(true));
        self.delete(Conflict::PastPointOfNoReturn, &table, &records::key(user.user_id), fenced)?;
        // A claim is removed only if it is this user's.
        let own = || {
            Condition::expression("attribute_not_exists(pk) OR userId = :user")
                .value(":user", s(user.user_id.to_string()))
        };
        self.delete(Conflict::Claim, &table, &records::email_claim(&user.email), own())?;
        if let Some(username) = &user.username {
            self.delete(Conflict::Claim, &table, &records::username_claim(username), own())?;
        }
        for username in held {
            self.delete(Conflict::Claim, &table, &records::username_claim(username), own())?;
        }
        if let Some(phone) = &user.phone {
            self.delete(Conflict::Claim, &table, &records::phone_claim(phone), own())?;
        }
        for unique_id in user.former_unique_ids.iter().chain([&user.unique_id]) {
            self.delete(Conflict::Claim, &table, &records::unique_id_claim(unique_id), own())?;
        }
        if let Some(external_id) = &user.external_id {
            self.delete(Conflict::Claim, &table, &records::external_id_claim(external_id), own())?;
        }
        for linked in &user.oauth {
            let claim = records::oauth_claim(linked.provider, &linked.provider_user_id);
            self.delete(Conflict::Claim, &table, &claim, own())?;
        }
        self.delete(
            Conflict::SubjectKey,
            &table,
            &records::subject_key(user.pseudonym),
            Condition::none(),
        )?;
        self.count_user(-1)
    }
}
