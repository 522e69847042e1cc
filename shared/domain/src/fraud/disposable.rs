//! Well-known providers of disposable mailboxes. A deployment adds its own in the rules.

/// Domains of public or short-lived mailboxes.
const KNOWN: &[&str] = &[
    "10minutemail.com",
    "10minutemail.net",
    "20minutemail.com",
    "33mail.com",
    "anonbox.net",
    "burnermail.io",
    "discard.email",
    "dispostable.com",
    "dropmail.me",
    "emailondeck.com",
    "fakeinbox.com",
    "getairmail.com",
    "getnada.com",
    "guerrillamail.com",
    "guerrillamail.net",
    "guerrillamail.org",
    "guerrillamailblock.com",
    "harakirimail.com",
    "inboxkitten.com",
    "mail-temp.com",
    "mailcatch.com",
    "maildrop.cc",
    "mailinator.com",
    "mailinator.net",
    "mailnesia.com",
    "mailsac.com",
    "minutemail.com",
    "mintemail.com",
    "moakt.com",
    "mohmal.com",
    "mytemp.email",
    "sharklasers.com",
    "spam4.me",
    "spamgourmet.com",
    "temp-mail.org",
    "tempail.com",
    "tempmail.com",
    "tempmail.dev",
    "tempmailo.com",
    "tempr.email",
    "throwawaymail.com",
    "trashmail.com",
    "trashmail.de",
    "wegwerfmail.de",
    "yopmail.com",
    "yopmail.fr",
    "yopmail.net",
];

/// The domain, or the parent domain, that is known for disposable mailboxes.
pub fn is_disposable<'a>(domain: &'a str, further: &[String]) -> Option<&'a str> {
    let mut rest = domain;
    loop {
        if KNOWN.contains(&rest) || further.iter().any(|known| known.eq_ignore_ascii_case(rest)) {
            return Some(rest);
        }
        rest = rest.split_once('.')?.1;
    }
}
