//! A stand-in for Amazon CloudWatch: it knows the metrics that functions read, which are the
//! requests of the gateway and the age of the oldest message of each queue. It answers with what it
//! measured in the last 15 minutes, whatever times a request names, so that the clock of a test does
//! not matter.

use super::delays::Delays;
use super::json::{self, response};
use super::signature::Verifier;
use crate::clients::Identity;
use crate::serve::Running;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{Response, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;

/// How long requests are counted.
const WINDOW: TimeDelta = TimeDelta::minutes(15);

/// The time of a request, and whether it failed.
type Outcome = (DateTime<Utc>, bool);

/// Answered requests of the gateway. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Requests(Arc<Mutex<VecDeque<Outcome>>>);

impl Requests {
    /// Counts a request; `failed` if it was answered with 5xx.
    pub(crate) fn count(&self, failed: bool) {
        let now = Utc::now();
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counted.push_back((now, failed));
        while counted.front().is_some_and(|(at, _)| *at < now - WINDOW) {
            counted.pop_front();
        }
    }

    /// The number of requests, and of those that failed.
    fn sums(&self) -> (usize, usize) {
        let counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = Utc::now() - WINDOW;
        let lately = || counted.iter().filter(|(at, _)| *at >= since);
        (lately().count(), lately().filter(|(_, failed)| *failed).count())
    }
}

/// What is measured.
#[derive(Clone)]
pub(super) struct Measured {
    pub(super) requests: Requests,
    /// None where the queues are in another process.
    pub(super) queues: Option<Delays>,
}

/// Serves `GetMetricData` to clients that sign as `identity`.
pub(super) fn serve(listener: TcpListener, identity: &Identity, measured: Measured) -> Running {
    json::serve(listener, Verifier::new(identity, "monitoring"), move |parts, body| {
        let measured = measured.clone();
        async move {
            let target = parts.headers.get("x-amz-target").and_then(|value| value.to_str().ok());
            if target != Some("GraniteServiceVersion20100801.GetMetricData") {
                return response(
                    StatusCode::BAD_REQUEST,
                    json!({ "__type": "InvalidAction", "message": "The stand-in knows GetMetricData alone." })
                        .to_string(),
                );
            }
            answer(&measured, &body).await
        }
    })
}

async fn answer(measured: &Measured, body: &Bytes) -> Response<Full<Bytes>> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let mut results = Vec::new();
    for query in body["MetricDataQueries"].as_array().into_iter().flatten() {
        let metric = &query["MetricStat"]["Metric"];
        let of = metric["Dimensions"][0]["Value"].as_str().unwrap_or_default();
        let (requests, failures) = measured.requests.sums();
        let value = match metric["MetricName"].as_str().unwrap_or_default() {
            "Count" => i64::try_from(requests).ok(),
            "5xx" => i64::try_from(failures).ok(),
            "ApproximateAgeOfOldestMessage" => match &measured.queues {
                Some(queues) => queues.oldest(of).await.map(|age| age.num_seconds()),
                None => None,
            },
            _ => None,
        };
        let times = value.map(|_| Utc::now().timestamp());
        results.push(json!({
            "Id": query["Id"], "Label": metric["MetricName"], "StatusCode": "Complete",
            "Timestamps": times.into_iter().collect::<Vec<_>>(),
            "Values": value.into_iter().collect::<Vec<_>>(),
        }));
    }
    response(StatusCode::OK, json!({ "MetricDataResults": results, "Messages": [] }).to_string())
}
