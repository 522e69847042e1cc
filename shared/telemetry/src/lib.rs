//! Logs: one JSON object per line, one line per request, with identifiers as fields and no tokens,
//! addresses, names or bodies.

use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    fmt,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// Starts logging in the form that CloudWatch reads: JSON on standard output. Control characters in
/// values are escaped by the JSON, so a value cannot start a new line.
pub fn init_json() {
    let layer = fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .without_time()
        .with_target(true);
    // A second call, in a test or a restarted runtime, keeps the first subscriber.
    let _ = tracing_subscriber::registry().with(LevelFilter::INFO).with(layer).try_init();
}

/// Starts logging for a terminal.
pub fn init_terminal() {
    let layer = fmt::layer().compact().with_target(false).with_writer(std::io::stderr);
    // Log lines of the emulators are omitted; they warn about every failed condition, which is
    // normal operation.
    let ours = Targets::new()
        .with_default(LevelFilter::INFO)
        .with_target("rustack_sqs_core", LevelFilter::WARN)
        .with_target("rustack_sqs_http", LevelFilter::WARN)
        .with_target("dynoxide", LevelFilter::ERROR);
    let _ = tracing_subscriber::registry().with(ours).with(layer).try_init();
}
