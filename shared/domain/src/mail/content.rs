//! What an email says: its content as staff write it, its language, and the brand around it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ApiError, stored_enum::stored_enum, text};

/// Maximum length of a subject line, in characters.
pub const MAX_SUBJECT: usize = 200;
/// Maximum length of the text and of the HTML of an email, in characters each.
pub const MAX_BODY: usize = 10_000;
/// Maximum length of the name of the brand, in characters.
pub const MAX_BRAND_NAME: usize = 64;
/// Maximum length of the footer of the brand, in characters.
pub const MAX_FOOTER: usize = 500;

stored_enum! {
    /// Language of an email.
    #[derive(PartialOrd, Ord)]
    pub enum Language {
        /// English, the default.
        English = "en",
        /// German.
        German = "de",
    }
}

impl Language {
    /// The language for a locale as browsers write it (BCP 47): the primary language decides, so
    /// `de-AT` is German. Anything else, such as an unknown language or a locale of another syntax,
    /// is the default.
    pub fn of_locale(locale: Option<&str>) -> Self {
        let locale = locale.unwrap_or_default();
        let is_tag = locale.len() <= 35
            && locale.split('-').all(|part| {
                (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
            });
        let primary = locale.split('-').next().unwrap_or_default();
        if is_tag && primary.eq_ignore_ascii_case("de") { Self::German } else { Self::English }
    }
}

/// Content of an email. Subject, text and HTML may contain variables such as `{{ firstName }}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MailContent {
    /// Subject line, 1 to 200 characters.
    pub subject: String,
    /// Text, 1 to 10,000 characters. Values appear in it literally.
    pub text: String,
    /// HTML between header and footer, up to 10,000 characters. Values are escaped. Without it, the
    /// HTML part is made from the text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub html: Option<String>,
}

impl MailContent {
    /// The content with normalised line ends, if its parts have valid characters and lengths.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` on `subject`, `text` or `html`.
    pub fn checked(self) -> Result<Self, ApiError> {
        let subject = header_text("subject", &self.subject, MAX_SUBJECT)?;
        let text = text::note("text", &self.text, MAX_BODY)?;
        let html = match self.html.as_deref().map(str::trim).filter(|html| !html.is_empty()) {
            Some(html) => Some(text::note("html", html, MAX_BODY)?),
            None => None,
        };
        Ok(Self { subject, text, html })
    }
}

/// Parses a text for a header of an email. A line break or another control character could add a
/// header, also when it is written as an encoded word (RFC 2047), which readers decode.
///
/// # Errors
/// `VALIDATION_FAILED` on `field`.
pub fn header_text(field: &str, given: &str, longest: usize) -> Result<String, ApiError> {
    if given.chars().any(char::is_control) {
        return Err(ApiError::field(
            field,
            "invalid",
            "This contains a line break or another control character. Use one line of text.",
        ));
    }
    if has_encoded_word(given) {
        return Err(ApiError::field(
            field,
            "invalid",
            "This contains an encoded word such as =?utf-8?q?x?=. Write the characters themselves.",
        ));
    }
    text::search(field, given, longest)
}

/// Whether a text contains something that a reader of email decodes as an encoded word.
pub fn has_encoded_word(text: &str) -> bool {
    text.match_indices("=?").any(|(at, _)| {
        let rest = text.get(at + 2..).unwrap_or_default();
        rest.find("?=").is_some_and(|end| rest[..end].matches('?').count() >= 1)
    })
}

/// How emails look: the name of the sender and what is around their content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Brand {
    /// Name of the sender, up to 64 characters.
    pub name: String,
    /// URL of the logo, with https.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_url: Option<String>,
    /// Colour of headings and buttons, as `#rrggbb`.
    pub colour: String,
    /// Text below every email, such as the address of the company, up to 500 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
}

impl Default for Brand {
    fn default() -> Self {
        Self {
            name: "Provost".to_owned(),
            logo_url: None,
            colour: "#1b5fc1".to_owned(),
            footer: None,
        }
    }
}

impl Brand {
    /// The brand, if its parts are valid.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` on `name`, `logoUrl`, `colour` or `footer`.
    pub fn checked(self) -> Result<Self, ApiError> {
        let name = header_text("name", &self.name, MAX_BRAND_NAME)?;
        let logo_url = match self.logo_url.filter(|url| !url.is_empty()) {
            Some(url) => Some(link("logoUrl", &url)?),
            None => None,
        };
        let digits = self.colour.strip_prefix('#').unwrap_or_default();
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(ApiError::field(
                "colour",
                "invalid",
                "This is not a colour. Use a number sign and six hexadecimal digits, such as #1b5fc1.",
            ));
        }
        let footer = match self.footer.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            Some(footer) => Some(text::note("footer", footer, MAX_FOOTER)?),
            None => None,
        };
        Ok(Self { name, logo_url, colour: self.colour.to_ascii_lowercase(), footer })
    }
}

/// Parses an https link for an email.
///
/// # Errors
/// `VALIDATION_FAILED` on `field`.
pub fn link(field: &str, url: &str) -> Result<String, ApiError> {
    let rest = url.strip_prefix("https://").unwrap_or_default();
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '`');
    if rest.is_empty() || rest.starts_with('/') || url.len() > 1000 || !url.chars().all(plain) {
        return Err(ApiError::field(
            field,
            "invalid",
            "This is not a link. Use a URL that begins with https:// and has at most 1000 characters.",
        ));
    }
    Ok(url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_primary_language_of_a_locale_decides() {
        for german in ["de", "de-AT", "DE-ch", "de-Latn-DE-1996"] {
            assert_eq!(Language::of_locale(Some(german)), Language::German, "{german}");
        }
        for other in ["pt_br", "xx-YY", "de_DE.UTF-8", "", "den", "de--AT", "de-", "en-DE"] {
            assert_eq!(Language::of_locale(Some(other)), Language::English, "{other}");
        }
        assert_eq!(Language::of_locale(None), Language::English);
    }

    #[test]
    fn a_subject_that_adds_a_header_is_refused() {
        for bad in [
            "Hi\r\nBcc: x@example.org",
            "Hi\n",
            "Hi\0",
            "\rHi",
            "=?utf-8?q?Hi=0D=0ABcc:_x@example.org?=",
            "a =?UTF-8?B?SGk=?= b",
        ] {
            assert!(header_text("subject", bad, 200).is_err(), "{bad:?}");
        }
        for good in ["Really =? no", "What? = no", "🎉 Grüße", "1 + 1 =?"] {
            assert_eq!(header_text("subject", good, 200).as_deref(), Ok(good));
        }
    }

    #[test]
    fn a_brand_is_checked_field_by_field() {
        let brand = |edit: fn(&mut Brand)| {
            let mut brand = Brand::default();
            edit(&mut brand);
            brand.checked().map_err(|error| error.fields[0].field.clone())
        };
        assert!(brand(|_| {}).is_ok());
        assert!(brand(|b| b.name = "A \"B\" \\ C, Inc. (Billing)".into()).is_ok());
        assert_eq!(brand(|b| b.name = "A\r\nBcc: b@example.org".into()), Err("name".into()));
        assert_eq!(
            brand(|b| b.logo_url = Some("http://example.org".into())),
            Err("logoUrl".into())
        );
        assert_eq!(brand(|b| b.logo_url = Some("https://a/\"><b>".into())), Err("logoUrl".into()));
        assert_eq!(brand(|b| b.colour = "red".into()), Err("colour".into()));
        assert_eq!(brand(|b| b.footer = Some("x".repeat(501))), Err("footer".into()));
    }
}
