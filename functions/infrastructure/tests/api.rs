//! Servers, nodes and DNS of organisations over HTTP.

#[path = "api/client.rs"]
mod client;
#[path = "api/common.rs"]
mod common;
#[path = "api/dns_any.rs"]
mod dns_any;
#[path = "api/dns_names.rs"]
mod dns_names;
#[path = "api/dns_table.rs"]
mod dns_table;
#[path = "api/expiry.rs"]
mod expiry;
#[path = "api/foreign.rs"]
mod foreign;
#[path = "api/input.rs"]
mod input;
#[path = "api/nodes.rs"]
mod nodes;
#[path = "api/notifications.rs"]
mod notifications;
#[path = "api/places.rs"]
mod places;
#[path = "api/record_sets.rs"]
mod record_sets;
#[path = "api/servers.rs"]
mod servers;
#[path = "api/spent.rs"]
mod spent;
#[path = "api/verification.rs"]
mod verification;
#[path = "api/zones.rs"]
mod zones;
