//! Settings, system keys, storage buckets and tests of integrations over HTTP.

#[path = "api/buckets.rs"]
mod buckets;
#[path = "api/credentials.rs"]
mod credentials;
#[path = "api/files.rs"]
mod files;
#[path = "api/integrations.rs"]
mod integrations;
#[path = "api/kills.rs"]
mod kills;
#[path = "api/probe.rs"]
mod probe;
#[path = "api/secrecy.rs"]
mod secrecy;
#[path = "api/settings.rs"]
mod settings;
#[path = "api/support.rs"]
mod support;
#[path = "api/system_keys.rs"]
mod system_keys;
