//! The metric of the alarm about refused emails. This test is alone in its process: whether a span is
//! recorded is decided once for all threads.

#[path = "transport/ses.rs"]
mod ses;

use std::sync::{Arc, Mutex};

use provost_domain::MessageId;
use serde_json::{Value, json};
use tracing_subscriber::layer::SubscriberExt;

use ses::{Ses, deliver, world};

/// The lines that this thread logs, in the form of Lambda.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panics").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn an_email_that_is_not_accepted_is_counted_in_the_metric_of_the_alarm() {
    let (world, log) = (world().await, Log::default());
    let answers = &[Some("MessageRejected"), Some("AccountSuspendedException"), None];
    let ses = Ses::answering(answers).await;
    let app = ses.app(&world).await;
    let ada = world.person("ada").await;
    let written = log.clone();
    let layer = provost_telemetry::json_layer("Provost/test", move || written.clone());
    let subscriber = tracing_subscriber::registry()
        .with(tracing_subscriber::filter::LevelFilter::INFO)
        .with(layer);
    // Only on this thread, the only one of this test.
    let logging = tracing::subscriber::set_default(subscriber);
    for again in [false, true, false] {
        let id = world.app.id(MessageId::new);
        assert_eq!(deliver(&app, id, ada.id).await, again);
    }
    drop(logging);
    assert_eq!(ses.sent.lock().expect("nobody panics").len(), 1);

    let log = String::from_utf8(log.0.lock().expect("nobody panics").clone()).expect("UTF-8");
    let lines: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    let (metrics, others): (Vec<_>, Vec<_>) =
        lines.into_iter().partition(|line| line.get("_aws").is_some());
    // The format that CloudWatch requires: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    let metric = json!({
        "_aws": {
            "Timestamp": world.app.now().millis(),
            "CloudWatchMetrics": [{
                "Namespace": "Provost/test",
                "Dimensions": [[]],
                "Metrics": [{ "Name": "MailNotAccepted", "Unit": "Count" }],
            }],
        },
        "MailNotAccepted": 1,
    });
    assert_eq!(metrics, [metric.clone(), metric], "one for each that was not accepted");
    let errors: Vec<_> = others.iter().filter(|line| line["level"] == "ERROR").collect();
    assert_eq!(errors.len(), 2, "{others:?}");
    for line in errors {
        assert_eq!(line["span"]["queue"], "mail", "the cause is logged within the run: {line}");
    }
}
