//! What a scan looks at: a snapshot of one person, put together before any rule is asked.

use crate::{Country, Email, Timestamp, UserId};

/// One attempt to sign in, as far as rules care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// When.
    pub at: Timestamp,
    /// Whether it made a session.
    pub success: bool,
    /// Whether it failed because of a wrong password or code.
    pub guess: bool,
    /// The country that it came from, when the network in front of us told.
    pub country: Option<Country>,
}

/// Everything that rules may ask about a person.
#[derive(Debug, Clone)]
pub struct Features {
    /// The person.
    pub user: UserId,
    /// The moment of the snapshot.
    pub now: Timestamp,
    /// The sign-in address.
    pub email: Email,
    /// The age in full years, when a date of birth is known.
    pub age: Option<u8>,
    /// The age of digital consent where the person lives.
    pub consent_age: u8,
    /// The country on the bill.
    pub billing_country: Option<Country>,
    /// Attempts to sign in, oldest first.
    pub attempts: Vec<Attempt>,
    /// When the API keys that exist were made, oldest first.
    pub keys: Vec<Timestamp>,
    /// How many accounts, this one included, were seen at the busiest of the person's addresses.
    pub at_address: u32,
    /// How many accounts, this one included, were seen on the busiest of the person's devices.
    pub at_device: u32,
    /// How many other accounts receive mail in the same mailbox, under another spelling of its address.
    pub same_mailbox: u32,
    /// How many other accounts have a phone number in the same block of a hundred: numbers are unique here, and whoever needs many buys them in a row.
    pub similar_phone: u32,
    /// How many other accounts have an address at the same domain that differs in one letter.
    pub similar_address: u32,
    /// How many banned accounts bear the same full name.
    pub banned_namesakes: u32,
}

/// The mailbox behind an address: what stands after a plus sign is a label of its owner's, and Gmail's mailboxes pass over dots.
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

/// Whether two addresses at one domain differ in a single letter, as numbered series do. Short ones say nothing.
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
    fn a_mailbox_has_many_spellings() {
        assert_eq!(mailbox(&email("ada.l+shop@example.org")), "ada.l@example.org");
        assert_eq!(mailbox(&email("A.d.a+x@googlemail.com")), "ada@gmail.com");
        assert_eq!(mailbox(&email("+@example.org")), "+@example.org");
    }

    #[test]
    fn a_series_differs_in_a_letter() {
        assert!(is_similar(&email("shopper1@example.org"), &email("shopper2@example.org")));
        assert!(!is_similar(&email("shopper1@example.org"), &email("shopper1@example.com")));
        assert!(!is_similar(&email("anna@example.org"), &email("anne@example.org")), "short names are alike by chance");
    }
}
