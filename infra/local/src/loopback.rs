//! Protects a local port from requests that a web page sends through a browser.
//!
//! Listening on loopback keeps other machines out, but not the pages in a local browser. A page
//! reaches a port by its address, which is visible in `Origin`, or by its own host name that
//! resolves to 127.0.0.1 (DNS rebinding), which is visible in `Host`.

use http::header::{HOST, ORIGIN};
use http::uri::Authority;
use http::{Method, Request};
use std::net::IpAddr;

/// Why a service that web pages must not use rejects this request; `None` if it is allowed.
pub(crate) fn refusal<B>(request: &Request<B>) -> Option<&'static str> {
    if request.headers().contains_key(ORIGIN) {
        return Some("This service does not answer web pages. Remove the header Origin.");
    }
    if request.method() == Method::OPTIONS {
        return Some("This service does not answer OPTIONS requests.");
    }
    (!is_addressed_here(request)).then_some(FOREIGN_HOST)
}

/// The error for a request with another host.
pub(crate) const FOREIGN_HOST: &str = "This port answers requests for 127.0.0.1, [::1] and localhost only. Use one of them as the host.";

/// Whether the request's only host is this machine.
pub(crate) fn is_addressed_here<B>(request: &Request<B>) -> bool {
    let mut hosts = request.headers().get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    let Ok(host) = Authority::try_from(host.as_bytes()) else {
        return false;
    };
    is_loopback(&host) && request.uri().authority().is_none_or(is_loopback)
}

/// Whether the request's only origin is a page on this machine, at any port.
pub(crate) fn is_from_here<B>(request: &Request<B>) -> bool {
    let mut origins = request.headers().get_all(ORIGIN).iter();
    let (Some(origin), None) = (origins.next(), origins.next()) else {
        return false;
    };
    let host = origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://"));
    host.and_then(|host| Authority::try_from(host).ok()).is_some_and(|host| is_loopback(&host))
}

fn is_loopback(authority: &Authority) -> bool {
    if authority.as_str().contains('@') {
        return false;
    }
    let host = authority.host();
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost")
        || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(hosts: &[&str], uri: &str) -> Request<()> {
        let request = hosts
            .iter()
            .fold(Request::builder().uri(uri), |request, host| request.header("host", *host));
        request.body(()).unwrap()
    }

    #[test]
    fn only_names_of_this_machine_are_accepted() {
        for host in
            ["127.0.0.1", "127.0.0.1:3000", "localhost:8080", "LocalHost", "[::1]:3000", "[::1]"]
        {
            assert!(is_addressed_here(&request(&[host], "/")), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "evil.localhost",
            "10.0.0.1",
            "a@localhost",
            "[::2]",
            "::1",
        ] {
            assert!(!is_addressed_here(&request(&[host], "/")), "{host}");
        }
    }

    #[test]
    fn a_request_must_have_exactly_one_host() {
        assert!(!is_addressed_here(&request(&[], "/")));
        assert!(!is_addressed_here(&request(&["localhost", "evil.example"], "/")));
        assert!(!is_addressed_here(&request(&["localhost"], "http://evil.example/")));
        assert!(is_addressed_here(&request(&["localhost"], "http://127.0.0.1:3000/")));
    }
}
