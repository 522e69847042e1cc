//! Metrics that an alarm needs and AWS does not measure, in the CloudWatch embedded metric format:
//! CloudWatch turns such a log line into a metric, so that no call and no permission is needed.
//!
//! Each metric is charged for, in hours in which it has a value. One that no alarm watches is not
//! worth that; count log lines in CloudWatch Logs Insights instead.

use std::fmt;

use serde_json::{Value, json};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::{Format, Json, Writer},
    },
    registry::LookupSpan,
};

/// The target of the events that are metrics.
pub(crate) const TARGET: &str = "provost_telemetry::metric";

/// A metric that an alarm of `infra/alarms.yaml` watches, by its name there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Emails that the transport did not accept, for good or for now.
    MailNotAccepted,
}

impl Metric {
    /// The name of the metric.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MailNotAccepted => "MailNotAccepted",
        }
    }

    /// Counts one occurrence at a time in milliseconds since 1970.
    pub fn count(self, millis: i64) {
        tracing::info!(target: TARGET, metric = self.as_str(), millis);
    }
}

/// Formats events as JSON objects, one per line, and metrics in the embedded metric format.
#[derive(Debug)]
pub struct Lines {
    json: Format<Json, ()>,
    namespace: String,
}

impl Lines {
    /// Metrics have this namespace.
    pub(crate) fn new(namespace: &str) -> Self {
        let json = tracing_subscriber::fmt::format()
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .without_time()
            .with_target(true);
        Self { json, namespace: namespace.to_owned() }
    }

    /// One occurrence as CloudWatch reads it: `_aws` says which member is a metric. It has no
    /// dimensions, since each combination of their values would be a metric of its own.
    fn metric(&self, name: &str, millis: i64) -> Value {
        json!({
            "_aws": {
                "Timestamp": millis,
                "CloudWatchMetrics": [{
                    "Namespace": self.namespace,
                    "Dimensions": [[]],
                    "Metrics": [{ "Name": name, "Unit": "Count" }],
                }],
            },
            name: 1,
        })
    }
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        ctx: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        if event.metadata().target() != TARGET {
            return self.json.format_event(ctx, writer, event);
        }
        let mut count = Count::default();
        event.record(&mut count);
        writeln!(writer, "{}", self.metric(&count.metric, count.millis))
    }
}

/// The fields of the event of a metric.
#[derive(Default)]
struct Count {
    metric: String,
    millis: i64,
}

impl Visit for Count {
    fn record_str(&mut self, _: &Field, value: &str) {
        value.clone_into(&mut self.metric);
    }

    fn record_i64(&mut self, _: &Field, value: i64) {
        self.millis = value;
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}
