//! Logs: one JSON object per line, one line per request, with identifiers as fields and no tokens,
//! addresses, names or bodies. Every line has the fields of its span: the request or message that it
//! is about. Metrics are lines of the same output.

pub mod metrics;

use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    fmt::{self, MakeWriter, format::JsonFields},
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

pub use metrics::Lines;

/// Starts logging in the form that CloudWatch reads: JSON on standard output. Control characters in
/// values are escaped by the JSON, so a value cannot start a new line. Metrics have this namespace.
pub fn init_json(namespace: &str) {
    let layer = json_layer(namespace, std::io::stdout);
    // A second call, in a test or a restarted runtime, keeps the first subscriber.
    let _ = tracing_subscriber::registry().with(LevelFilter::INFO).with(layer).try_init();
}

/// The layer of [`init_json`] with another writer, for tests of what is logged.
pub fn json_layer<S, W>(namespace: &str, writer: W) -> fmt::Layer<S, JsonFields, Lines, W>
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fmt::layer().json().event_format(Lines::new(namespace)).with_writer(writer)
}

/// Starts logging for a terminal.
pub fn init_terminal() {
    let layer = fmt::layer().compact().with_target(false).with_writer(std::io::stderr);
    // Log lines of the emulators are omitted; they warn about every failed condition, which is
    // normal operation. Metrics are for CloudWatch; a log line names the same fault.
    let ours = Targets::new()
        .with_default(LevelFilter::INFO)
        .with_target(metrics::TARGET, LevelFilter::OFF)
        .with_target("rustack_sqs_core", LevelFilter::WARN)
        .with_target("rustack_sqs_http", LevelFilter::WARN)
        .with_target("dynoxide", LevelFilter::ERROR);
    let _ = tracing_subscriber::registry().with(ours).with(layer).try_init();
}
