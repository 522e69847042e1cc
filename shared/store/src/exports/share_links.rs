//! Share links: each under the digest of its token, since the table does not store the token.
//! Redeeming one is a single conditional write.

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::update_item::{UpdateItemError, UpdateItemOutput},
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use provost_domain::{
    ExportId, ShareLinkId, Timestamp, UserId,
    page::{Page, PageRequest},
    share_link::{MAX_TRAIL, PASSWORD_TRIES, ShareLink, Visit},
};
use serde::Serialize;

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, decode, encode, n, s},
    transaction::{Condition, jitter},
    walk::Walk,
};

/// How often an attempt at a password checks whether earlier ones have ended.
const WAITS: u32 = 20;

/// The prefix of every link's partition.
pub const PREFIX: &str = "LINK#";

/// The key of a link: the SHA-256 of its token, in hexadecimal.
pub fn key(digest: &str) -> Key {
    Key::new(format!("{PREFIX}{digest}"), "LINK")
}

/// The name of the list of a job's links in the index `newest`.
pub fn list_kind(job: ExportId) -> String {
    format!("link#{job}")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stored<'a> {
    #[serde(flatten)]
    link: &'a ShareLink,
    list_kind: String,
    subject_id: UserId,
    state: &'static str,
}

/// A link and the digest of its token.
#[derive(Debug, Clone)]
pub struct Found {
    /// SHA-256 of the token, hexadecimal.
    pub digest: String,
    /// The link.
    pub link: ShareLink,
}

/// The result of an attempt on a link.
#[derive(Debug, Clone)]
pub enum Attempt {
    /// The attempt was counted; the updated link.
    Counted(ShareLink),
    /// The attempt was not counted; the link says why.
    Refused(ShareLink),
    /// The link does not exist.
    Missing,
}

fn read(item: Item) -> Result<ShareLink, StoreError> {
    decode("a share link", item)
}

impl Transaction {
    /// Creates a link.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn create_share_link(&mut self, digest: &str, link: &ShareLink) -> Result<(), StoreError> {
        let stored = Stored {
            link,
            list_kind: list_kind(link.job_id),
            subject_id: link.user_id,
            state: "link",
        };
        let (item, table) = (
            encode("a share link", &key(digest), &stored)?,
            self.store().names().operations.clone(),
        );
        self.put(Conflict::ShareLink, &table, item, Condition::absent())
    }

    /// Withdraws a link; fails with [`Conflict::ShareLink`] when it was already withdrawn.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn revoke_share_link(&mut self, digest: &str, now: Timestamp) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        let condition =
            Condition::expression("attribute_exists(pk) AND attribute_not_exists(revokedAt)")
                .value(":now", s(now.to_string()));
        self.update(Conflict::ShareLink, &table, &key(digest), "SET revokedAt = :now", condition)
    }
}

impl Store {
    /// Reads a link by its token's digest, without using it.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn share_link(&self, digest: &str) -> Result<Option<ShareLink>, StoreError> {
        let found = self.get(&self.names.operations, &key(digest), "reading a share link").await?;
        found.map(read).transpose()
    }

    /// Redeems a link: one write that counts the download and records the visit, on condition that
    /// the link is open. With `password_hash`, a counted attempt just gave the link's password
    /// correctly, and the number of attempts is reset; without it, a link with a password is
    /// refused. Simultaneous requests never exceed the maximum.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn redeem_share_link(
        &self,
        digest: &str,
        password_hash: Option<&str>,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Attempt, StoreError> {
        let (update, condition) = match password_hash {
            None => (
                "SET remaining = remaining - :one, trail = list_append(trail, :visit)",
                "attribute_exists(pk) AND attribute_not_exists(revokedAt) AND expiresAt > :now AND remaining > :zero AND attribute_not_exists(passwordHash)",
            ),
            Some(_) => (
                "SET remaining = remaining - :one, triesLeft = :tries, attemptsPending = attemptsPending - :one, trail = list_append(trail, :visit)",
                "attribute_exists(pk) AND attribute_not_exists(revokedAt) AND expiresAt > :now AND remaining > :zero AND passwordHash = :hash",
            ),
        };
        let mut call = self
            .attempt_on(digest, now)
            .update_expression(update)
            .condition_expression(condition)
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":visit", list_of(visit)?);
        if let Some(hash) = password_hash {
            call = call
                .expression_attribute_values(":hash", s(hash))
                .expression_attribute_values(":tries", n(PASSWORD_TRIES));
        }
        attempted(call.send().await)
    }

    /// Counts an attempt at a link's password before the password is checked, so that simultaneous
    /// attempts cannot exceed the limit. Its outcome is saved by [`Self::redeem_share_link`] or
    /// [`Self::reject_share_link_password`].
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn try_share_link(
        &self,
        digest: &str,
        now: Timestamp,
    ) -> Result<Attempt, StoreError> {
        let call = self.attempt_on(digest, now).update_expression("SET triesLeft = triesLeft - :one, attemptsPending = if_not_exists(attemptsPending, :zero) + :one").expression_attribute_values(":one", n(1))
            .condition_expression("attribute_exists(passwordHash) AND attribute_not_exists(revokedAt) AND expiresAt > :now AND remaining > :zero AND triesLeft > :zero");
        attempted(call.send().await)
    }

    /// The same when other attempts use all that are left: their outcome decides, so this waits for
    /// it, for about three seconds.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn try_share_link_in_turn(
        &self,
        digest: &str,
        now: Timestamp,
    ) -> Result<Attempt, StoreError> {
        let mut attempt = self.try_share_link(digest, now).await?;
        for step in 1..=WAITS {
            match &attempt {
                Attempt::Refused(link) if link.password_hash.is_some() && link.must_wait(now) => {
                    tokio::time::sleep(jitter(step)).await;
                }
                _ => break,
            }
            attempt = self.try_share_link(digest, now).await?;
        }
        Ok(attempt)
    }

    /// Saves that a counted attempt had the wrong password, with the visit while the history has
    /// room: guessing for hours must not fill the item.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn reject_share_link_password(
        &self,
        digest: &str,
        visit: &Visit,
    ) -> Result<(), StoreError> {
        let end = |update: &str, condition: &str| {
            self.dynamo
                .update_item()
                .table_name(&self.names.operations)
                .set_key(Some(key(digest).attributes()))
                .update_expression(update)
                .condition_expression(condition)
                .expression_attribute_values(":one", n(1))
        };
        let noted = end(
            "SET attemptsPending = attemptsPending - :one, trail = list_append(trail, :visit)",
            "attribute_exists(pk) AND size(trail) < :longest",
        )
        .expression_attribute_values(":visit", list_of(visit)?)
        .expression_attribute_values(":longest", n(MAX_TRAIL));
        match noted.send().await {
            Ok(_) => return Ok(()),
            Err(error) if crate::error::is_condition(&error) => {}
            Err(error) => return Err(StoreError::unavailable("rejecting a password", error)),
        }
        match end("SET attemptsPending = attemptsPending - :one", "attribute_exists(pk)")
            .send()
            .await
        {
            Ok(_) => Ok(()),
            // The link was erased in the meantime.
            Err(error) if crate::error::is_condition(&error) => Ok(()),
            Err(error) => Err(StoreError::unavailable("rejecting a password", error)),
        }
    }

    fn attempt_on(
        &self,
        digest: &str,
        now: Timestamp,
    ) -> aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder {
        self.dynamo
            .update_item()
            .table_name(&self.names.operations)
            .set_key(Some(key(digest).attributes()))
            .expression_attribute_values(":now", s(now.to_string()))
            .expression_attribute_values(":zero", n(0))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    /// A page of a job's links, newest first.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn share_links(
        &self,
        job: ExportId,
        request: &PageRequest,
    ) -> Result<Page<ShareLink>, StoreError> {
        let page = self.page(&Self::links(&self.names.operations, job), request, None).await?;
        let rows = page.rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }

    /// All links of a job with their digests.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn share_links_of(&self, job: ExportId) -> Result<Vec<Found>, StoreError> {
        let (walk, mut found, mut after) =
            (Self::links(&self.names.operations, job), Vec::new(), None);
        loop {
            let (items, next) = self.next_items(&walk, after.take()).await?;
            for item in items {
                let digest = item
                    .get("pk")
                    .and_then(|pk| pk.as_s().ok()?.strip_prefix(PREFIX))
                    .unwrap_or_default()
                    .to_owned();
                found.push(Found { digest, link: read(item)? });
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(found),
            }
        }
    }

    /// One link of a job by its id.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn share_link_of(
        &self,
        job: ExportId,
        id: ShareLinkId,
    ) -> Result<Option<Found>, StoreError> {
        Ok(self.share_links_of(job).await?.into_iter().find(|found| found.link.id == id))
    }

    fn links(table: &str, job: ExportId) -> Walk {
        Walk::of_index(table, "newest", "listKind", list_kind(job), "createdAt").backward()
    }
}

fn list_of(visit: &Visit) -> Result<AttributeValue, StoreError> {
    let visit = serde_dynamo::to_attribute_value(visit)
        .map_err(|cause| StoreError::unreadable("a visit", cause))?;
    Ok(AttributeValue::L(vec![visit]))
}

fn attempted<R>(
    result: Result<UpdateItemOutput, SdkError<UpdateItemError, R>>,
) -> Result<Attempt, StoreError>
where
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match result {
        Ok(done) => {
            done.attributes.map_or(Ok(Attempt::Missing), |item| read(item).map(Attempt::Counted))
        }
        Err(error) => match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(failed)) => failed
                .item
                .clone()
                .map_or(Ok(Attempt::Missing), |item| read(item).map(Attempt::Refused)),
            _ => Err(StoreError::unavailable("redeeming a share link", error)),
        },
    }
}
