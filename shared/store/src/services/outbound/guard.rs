//! Which connections to servers that staff entered may be opened.

use std::{
    collections::BTreeSet,
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
    sync::Arc,
};

use aws_smithy_runtime_api::box_error::BoxError;
use http::Uri;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use provost_domain::outbound::{NotAllowed, is_public, is_public_host};

/// Answers of a resolver that a test gives, by name.
pub type Lookup = Arc<dyn Fn(&str) -> Vec<IpAddr> + Send + Sync>;

/// Decides which connections may be opened.
#[derive(Clone, Default)]
pub struct Guard(Arc<Rules>);

#[derive(Default)]
struct Rules {
    /// Authorities on this machine that may be reached without TLS: the services of the local stack.
    exceptions: BTreeSet<String>,
    lookup: Option<Lookup>,
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Guard").field(&self.0.exceptions).finish()
    }
}

impl Guard {
    /// Allows public addresses, and these authorities. `lookup` replaces the system's resolver.
    pub(super) fn new(exceptions: BTreeSet<String>, lookup: Option<Lookup>) -> Self {
        Self(Arc::new(Rules { exceptions, lookup }))
    }

    pub(crate) fn has_exceptions(&self) -> bool {
        !self.0.exceptions.is_empty()
    }

    /// Whether an authority may be reached without TLS.
    pub(super) fn has_exception(&self, authority: &str) -> bool {
        self.0.exceptions.contains(authority)
    }

    pub(super) fn is_exception(&self, address: &Uri) -> bool {
        address.authority().is_some_and(|it| self.has_exception(it.as_str()))
    }

    /// Checks the address of a connection, before its name is resolved.
    ///
    /// # Errors
    /// [`NotAllowed`].
    pub(crate) fn check(&self, address: &Uri) -> Result<(), NotAllowed> {
        if self.is_exception(address) {
            return Ok(());
        }
        let is_https =
            address.scheme_str() == Some("https") && matches!(address.port_u16(), None | Some(443));
        if is_https && address.host().is_some_and(is_public_host) {
            Ok(())
        } else {
            Err(NotAllowed)
        }
    }

    /// The addresses of a name, if all are public.
    ///
    /// # Errors
    /// [`NotAllowed`], and the resolver's error.
    pub async fn resolve(&self, host: &str) -> Result<Vec<SocketAddr>, BoxError> {
        let found: Vec<SocketAddr> = match &self.0.lookup {
            Some(lookup) => lookup(host).into_iter().map(|ip| SocketAddr::new(ip, 0)).collect(),
            None => system(Name::from_str(host)?).await?,
        };
        if found.iter().all(|address| is_public(address.ip())) {
            Ok(found)
        } else {
            Err(NotAllowed.into())
        }
    }
}

/// The addresses of a name, by the system's resolver.
pub(crate) async fn system(name: Name) -> Result<Vec<SocketAddr>, BoxError> {
    let mut resolver = GaiResolver::new();
    Ok(tower::Service::call(&mut resolver, name).await?.collect())
}
