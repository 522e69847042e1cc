//! Updates of single attributes of an account, outside a transaction.

use aws_sdk_dynamodb::{
    error::SdkError, operation::update_item::UpdateItemError, types::AttributeValue,
};
use provost_domain::{ApiKeyId, Timestamp, User, UserId, lockout::Failures};

use super::account::{as_read, key};
use crate::{
    Conflict, Store, StoreError,
    error::{is_collision, is_condition},
    item::{n, s},
    transaction::Condition,
};

/// The result of a write that counts an attempt.
pub(crate) fn counted_try<T, R>(
    result: Result<T, SdkError<UpdateItemError, R>>,
) -> Result<(), StoreError>
where
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match result {
        Ok(_) => Ok(()),
        Err(error) if is_condition(&error) || is_collision(&error) => {
            Err(StoreError::Conflict(Conflict::Revision))
        }
        Err(error) => Err(StoreError::unavailable("counting a try", error)),
    }
}

impl Store {
    /// Counts an attempt at a password or code before it is checked: one write, on condition that
    /// the account is unchanged since it was read. The write increments its revision.
    ///
    /// # Errors
    /// `Conflict` with [`Conflict::Revision`]; `Unavailable`.
    pub async fn count_try(&self, user: &User, counted: Failures) -> Result<(), StoreError> {
        let failures = serde_dynamo::to_attribute_value(counted)
            .map_err(|cause| StoreError::unreadable("failed sign-ins", cause))?;
        let Condition { expression, names, values } = as_read(user);
        let mut call = self
            .dynamo
            .update_item()
            .table_name(&self.names.accounts)
            .set_key(Some(key(user.user_id).attributes()))
            .update_expression("SET #failures = :failures, #revision = :next")
            .set_condition_expression(expression)
            .expression_attribute_names("#failures", "failures")
            .expression_attribute_values(":failures", failures)
            .expression_attribute_values(":next", n(user.revision + 1));
        for (placeholder, name) in names {
            call = call.expression_attribute_names(placeholder, name);
        }
        for (placeholder, value) in values {
            call = call.expression_attribute_values(placeholder, value);
        }
        counted_try(call.send().await)
    }

    /// Withdraws an attempt that was no guess, regardless of other writes in the meantime.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn withdraw_try(&self, user: UserId) -> Result<(), StoreError> {
        let call = self
            .dynamo
            .update_item()
            .table_name(&self.names.accounts)
            .set_key(Some(key(user).attributes()))
            .update_expression(
                "SET #failures.#pending = #failures.#pending - :one, #revision = #revision + :one",
            )
            .condition_expression("#failures.#pending > :zero")
            .expression_attribute_names("#failures", "failures")
            .expression_attribute_names("#pending", "pending")
            .expression_attribute_names("#revision", "revision")
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":zero", n(0));
        match call.send().await {
            Ok(_) => Ok(()),
            // A success in between reset the count, or the account is gone.
            Err(error) if is_condition(&error) => Ok(()),
            Err(error) => Err(StoreError::unavailable("withdrawing a try", error)),
        }
    }

    /// Records that an API key was used, and `lacks_second_factor` of the account where it changes. It
    /// does not increment the revision, so it never conflicts with a change.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn note_key_use(
        &self,
        user: UserId,
        id: ApiKeyId,
        now: Timestamp,
        lacks_second_factor: Option<bool>,
    ) -> Result<(), StoreError> {
        let mut used = "SET apiKeys.#id.lastUsedAt = :now".to_owned();
        if lacks_second_factor.is_some() {
            used.push_str(", lacksSecondFactor = :lacks");
        }
        let lacks =
            lacks_second_factor.map(|lacks| (":lacks".to_owned(), AttributeValue::Bool(lacks)));
        let call = self
            .dynamo
            .update_item()
            .table_name(&self.names.accounts)
            .set_key(Some(key(user).attributes()))
            .update_expression(used)
            .condition_expression("attribute_exists(apiKeys.#id)")
            .expression_attribute_names("#id", id.to_string())
            .set_expression_attribute_values(Some(
                [(":now".to_owned(), s(now.to_string()))].into_iter().chain(lacks).collect(),
            ));
        match call.send().await {
            Ok(_) => Ok(()),
            // The key was removed in the meantime.
            Err(error) if is_condition(&error) => Ok(()),
            Err(error) => Err(StoreError::unavailable("noting a key's use", error)),
        }
    }
}
