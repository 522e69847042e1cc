//! What is around the content of an email.

use provost_domain::mail::content::{Brand, Language};

/// What is around the content of an email.
#[derive(Debug, Clone, Copy)]
pub struct Layout<'a> {
    /// The brand.
    pub brand: &'a Brand,
    /// Language of the email.
    pub language: Language,
    /// Public URL of the platform.
    pub url: &'a str,
    /// Link to unsubscribe; none for emails that cannot be unsubscribed from.
    pub unsubscribe: Option<&'a str>,
}
