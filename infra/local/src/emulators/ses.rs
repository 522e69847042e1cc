//! A stand-in for Amazon SES: it accepts every email and delivers none. The addresses of SES's
//! mailbox simulator work: `bounce@simulator.amazonses.com` bounces, `complaint@…` complains. The
//! events of SES become messages by the template's rules.

use super::json::{self, response};
use super::signature::Verifier;
use crate::EventRule;
use crate::clients::Identity;
use crate::function::request_id;
use crate::serve::Running;
use bytes::Bytes;
use chrono::Utc;
use http::{Method, Response, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;

/// The host of the mailbox simulator.
const SIMULATOR: &str = "@simulator.amazonses.com";

/// The destination of events: the rules of the template, each with the address of its queue, and
/// the client that sends.
#[derive(Debug, Clone)]
pub(super) struct Reports(Arc<Mutex<Vec<(EventRule, String)>>>, aws_sdk_sqs::Client);

impl Reports {
    pub(super) fn new(client: aws_sdk_sqs::Client) -> Self {
        Self(Arc::default(), client)
    }

    /// Sets the rules.
    pub(super) fn follow(&self, rules: Vec<(EventRule, String)>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = rules;
    }

    async fn publish(&self, event: &Value) {
        let messages: Vec<_> = {
            let rules = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            rules
                .iter()
                .filter_map(|(rule, url)| Some((url.clone(), rule.message(event)?)))
                .collect()
        };
        for (url, message) in messages {
            if let Err(cause) =
                self.1.send_message().queue_url(url).message_body(message).send().await
            {
                tracing::warn!(%cause, "an event of the mail stand-in could not be delivered");
            }
        }
    }
}

/// Serves `SendEmail` to clients that sign as `identity`.
pub(super) fn serve(listener: TcpListener, identity: &Identity, reports: Reports) -> Running {
    json::serve(listener, Verifier::new(identity, "ses"), move |parts, body| {
        let reports = reports.clone();
        async move {
            if parts.method != Method::POST || parts.uri.path() != "/v2/email/outbound-emails" {
                return response(
                    StatusCode::NOT_FOUND,
                    json!({ "message": "The stand-in knows SendEmail alone." }).to_string(),
                );
            }
            send(&reports, &body).await
        }
    })
}

async fn send(reports: &Reports, body: &Bytes) -> Response<Full<Bytes>> {
    let Ok(email) = serde_json::from_slice::<Value>(body) else {
        return response(
            StatusCode::BAD_REQUEST,
            json!({ "message": "The body is not JSON." }).to_string(),
        );
    };
    let id = request_id();
    if let Some(event) = report(&email, &id) {
        reports.publish(&event).await;
    }
    response(StatusCode::OK, json!({ "MessageId": id }).to_string())
}

/// The event that SES sends to EventBridge about an email to its mailbox simulator.
fn report(email: &Value, id: &str) -> Option<Value> {
    let to = email["Destination"]["ToAddresses"][0].as_str()?.to_lowercase();
    let local = to.strip_suffix(SIMULATOR)?;
    let local = local.split_once('+').map_or(local, |(local, _)| local);
    let (kind, of, what) = match local {
        "bounce" => (
            "Email Bounced",
            "Bounce",
            json!({ "bounce": { "bounceType": "Permanent", "bounceSubType": "General" } }),
        ),
        "suppressionlist" => (
            "Email Bounced",
            "Bounce",
            json!({ "bounce": { "bounceType": "Permanent", "bounceSubType": "Suppressed" } }),
        ),
        "complaint" => (
            "Email Complaint Received",
            "Complaint",
            json!({ "complaint": { "complaintFeedbackType": "abuse" } }),
        ),
        _ => return None,
    };
    let tag = |tag: &Value| Some((tag["Name"].as_str()?.to_owned(), json!([tag["Value"]])));
    let tags: serde_json::Map<_, _> =
        email["EmailTags"].as_array().into_iter().flatten().filter_map(tag).collect();
    let mut detail =
        json!({ "eventType": of, "mail": { "messageId": id, "destination": [to], "tags": tags } });
    for (name, value) in what.as_object().into_iter().flatten() {
        detail[name] = value.clone();
    }
    Some(json!({ "source": "aws.ses", "detail-type": kind, "time": Utc::now(), "detail": detail }))
}
