//! Connections to servers outside AWS.
//!
//! Their certificates may come from any of the platform's authorities. Reading that list is slow,
//! so it happens with the first call, in the functions that make one.

use std::{sync::OnceLock, time::Duration};

use provost_store::connector::Connector;
use rustls::RootCertStore;

/// The timeout for a connection.
const CONNECT: Duration = Duration::from_secs(3);

/// Connections over TLS.
pub(crate) fn over_tls() -> &'static Connector {
    static TLS: OnceLock<Connector> = OnceLock::new();
    TLS.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        // A platform may list certificates that cannot be parsed; they are skipped.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Connector::over_tls(roots, CONNECT)
    })
}

/// Creates a new connector for each call: a pooled connection belongs to the runtime that opened
/// it, and tests have many runtimes.
pub(crate) fn in_the_clear() -> Connector {
    Connector::in_the_clear(CONNECT)
}
