//! Delivery of the messages of the outbox, by the stream's function and by the scheduler.

use provost_store::{Store, StoreError, outbox::Waiting};
use tracing::{Instrument, field, info, info_span, warn};

/// Sends a waiting message to its queue, in a span with its queue, id, kind and request id. A message
/// of an unknown kind stays in the outbox, for the scheduler of the release that wrote it.
///
/// # Errors
/// `Unavailable`; the message then stays in the outbox.
pub async fn deliver(store: &Store, waiting: &Waiting) -> Result<(), StoreError> {
    let Some(queue) = waiting.message.queue() else {
        warn!(message.id = %waiting.id, "message {} is of no kind that this version knows; it stays in the outbox", waiting.id);
        return Ok(());
    };
    let span = info_span!(
        "message",
        queue = queue.as_str(),
        message.id = %waiting.id,
        message.kind = waiting.message.kind(),
        request.id = waiting.request_id.map(field::display)
    );
    async {
        store.deliver(waiting).await?;
        info!("message {} is sent", waiting.id);
        Ok(())
    }
    .instrument(span)
    .await
}
