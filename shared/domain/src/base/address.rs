//! Network addresses for rate limits and statistics: IPv6 addresses with the same first 64 bits
//! usually belong to one subscriber, so they count as one.

use std::net::{IpAddr, Ipv6Addr};

/// The key for counting an address: the full IPv4 address, or the first 64 bits of an IPv6 address.
/// An IPv4 address written as IPv6 counts as IPv4. Text that is not an address is its own key.
pub fn group(ip: &str) -> String {
    // The zone after `%` names an interface of the sender's machine.
    let text = ip.trim().split('%').next().unwrap_or_default();
    match text.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(address)) => address.to_string(),
        Ok(IpAddr::V6(address)) => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            format!("{}/64", Ipv6Addr::from(network))
        }
        Err(_) => ip.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv4_counts_as_a_full_address_and_ipv6_by_its_first_64_bits() {
        for (ip, counted) in [
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("::FFFF:c000:201", "192.0.2.1"),
            ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
            ("2001:DB8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
            ("2001:0db8:0001:0002:0000:0000:0000:0001", "2001:db8:1:2::/64"),
            ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
            ("fe80::1%eth0", "fe80::/64"),
            ("::1", "::/64"),
            ("", ""),
            ("somewhere", "somewhere"),
        ] {
            assert_eq!(group(ip), counted, "{ip}");
        }
    }
}
