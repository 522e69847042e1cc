//! What AWS measures about the deployment: the requests and failures of the API, and how old the
//! oldest message of each queue is. Amazon CloudWatch is asked once for all of it.

use std::collections::BTreeMap;

use provost_domain::{
    Timestamp,
    message::Queue,
    time::{MINUTE, SECOND},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Store, StoreError, signed::Request};

/// The time for which requests are counted, in milliseconds.
pub const WINDOW: i64 = 15 * MINUTE;

/// The queues, each with the id of its metric in the request.
const QUEUES: [(Queue, &str); 4] = [
    (Queue::Mail, "mail"),
    (Queue::Export, "export"),
    (Queue::Deletion, "deletion"),
    (Queue::Bulk, "bulk"),
];

/// What was measured in the last [`WINDOW`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Measures {
    /// Requests to the API; none if the deployment does not say which API it has.
    pub requests: Option<u64>,
    /// Those that were answered with 5xx, also because a function crashed or took too long.
    pub failures: Option<u64>,
    /// Age of the oldest message in seconds, as last measured; queues without a measurement are
    /// left out.
    pub ages: BTreeMap<Queue, i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    metric_data_results: Vec<Series>,
}

/// The values of a metric, newest first.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Series {
    id: String,
    #[serde(default)]
    values: Vec<f64>,
}

impl Series {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "CloudWatch has numbers only; these are counts and seconds"
    )]
    fn sum(&self) -> u64 {
        self.values.iter().sum::<f64>().max(0.0) as u64
    }

    #[expect(clippy::cast_possible_truncation, reason = "a number of seconds")]
    fn latest(&self) -> Option<i64> {
        self.values.first().map(|value| value.max(0.0) as i64)
    }
}

impl Store {
    /// What was measured lately. `api` is the id of the API at its gateway.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn measures(
        &self,
        api: Option<&str>,
        now: Timestamp,
    ) -> Result<Measures, StoreError> {
        // Whole minutes, as CloudWatch keeps them.
        let end = now.millis() / MINUTE * MINUTE + MINUTE;
        let of_api = [("requests", "Count"), ("failures", "5xx")].into_iter();
        let of_api = of_api.filter_map(|(id, name)| {
            let of = json!([{ "Name": "ApiId", "Value": api? }]);
            Some(query(id, "AWS/ApiGateway", name, &of, "Sum"))
        });
        let of_queues = QUEUES.into_iter().map(|(queue, id)| {
            let name = self.queue_url(queue).rsplit('/').next().unwrap_or_default();
            let of = json!([{ "Name": "QueueName", "Value": name }]);
            query(id, "AWS/SQS", "ApproximateAgeOfOldestMessage", &of, "Maximum")
        });
        let body = json!({
            "StartTime": (end - WINDOW) / SECOND,
            "EndTime": end / SECOND,
            "ScanBy": "TimestampDescending",
            "MetricDataQueries": of_api.chain(of_queues).collect::<Vec<_>>(),
        });
        let answer = Request::metrics(&self.aws, &body)
            .send(&self.aws)
            .await
            .map_err(|cause| StoreError::unavailable("reading metrics", cause))?;
        let answer: Answer = serde_json::from_slice(&answer)
            .map_err(|cause| StoreError::unreadable("metrics", cause))?;
        let series = |id: &str| answer.metric_data_results.iter().find(|series| series.id == id);
        // A metric without a value is one of nothing.
        let count = |id: &str| api.map(|_| series(id).map_or(0, Series::sum));
        let ages =
            QUEUES.into_iter().filter_map(|(queue, id)| Some((queue, series(id)?.latest()?)));
        Ok(Measures {
            requests: count("requests"),
            failures: count("failures"),
            ages: ages.collect(),
        })
    }
}

/// A metric by the minute.
fn query(id: &str, namespace: &str, name: &str, of: &Value, statistic: &str) -> Value {
    json!({
        "Id": id,
        "MetricStat": {
            "Metric": { "Namespace": namespace, "MetricName": name, "Dimensions": of },
            "Period": 60,
            "Stat": statistic,
        },
    })
}
