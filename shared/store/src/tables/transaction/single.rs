//! A change of one item, sent as a write of its own.

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    types::{Put, TransactWriteItem},
};

use super::{
    cancelled::{Cancelled, cancelled, is_throttled},
    retry::COLLISIONS,
};
use crate::{
    Conflict, Store, StoreError,
    error::{is_collision, is_condition},
};

fn single<E, R>(error: SdkError<E, R>, conflict: Conflict, action: &'static str) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    if is_condition(&error) {
        StoreError::Conflict(conflict)
    } else if is_collision(&error) {
        StoreError::Conflict(Conflict::Collision)
    } else {
        StoreError::unavailable(action, error)
    }
}

impl Store {
    pub(super) async fn write_single(
        &self,
        conflict: Conflict,
        mut write: TransactWriteItem,
    ) -> Result<(), StoreError> {
        if conflict == Conflict::AuditEntry
            && let Some(put) = write.put.take()
        {
            return self.write_entry(put).await;
        }
        if let Some(put) = write.put {
            let call = self
                .dynamo
                .put_item()
                .table_name(put.table_name)
                .set_item(Some(put.item))
                .set_condition_expression(put.condition_expression)
                .set_expression_attribute_names(put.expression_attribute_names)
                .set_expression_attribute_values(put.expression_attribute_values);
            return call.send().await.map(drop).map_err(|error| single(error, conflict, "a write"));
        }
        if let Some(update) = write.update {
            let call = self
                .dynamo
                .update_item()
                .table_name(update.table_name)
                .set_key(Some(update.key))
                .update_expression(update.update_expression)
                .set_condition_expression(update.condition_expression)
                .set_expression_attribute_names(update.expression_attribute_names)
                .set_expression_attribute_values(update.expression_attribute_values);
            return call
                .send()
                .await
                .map(drop)
                .map_err(|error| single(error, conflict, "an update"));
        }
        if let Some(delete) = write.delete {
            let call = self
                .dynamo
                .delete_item()
                .table_name(delete.table_name)
                .set_key(Some(delete.key))
                .set_condition_expression(delete.condition_expression)
                .set_expression_attribute_names(delete.expression_attribute_names)
                .set_expression_attribute_values(delete.expression_attribute_values);
            return call
                .send()
                .await
                .map(drop)
                .map_err(|error| single(error, conflict, "a removal"));
        }
        // A check alone changes nothing, so only a transaction can make it.
        self.dynamo.transact_write_items().transact_items(write).send().await.map(drop).map_err(
            |error| match cancelled(&error, &[conflict]) {
                Some(Cancelled::Condition(conflict)) => StoreError::Conflict(conflict),
                Some(Cancelled::Collision(_)) => StoreError::Conflict(Conflict::Collision),
                None => StoreError::unavailable("a check", error),
            },
        )
    }
}

impl Store {
    /// Writes an audit entry that belongs to no change. If its partition stays throttled after the
    /// client's own retries, the entry goes to another partition.
    async fn write_entry(&self, mut put: Put) -> Result<(), StoreError> {
        let mut attempt = 0;
        loop {
            let call = self
                .dynamo
                .put_item()
                .table_name(&put.table_name)
                .set_item(Some(put.item.clone()))
                .set_condition_expression(put.condition_expression.clone())
                .set_expression_attribute_names(put.expression_attribute_names.clone())
                .set_expression_attribute_values(put.expression_attribute_values.clone());
            let Err(error) = call.send().await else { return Ok(()) };
            let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
            match code {
                // The entry's id is unique, so the stored entry is this one: a response was lost
                // and the client retried.
                Some("ConditionalCheckFailedException") => return Ok(()),
                Some(code) if is_throttled(code) && attempt < COLLISIONS => {
                    attempt += 1;
                    self.move_throttled_entry(&mut put.item).await?;
                }
                _ => return Err(StoreError::unavailable("an audit entry", error)),
            }
        }
    }
}
