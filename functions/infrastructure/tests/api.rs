//! Servers, nodes and DNS of organisations over HTTP.

#[path = "api/common.rs"]
mod common;
#[path = "api/dns_table.rs"]
mod dns_table;
#[path = "api/nodes.rs"]
mod nodes;
#[path = "api/servers.rs"]
mod servers;
#[path = "api/zones.rs"]
mod zones;
