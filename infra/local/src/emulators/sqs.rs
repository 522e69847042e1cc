//! SQS, in memory: visibility, redrive to dead-letter queues, long polls and delays by the real protocol.

use super::delays::{Delaying, Delays};
use crate::clients::Identity;
use crate::serve::{self, Running};
use crate::{Error, Result};
use rustack_sqs_core::config::SqsConfig;
use rustack_sqs_core::provider::RustackSqs;
use rustack_sqs_http::service::{SqsHttpConfig, SqsHttpService};
use std::sync::Arc;
use tokio::net::TcpListener;

/// What the ARN of each of its queues begins with.
pub(super) fn arns(region: &str) -> String {
    format!("arn:aws:sqs:{region}:{}:", SqsConfig::default().account_id)
}

pub(crate) fn serve(listener: TcpListener, identity: &Identity) -> Result<(Running, Delays)> {
    let address = listener.local_addr().map_err(|cause| Error::start("SQS", cause))?;
    let config =
        SqsConfig { default_region: identity.region.clone(), host: address.ip().to_string(), port: address.port(), ..SqsConfig::default() };
    let http = SqsHttpConfig { region: identity.region.clone(), ..SqsHttpConfig::default() };
    let delays = Delays::new(Arc::new(RustackSqs::new(config)));
    let service = SqsHttpService::new(Arc::new(Delaying::new(delays.clone())), http);
    Ok((serve::spawn(listener, move |_| service.clone()), delays))
}
