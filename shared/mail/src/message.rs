//! The Internet form of an email (RFC 5322, RFC 2045 to 2047): headers that contain nothing that
//! the caller did not mean, and a text and an HTML part whose lines fit every server.

use std::time::{Duration, SystemTime};

use base64::{Engine, engine::general_purpose::STANDARD};
pub use lettre::Message;
use lettre::{
    Address,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{HeaderName, HeaderValue},
    },
};
use provost_domain::{
    Timestamp,
    mail::content::{MAX_BRAND_NAME, has_encoded_word},
};

/// An email for a transport.
#[derive(Debug, Clone, Copy)]
pub struct EmailMessage<'a> {
    /// Address of the sender, in the platform's own domain.
    pub from: &'a str,
    /// Display name of the sender; empty for none.
    pub from_name: &'a str,
    /// Address of the recipient.
    pub to: &'a str,
    /// Address for replies; none for the sender.
    pub reply_to: Option<&'a str>,
    /// Unique id of the message, without the domain.
    pub id: &'a str,
    /// Time of sending.
    pub date: Timestamp,
    /// Subject line.
    pub subject: &'a str,
    /// Text part.
    pub text: &'a str,
    /// HTML part.
    pub html: &'a str,
    /// Link to unsubscribe, which also takes one-click requests (RFC 8058); none for emails that
    /// cannot be unsubscribed from.
    pub unsubscribe: Option<&'a str>,
}

/// Why an email cannot be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidMessage(pub &'static str);

/// Whether a display name can be written into a header.
///
/// # Errors
/// What is wrong with it, for the end of a sentence.
pub fn check_name(name: &str) -> Result<(), &'static str> {
    if name.chars().any(char::is_control) {
        return Err("has a control character");
    }
    if has_encoded_word(name) {
        return Err("has an encoded word instead of the characters");
    }
    if name.chars().count() > MAX_BRAND_NAME {
        return Err("has more than 64 characters");
    }
    Ok(())
}

/// The value of a `From` header: the address alone, or after a display name. An ASCII name is a
/// quoted string (RFC 5322, 3.2.4), any other is written in encoded words (RFC 2047).
pub fn sender(name: &str, address: &str) -> String {
    if name.is_empty() {
        address.to_owned()
    } else if name.is_ascii() {
        let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{quoted}\" <{address}>")
    } else {
        format!("{} <{address}>", encoded_words(name, " "))
    }
}

/// Builds the message.
///
/// # Errors
/// [`InvalidMessage`] for an address that is none, or a name that [`check_name`] refuses.
pub fn build(email: &EmailMessage<'_>) -> Result<Message, InvalidMessage> {
    check_name(email.from_name).map_err(InvalidMessage)?;
    let address = |text: &str, what| text.parse::<Address>().map_err(|_| InvalidMessage(what));
    let from = address(email.from, "the address of the sender is invalid")?;
    let to = address(email.to, "the address of the recipient is invalid")?;
    let millis = u64::try_from(email.date.millis()).unwrap_or(0);
    let id = format!("<{}@{}>", email.id, from.domain());
    let mut builder = Message::builder()
        .from(Mailbox::new(None, from))
        .to(Mailbox::new(None, to))
        .date(SystemTime::UNIX_EPOCH + Duration::from_millis(millis))
        .message_id(Some(id));
    if let Some(reply_to) = email.reply_to {
        let reply_to = address(reply_to, "the address for replies is invalid")?;
        builder = builder.reply_to(Mailbox::new(None, reply_to));
    }
    let parts = MultiPart::alternative()
        .singlepart(SinglePart::plain(email.text.to_owned()))
        .singlepart(SinglePart::html(email.html.to_owned()));
    let mut message =
        builder.multipart(parts).map_err(|_| InvalidMessage("the message is incomplete"))?;
    let headers = message.headers_mut();
    if !email.from_name.is_empty() {
        let value = if email.from_name.is_ascii() {
            sender(email.from_name, email.from)
        } else {
            format!("{}\r\n <{}>", encoded_words(email.from_name, "\r\n "), email.from)
        };
        headers.insert_raw(HeaderValue::dangerous_new_pre_encoded(
            HeaderName::new_from_ascii_str("From"),
            value.clone(),
            value,
        ));
    }
    headers.insert_raw(subject(email.subject));
    // Bulk email says how to stop it; automatic replies to any of these emails help nobody.
    headers.insert_raw(plain("Auto-Submitted", "auto-generated"));
    if let Some(link) = email.unsubscribe {
        headers.insert_raw(plain("List-Unsubscribe", &format!("<{link}>")));
        headers.insert_raw(plain("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
        headers.insert_raw(plain("Precedence", "bulk"));
    }
    Ok(message)
}

/// A header whose value is ASCII without spaces to fold at.
fn plain(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(
        HeaderName::new_from_ascii_str(name),
        value.to_owned(),
        value.to_owned(),
    )
}

/// The subject: control characters become spaces, whatever the caller checked before.
fn subject(text: &str) -> HeaderValue {
    let name = HeaderName::new_from_ascii_str("Subject");
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let folded = fold(&text);
    let encoded = match folded {
        // A reader would decode it.
        Some(folded) if !text.contains("=?") => folded,
        _ => encoded_words(&text, "\r\n "),
    };
    HeaderValue::dangerous_new_pre_encoded(name, text, encoded)
}

/// Maximum length of a header line with text as it is, in characters, besides the name.
const LINE: usize = 68;

/// An ASCII text in lines; `None` if a word is too long for a line, or the text is not ASCII.
fn fold(text: &str) -> Option<String> {
    if !text.is_ascii() {
        return None;
    }
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        if word.len() > LINE {
            return None;
        }
        let line = lines.last_mut()?;
        if line.is_empty() {
            line.push_str(word);
        } else if line.len() + 1 + word.len() <= LINE {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    Some(lines.join("\r\n "))
}

/// The longest text in one encoded word of RFC 2047, in bytes: with 12 characters of overhead and
/// four for every three bytes, a line with the name of its header stays below 76 characters.
const ENCODED_WORD: usize = 39;

/// A text in encoded words, each of which decodes by itself: none splits a character. White space
/// between encoded words is not part of the text.
fn encoded_words(text: &str, between: &str) -> String {
    let mut words = vec![String::new()];
    for email in text.chars() {
        if words.last().is_some_and(|word| word.len() + email.len_utf8() > ENCODED_WORD) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(email);
        }
    }
    let words: Vec<_> =
        words.iter().map(|word| format!("=?UTF-8?B?{}?=", STANDARD.encode(word))).collect();
    words.join(between)
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    static EMAIL: LazyLock<EmailMessage<'static>> = LazyLock::new(|| EmailMessage {
        from: "care@provost.example",
        from_name: "Provost",
        to: "ada@user.example",
        reply_to: None,
        id: "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        date: Timestamp::from_millis(1_795_190_400_000),
        subject: "Your password has been changed",
        text: "Hello Ada,\n\nit was changed.\n",
        html: "<p>Hello Ada,</p>",
        unsubscribe: None,
    });

    fn formatted(email: &EmailMessage<'_>) -> String {
        String::from_utf8(build(email).unwrap().formatted()).unwrap()
    }

    /// The lines of the header, unfolded.
    fn header(text: &str) -> Vec<String> {
        let head = text.split_once("\r\n\r\n").unwrap().0;
        head.replace("\r\n ", " ").split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn only_a_broadcast_says_how_to_unsubscribe() {
        let head = header(&formatted(&EMAIL));
        assert!(!head.iter().any(|line| line.starts_with("List-")), "{head:?}");
        let link = "https://provost.example/unsubscribe/token";
        let head = header(&formatted(&EmailMessage { unsubscribe: Some(link), ..*EMAIL }));
        assert!(head.contains(&format!("List-Unsubscribe: <{link}>")), "{head:?}");
        assert!(head.contains(&"List-Unsubscribe-Post: List-Unsubscribe=One-Click".to_owned()));
    }

    #[test]
    fn every_header_appears_once() {
        let email = EmailMessage {
            subject: "Hi\r\nBcc: x@example.org",
            reply_to: Some("support@provost.example"),
            from_name: "Grüße, GmbH",
            ..*EMAIL
        };
        let mut names: Vec<_> = header(&formatted(&email))
            .iter()
            .map(|line| line.split_once(": ").unwrap().0.to_owned())
            .collect();
        names.sort();
        assert_eq!(
            names,
            [
                "Auto-Submitted",
                "Content-Type",
                "Date",
                "From",
                "MIME-Version",
                "Message-ID",
                "Reply-To",
                "Subject",
                "To"
            ]
        );
    }

    #[test]
    fn the_sender_is_the_platform_and_the_writer_gets_the_replies() {
        let email = EmailMessage { reply_to: Some("grace@elsewhere.example"), ..*EMAIL };
        let head = header(&formatted(&email));
        assert!(head.contains(&"From: \"Provost\" <care@provost.example>".to_owned()), "{head:?}");
        assert!(head.contains(&"Reply-To: grace@elsewhere.example".to_owned()), "{head:?}");
        let envelope = build(&email).unwrap().envelope().clone();
        assert_eq!(envelope.from().unwrap().to_string(), "care@provost.example");
        assert_eq!(envelope.to().len(), 1);
    }

    #[test]
    fn a_name_that_adds_a_header_is_refused() {
        for name in ["Provost\r\nBcc: b@example.org", "A\0", "=?utf-8?q?A=0D=0A?="] {
            assert!(build(&EmailMessage { from_name: name, ..*EMAIL }).is_err(), "{name:?}");
        }
        assert!(build(&EmailMessage { to: "a@b.example\r\nBcc: c@d.example", ..*EMAIL }).is_err());
        assert!(build(&EmailMessage { to: "a@b.example, c@d.example", ..*EMAIL }).is_err());
    }

    #[test]
    fn no_line_is_longer_than_servers_accept() {
        let long = format!("{}https://provost.example/?{} end", "x".repeat(980), "y".repeat(4000));
        let html = format!("<p>{long}</p>");
        let text = formatted(&EmailMessage { text: &long, html: &html, ..*EMAIL });
        for line in text.split("\r\n") {
            assert!(line.len() <= 76 + 40, "{} characters: {line}", line.len());
        }
        assert!(!text.replace("\r\n", "").contains(['\r', '\n']), "no lone line ends");
    }

    #[test]
    fn each_encoded_word_is_short_and_decodes_to_whole_characters() {
        for subject in ["🎉".repeat(40), "Здравствуйте достопримечательность ".repeat(6)]
        {
            let text = formatted(&EmailMessage { subject: &subject, ..*EMAIL });
            let head = text.split_once("\r\n\r\n").unwrap().0;
            let lines: Vec<_> = head
                .split("\r\n")
                .skip_while(|line| !line.starts_with("Subject: "))
                .take_while(|line| line.starts_with([' ', 'S']))
                .collect();
            let mut whole = String::new();
            for line in lines {
                assert!(line.len() <= 76, "{line}");
                let word = line.trim_start_matches("Subject:").trim();
                let word = word.strip_prefix("=?UTF-8?B?").unwrap().strip_suffix("?=").unwrap();
                assert!(word.len() + 12 <= 75);
                whole.push_str(&String::from_utf8(STANDARD.decode(word).unwrap()).unwrap());
            }
            assert_eq!(whole, subject);
        }
    }

    #[test]
    fn a_subject_that_looks_encoded_is_encoded_itself() {
        let text = formatted(&EmailMessage { subject: "=?utf-8?q?x?=", ..*EMAIL });
        assert!(text.contains("Subject: =?UTF-8?B?PT91dGYtOD9xP3g/PQ==?="), "{text}");
    }
}
