//! Settings that are lists.

use std::collections::BTreeMap;

use provost_domain::message::Queue;

use crate::{ConfigError, Settings};

/// Parses origins separated by spaces, each as a browser sends it (RFC 6454): scheme, host and a
/// port other than the scheme's default; no path, no wildcard.
pub(crate) fn allowed_origins(listed: &str) -> Result<Vec<String>, ConfigError> {
    let is_origin = |text: &str| {
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        host.is_some_and(|host| {
            !host.is_empty()
                && host
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-:[]".contains(&b))
        })
    };
    let origins: Vec<_> = listed.split_whitespace().map(str::to_owned).collect();
    match origins.iter().find(|origin| !is_origin(origin)) {
        Some(wrong) => Err(ConfigError {
            name: "ALLOWED_ORIGINS",
            problem: format!("holds {wrong}, which is no origin such as https://app.example.org"),
        }),
        None => Ok(origins),
    }
}

/// The dead-letter queues in the settings.
pub(crate) fn dead_letters(settings: &Settings) -> BTreeMap<Queue, String> {
    let queues = [
        (Queue::Mail, "DEAD_LETTERS_MAIL"),
        (Queue::Export, "DEAD_LETTERS_EXPORT"),
        (Queue::Deletion, "DEAD_LETTERS_DELETION"),
        (Queue::Bulk, "DEAD_LETTERS_BULK"),
    ];
    queues
        .into_iter()
        .filter_map(|(queue, name)| Some((queue, settings.get(name)?.clone())))
        .collect()
}

/// The hosts that `DNS_NAME_SERVERS` lists.
pub(crate) fn name_servers(settings: &Settings) -> Result<Vec<String>, ConfigError> {
    let listed = settings
        .get("DNS_NAME_SERVERS")
        .map_or("", String::as_str)
        .split(',')
        .map(str::trim)
        .filter(|host| !host.is_empty());
    let hosts: Vec<String> =
        listed.map(|host| host.trim_end_matches('.').to_ascii_lowercase()).collect();
    let plain = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if hosts.iter().all(|host| host.contains('.') && host.split('.').all(plain)) {
        return Ok(hosts);
    }
    Err(ConfigError {
        name: "DNS_NAME_SERVERS",
        problem: "is not a list of host names with commas between them".to_owned(),
    })
}
