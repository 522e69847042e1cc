//! The details that a profile shows about a person: position, expertise, place, language and links,
//! each validated by the standard that names its values.

use std::collections::BTreeSet;

use url::Url;

use crate::{
    ApiError, Country, TimeZone,
    profile::{Gender, MAX_NAME, MAX_PLACE, Profile, SocialLinks},
    text,
};

/// Maximum length of a biography and of a professional summary, in characters.
pub const MAX_TEXT: usize = 2000;
/// Maximum number of areas of expertise.
pub const MAX_EXPERTISE: usize = 50;
/// Maximum length of a link, in characters.
pub const MAX_LINK: usize = 512;

/// New links. A field that is none stays; an inner none removes the link.
#[derive(Debug, Clone, Default)]
pub struct SocialLinksEdit {
    /// Page at LinkedIn.
    pub linkedin: Option<Option<String>>,
    /// Page at X.
    pub twitter: Option<Option<String>>,
    /// Page at Facebook.
    pub facebook: Option<Option<String>>,
    /// Page at Instagram.
    pub instagram: Option<Option<String>>,
    /// Channel at YouTube.
    pub youtube: Option<Option<String>>,
    /// The user's own website.
    pub website: Option<Option<String>>,
}

impl SocialLinksEdit {
    fn apply(self, links: &mut SocialLinks) -> Result<(), ApiError> {
        let given = [
            self.linkedin,
            self.twitter,
            self.facebook,
            self.instagram,
            self.youtube,
            self.website,
        ];
        for ((name, link), given) in links.named().into_iter().zip(given) {
            if let Some(given) = given {
                *link = given.map(|url| https(&format!("social.{name}"), &url)).transpose()?;
            }
        }
        Ok(())
    }
}

/// New details of a profile. A field that is none stays; an inner none removes the value.
#[derive(Debug, Clone, Default)]
pub struct ProfileEdit {
    /// Biography.
    pub bio: Option<Option<String>>,
    /// Summary of the professional background.
    pub professional_summary: Option<Option<String>>,
    /// Position or job title.
    pub designation: Option<Option<String>>,
    /// Areas of expertise, which replace the current ones.
    pub expertise: Option<Vec<String>>,
    /// Gender.
    pub gender: Option<Option<Gender>>,
    /// City.
    pub city: Option<Option<String>>,
    /// State or region.
    pub state: Option<Option<String>>,
    /// Country.
    pub country: Option<Option<Country>>,
    /// Time zone.
    pub timezone: Option<Option<String>>,
    /// Locale.
    pub locale: Option<Option<String>>,
    /// Links to pages about the user.
    pub social: SocialLinksEdit,
}

impl ProfileEdit {
    /// Applies the values to a profile.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` on the field.
    pub fn apply(self, profile: &mut Profile) -> Result<(), ApiError> {
        let notes = [
            (&mut profile.bio, "bio", self.bio),
            (&mut profile.professional_summary, "professionalSummary", self.professional_summary),
        ];
        for (to, field, given) in notes {
            if let Some(given) = given {
                *to = given.map(|text| text::note(field, &text, MAX_TEXT)).transpose()?;
            }
        }
        let lines = [
            (&mut profile.designation, "designation", self.designation, MAX_PLACE),
            (&mut profile.city, "city", self.city, MAX_PLACE),
            (&mut profile.state, "state", self.state, MAX_NAME),
        ];
        for (to, field, given, longest) in lines {
            if let Some(given) = given {
                *to = given.map(|text| text::line(field, &text, longest)).transpose()?;
            }
        }
        if let Some(given) = self.expertise {
            profile.expertise = expertise(&given)?;
        }
        if let Some(given) = self.gender {
            profile.gender = given;
        }
        if let Some(given) = self.country {
            profile.country = given;
        }
        if let Some(given) = self.timezone {
            profile.timezone = given.map(|name| timezone(&name)).transpose()?;
        }
        if let Some(given) = self.locale {
            profile.locale = given.map(|tag| locale(&tag)).transpose()?;
        }
        self.social.apply(&mut profile.social)
    }
}

/// Areas of expertise: at most [`MAX_EXPERTISE`], each once.
fn expertise(given: &[String]) -> Result<Vec<String>, ApiError> {
    if given.len() > MAX_EXPERTISE {
        return Err(ApiError::field(
            "expertise",
            "too_many",
            format!("There are too many areas of expertise. Name at most {MAX_EXPERTISE}."),
        ));
    }
    let mut seen = BTreeSet::new();
    let mut areas = Vec::new();
    for (at, area) in given.iter().enumerate() {
        let field = format!("expertise[{at}]");
        let area = text::line(&field, area, MAX_NAME)?;
        if !seen.insert(text::fold(&area)) {
            return Err(ApiError::field(
                field,
                "repeated",
                "This area of expertise is given more than once. Give it once.",
            ));
        }
        areas.push(area);
    }
    Ok(areas)
}

/// A time zone of the IANA database, in the database's spelling.
fn timezone(name: &str) -> Result<String, ApiError> {
    name.parse::<TimeZone>().map(|zone| zone.to_string()).map_err(|_| {
        ApiError::field(
            "timezone",
            "invalid",
            "This is not a time zone. Use a name of the IANA database, such as Europe/Berlin.",
        )
    })
}

/// A language tag (BCP 47), in its canonical letter case (RFC 5646, section 2.1.1).
fn locale(tag: &str) -> Result<String, ApiError> {
    let wanted = || {
        ApiError::field(
            "locale",
            "invalid",
            "This is not a locale. Use a language tag by BCP 47, such as bn-BD.",
        )
    };
    if tag.len() > 35 || !tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(wanted());
    }
    let known = icu_locale_core::LanguageIdentifier::try_from_str(tag).map_err(|_| wanted())?;
    if known.language.is_unknown() { Err(wanted()) } else { Ok(known.to_string()) }
}

/// An absolute `https` URL (WHATWG URL Standard) without credentials.
fn https(field: &str, given: &str) -> Result<String, ApiError> {
    let wanted = || {
        ApiError::field(
            field,
            "invalid",
            "This is not a valid link. Use a URL such as https://example.org/ada, of at most 512 characters.",
        )
    };
    let text = text::line(field, given, MAX_LINK)?;
    let url = Url::parse(&text).map_err(|_| wanted())?;
    let is_plain = url.username().is_empty() && url.password().is_none();
    let has_domain = url.domain().is_some_and(|domain| domain.contains('.'));
    if url.scheme() != "https" || !is_plain || !has_domain || url.as_str().len() > MAX_LINK {
        return Err(wanted());
    }
    Ok(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code<T>(read: Result<T, ApiError>) -> (String, &'static str) {
        read.err().map_or((String::new(), "accepted"), |refused| {
            (refused.fields[0].field.clone(), refused.fields[0].code)
        })
    }

    #[test]
    fn a_locale_is_a_language_tag_in_canonical_case() {
        for (given, is) in
            [("bn-bd", "bn-BD"), ("EN", "en"), ("zh-hant-tw", "zh-Hant-TW"), ("es-419", "es-419")]
        {
            assert_eq!(locale(given).as_deref(), Ok(is), "{given}");
        }
        for given in ["", "x", "en_US", "en-", "-de", "und", "d3"] {
            assert!(locale(given).is_err(), "{given}");
        }
    }

    #[test]
    fn a_time_zone_is_one_of_the_database_in_its_spelling() {
        assert_eq!(timezone("asia/dhaka").as_deref(), Ok("Asia/Dhaka"));
        for given in ["", "Dhaka", "+06:00", "Mars/Base"] {
            assert!(timezone(given).is_err(), "{given}");
        }
    }

    #[test]
    fn a_link_is_an_https_url_of_a_domain_without_credentials() {
        assert_eq!(https("website", "https://ada.example").as_deref(), Ok("https://ada.example/"));
        for given in [
            "http://ada.example",
            "javascript:alert(1)",
            "ada.example",
            "https://",
            "https://ada:secret@ada.example",
            "https://localhost/",
            "https://192.0.2.1/",
            &format!("https://ada.example/{}", "a".repeat(512)),
        ] {
            assert!(https("website", given).is_err(), "{given}");
        }
    }

    #[test]
    fn an_area_of_expertise_is_named_once() {
        let given = |areas: &[&str]| {
            expertise(&areas.iter().map(|area| (*area).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(given(&["Algebra", " C; C++ "]).unwrap(), ["Algebra", "C; C++"]);
        assert_eq!(code(given(&["Algebra", "algebra"])), ("expertise[1]".to_owned(), "repeated"));
        assert_eq!(code(given(&["Algebra", " "])), ("expertise[1]".to_owned(), "empty"));
        assert_eq!(code(given(&["a"; 51])), ("expertise".to_owned(), "too_many"));
    }
}
