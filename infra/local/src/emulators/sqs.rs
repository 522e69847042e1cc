//! SQS, in memory: visibility, redrive to dead-letter queues, long polling and delays by the real
//! protocol.

use super::delays::{Delaying, Delays};
use super::json;
use super::signature::Verifier;
use crate::clients::Identity;
use crate::function::request_id;
use crate::serve::Running;
use crate::{Error, Result};
use rustack_sqs_core::config::SqsConfig;
use rustack_sqs_core::provider::RustackSqs;
use rustack_sqs_http::dispatch::dispatch_operation;
use rustack_sqs_http::response::error_to_response;
use rustack_sqs_http::router::resolve_operation;
use std::sync::Arc;
use tokio::net::TcpListener;

/// The ARN prefix of the queues.
pub(super) fn arns(region: &str) -> String {
    format!("arn:aws:sqs:{region}:{}:", SqsConfig::default().account_id)
}

/// Serves queues to clients that sign as `identity`. The emulator's own server lets every web page
/// read its responses, so its operations are called here.
pub(crate) fn serve(listener: TcpListener, identity: &Identity) -> Result<(Running, Delays)> {
    let address = listener.local_addr().map_err(|cause| Error::start("SQS", cause))?;
    let config = SqsConfig {
        default_region: identity.region.clone(),
        host: address.ip().to_string(),
        port: address.port(),
        ..SqsConfig::default()
    };
    let delays = Delays::new(Arc::new(RustackSqs::new(config)));
    let queues = Arc::new(Delaying::new(delays.clone()));
    let running = json::serve(listener, Verifier::new(identity, "sqs"), move |parts, body| {
        let queues = Arc::clone(&queues);
        async move {
            let outcome = match resolve_operation(&parts.headers) {
                Ok(operation) => dispatch_operation(queues.as_ref(), operation, body).await,
                Err(refused) => Err(refused),
            };
            outcome.unwrap_or_else(|refused| error_to_response(&refused, &request_id()))
        }
    });
    Ok((running, delays))
}
