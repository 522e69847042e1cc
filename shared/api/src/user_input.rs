//! Input about a user below `/v1`: fields that a request may omit, clear or set, the profile, and
//! names of roles.

use std::borrow::Cow;

use provost_domain::{
    BuiltInRole, Country,
    account_edit::AccountEdit,
    profile::Gender,
    profile_details::{ProfileEdit, SocialLinksEdit},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error};

/// Reads a field that may be absent (unchanged), null (removed) or a value.
pub fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Name of a built-in role, in either spelling.
#[derive(Debug, Clone, Copy)]
pub struct RoleName(pub BuiltInRole);

/// The spelling that the API description lists. The other, `SUPERADMIN`, is only described: in many
/// languages a generated enum cannot hold both.
const ROLES: &[&str] = &["user", "staff", "admin", "rootAdmin"];

impl<'de> Deserialize<'de> for RoleName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        BuiltInRole::parse(&text)
            .map(Self)
            .ok_or_else(|| D::Error::unknown_variant(&text.replace('`', ""), ROLES))
    }
}

impl JsonSchema for RoleName {
    fn schema_name() -> Cow<'static, str> {
        "RoleName".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "enum": ROLES})
    }
}

/// Values of a profile. Omitted values are unchanged; null removes a value.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProfileInput {
    /// Biography, at most 2,000 characters.
    #[serde(deserialize_with = "present")]
    bio: Option<Option<String>>,
    /// Summary of the professional background, at most 2,000 characters.
    #[serde(deserialize_with = "present")]
    professional_summary: Option<Option<String>>,
    /// Position or job title, at most 128 characters.
    #[serde(deserialize_with = "present")]
    designation: Option<Option<String>>,
    /// Areas of expertise, at most 50, which replace the current ones.
    expertise: Option<Vec<String>>,
    /// Gender that the user states.
    #[serde(deserialize_with = "present")]
    gender: Option<Option<Gender>>,
    /// Date of birth, `YYYY-MM-DD`.
    #[serde(deserialize_with = "present")]
    date_of_birth: Option<Option<String>>,
    /// First line of the address, at most 256 characters.
    #[serde(deserialize_with = "present")]
    address: Option<Option<String>>,
    /// City, at most 128 characters.
    #[serde(deserialize_with = "present")]
    city: Option<Option<String>>,
    /// State or region, at most 64 characters.
    #[serde(deserialize_with = "present")]
    state: Option<Option<String>>,
    /// Country, as a two-letter code (ISO 3166-1).
    #[serde(deserialize_with = "present")]
    country: Option<Option<Country>>,
    /// Time zone by its name in the IANA database, such as `Asia/Dhaka`.
    #[serde(deserialize_with = "present")]
    timezone: Option<Option<String>>,
    /// Locale as a language tag (BCP 47), such as `bn-BD`.
    #[serde(deserialize_with = "present")]
    locale: Option<Option<String>>,
    /// Links to pages about the user.
    social: SocialInput,
}

/// Links to pages about a user, each an `https` URL of at most 512 characters. Omitted links are
/// unchanged; null removes a link.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SocialInput {
    /// Page at LinkedIn.
    #[serde(deserialize_with = "present")]
    linkedin: Option<Option<String>>,
    /// Page at X, formerly Twitter.
    #[serde(deserialize_with = "present")]
    twitter: Option<Option<String>>,
    /// Page at Facebook.
    #[serde(deserialize_with = "present")]
    facebook: Option<Option<String>>,
    /// Page at Instagram.
    #[serde(deserialize_with = "present")]
    instagram: Option<Option<String>>,
    /// Channel at YouTube.
    #[serde(deserialize_with = "present")]
    youtube: Option<Option<String>>,
    /// The user's own website.
    #[serde(deserialize_with = "present")]
    website: Option<Option<String>>,
}

impl ProfileInput {
    /// An edit with these values.
    pub fn edit(self) -> AccountEdit {
        let social = self.social;
        AccountEdit {
            date_of_birth: self.date_of_birth,
            address: self.address,
            details: ProfileEdit {
                bio: self.bio,
                professional_summary: self.professional_summary,
                designation: self.designation,
                expertise: self.expertise,
                gender: self.gender,
                city: self.city,
                state: self.state,
                country: self.country,
                timezone: self.timezone,
                locale: self.locale,
                social: SocialLinksEdit {
                    linkedin: social.linkedin,
                    twitter: social.twitter,
                    facebook: social.facebook,
                    instagram: social.instagram,
                    youtube: social.youtube,
                    website: social.website,
                },
            },
            ..AccountEdit::default()
        }
    }
}
