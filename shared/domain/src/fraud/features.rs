//! The input of a scan: a snapshot of one user, taken before the rules are evaluated.

use crate::{Country, Email, Timestamp, UserId};

/// A sign-in attempt, with what the rules need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Time of the attempt.
    pub at: Timestamp,
    /// Whether the attempt created a session.
    pub success: bool,
    /// Whether it failed because of a wrong password or code.
    pub guess: bool,
    /// Country of the attempt, if the network reports it.
    pub country: Option<Country>,
}

/// Everything that rules may use about a user.
#[derive(Debug, Clone)]
pub struct Features {
    /// The user.
    pub user: UserId,
    /// The moment of the snapshot.
    pub now: Timestamp,
    /// The sign-in address.
    pub email: Email,
    /// The age in full years, when a date of birth is known.
    pub age: Option<u8>,
    /// Age of digital consent in the user's country.
    pub consent_age: u8,
    /// Billing country.
    pub billing_country: Option<Country>,
    /// Attempts to sign in, oldest first.
    pub attempts: Vec<Attempt>,
    /// Times of creation of the existing API keys, oldest first.
    pub keys: Vec<Timestamp>,
    /// Number of accounts, including this one, seen at the busiest of the user's IP addresses.
    pub at_address: u32,
    /// Number of accounts, including this one, seen on the busiest of the user's devices.
    pub at_device: u32,
    /// Number of other accounts with the same mailbox under another spelling of its address.
    pub same_mailbox: u32,
    /// Number of other accounts with a phone number in the same block of a hundred. Numbers are
    /// unique, and numbers bought together are often consecutive.
    pub similar_phone: u32,
    /// Number of other accounts with an email address at the same domain that differs in one
    /// letter.
    pub similar_address: u32,
    /// Number of banned accounts with the same full name.
    pub users_with_banned_name: u32,
}

/// The mailbox of an address: the part after a plus sign is a label, and Gmail ignores dots.
pub fn mailbox(email: &Email) -> String {
    let domain = domain(email);
    let local = email.local();
    let plain = local.split('+').next().filter(|plain| !plain.is_empty()).unwrap_or(local);
    match domain {
        "gmail.com" | "googlemail.com" => format!("{}@gmail.com", plain.replace('.', "")),
        _ => format!("{plain}@{domain}"),
    }
}

/// The part of an address after the `@`.
pub fn domain(email: &Email) -> &str {
    email.as_str().rsplit_once('@').map_or("", |(_, domain)| domain)
}

/// Whether two addresses at one domain differ in a single letter, as numbered series do. Short
/// addresses never match.
pub fn is_similar(one: &Email, other: &Email) -> bool {
    one != other
        && domain(one) == domain(other)
        && one.local().chars().count() >= 6
        && strsim::damerau_levenshtein(one.local(), other.local()) == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(text: &str) -> Email {
        text.parse().unwrap()
    }

    #[test]
    fn spellings_of_the_same_mailbox_are_equal() {
        assert_eq!(mailbox(&email("ada.l+shop@example.org")), "ada.l@example.org");
        assert_eq!(mailbox(&email("A.d.a+x@googlemail.com")), "ada@gmail.com");
        assert_eq!(mailbox(&email("+@example.org")), "+@example.org");
    }

    #[test]
    fn addresses_of_a_series_differ_in_one_letter() {
        assert!(is_similar(&email("shopper1@example.org"), &email("shopper2@example.org")));
        assert!(!is_similar(&email("shopper1@example.org"), &email("shopper1@example.com")));
        assert!(
            !is_similar(&email("anna@example.org"), &email("anne@example.org")),
            "short names are similar by chance"
        );
    }
}
