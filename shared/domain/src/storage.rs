//! Storage buckets of others, in which the files of some users and organisations are kept.

use serde::{Deserialize, Serialize};

use crate::{
    ApiError, BucketId, Code, HandoverId, Timestamp, UserId,
    lockout::AddressLimit,
    time::{DAY, MINUTE},
};

/// Limit on tests, each of which sends requests to another server.
pub const OUTBOUND_TESTS: AddressLimit =
    AddressLimit { name: "outbound-test", most: 20, window: 10 * MINUTE, block: 0, sliding: true };

/// A bucket.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bucket {
    /// Id.
    pub id: BucketId,
    /// Name for staff.
    pub name: String,
    /// Where it is.
    #[serde(flatten)]
    pub place: Place,
    /// The key id and secret, sealed; absent when they were cleared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub credentials: Option<String>,
    /// First characters of the key id, for recognition.
    #[serde(default)]
    pub key_hint: String,
    /// Number of users whose new files are kept here.
    #[serde(default)]
    pub users: u64,
    /// Number of organisations whose new files are kept here.
    #[serde(default)]
    pub organisations: u64,
    /// Whether it was ever assigned, so that files of the platform may be in it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ever_assigned: bool,
    /// The user who was sent the present credentials: the bucket is for nobody else then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handed_to: Option<UserId>,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
    /// Counts every change of the configuration.
    pub version: u64,
}

impl Bucket {
    /// Whether the credentials may be given to a user: with them, the user reads every file in the
    /// bucket, so it must not be, or have been, for anybody else.
    pub fn may_be_handed_to(&self, user: UserId) -> bool {
        self.credentials.is_some() && (self.handed_to == Some(user) || !self.ever_assigned)
    }

    /// Checks that a bucket may be assigned.
    ///
    /// # Errors
    /// `INVALID_ACTION` when another user has its credentials.
    pub fn check_assignable(&self, user: Option<UserId>) -> Result<(), ApiError> {
        if self.handed_to.is_none_or(|holder| user == Some(holder)) {
            return Ok(());
        }
        Err(ApiError::invalid_action(
            "A user was sent the credentials of this bucket and could read the files of others. Replace the credentials first, or choose another bucket.",
            &["replace-credentials"],
        ))
    }
}

/// How long a link to the credentials of a bucket works, in milliseconds.
pub const HANDOVER_LIFE: i64 = 3 * DAY;

/// The handover of a bucket's credentials to a user, by a link that shows them once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Handover {
    /// Id.
    pub id: HandoverId,
    /// The bucket.
    pub bucket: BucketId,
    /// Time at which the link expires.
    pub expires_at: Timestamp,
    /// Time at which the credentials were shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
}

impl Handover {
    /// Checks that a link still shows the credentials. `id` is the handover that it is for: a later
    /// one replaces it.
    ///
    /// # Errors
    /// `LINK_REVOKED`, `LINK_USED_UP`, `LINK_EXPIRED`.
    pub fn check_open(&self, id: HandoverId, now: Timestamp) -> Result<(), ApiError> {
        if self.id != id {
            return Err(ApiError::new(
                Code::LinkRevoked,
                "This link has been replaced. Use the link in the latest email.",
            ));
        }
        if self.used_at.is_some() {
            return Err(ApiError::new(
                Code::LinkUsedUp,
                "The credentials have been shown already. If it was not you who saw them, contact support at once.",
            ));
        }
        if now >= self.expires_at {
            return Err(ApiError::new(
                Code::LinkExpired,
                "This link has expired. Ask support for a new one.",
            ));
        }
        Ok(())
    }
}

/// Where a bucket is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// Name of the bucket at its store.
    pub bucket: String,
    /// Region, as the store calls it.
    pub region: String,
    /// Origin of the store; absent for Amazon S3.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub endpoint: Option<String>,
    /// Whether the bucket is named in the path instead of the host.
    #[serde(default)]
    pub force_path_style: bool,
}

impl Place {
    /// Checks and normalises what somebody entered. The endpoint still has to be checked against
    /// the rules for outbound requests.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` on the field.
    pub fn parse(
        bucket: &str,
        region: &str,
        endpoint: Option<&str>,
        force_path_style: Option<bool>,
    ) -> Result<Self, ApiError> {
        let bucket = bucket_name(bucket)?;
        let region = region_name(region)?;
        let endpoint = endpoint.map(|text| origin(text, &bucket)).transpose()?.flatten();
        // Stores other than Amazon rarely have a certificate for the names of buckets.
        let force_path_style = force_path_style.unwrap_or(endpoint.is_some());
        Ok(Self { bucket, region, endpoint, force_path_style })
    }
}

fn bucket_name(text: &str) -> Result<String, ApiError> {
    let name = text.trim();
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let good = (3..=63).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-._".contains(&b))
        && ends(name.chars().next())
        && ends(name.chars().last())
        && !name.contains("..");
    if good {
        return Ok(name.to_owned());
    }
    Err(ApiError::field(
        "bucket",
        "invalid",
        "This bucket name is not valid. Use 3 to 63 lower-case letters, digits, dots and hyphens.",
    ))
}

/// Stores have their own names of regions, such as `auto`.
fn region_name(text: &str) -> Result<String, ApiError> {
    let name = text.trim();
    let good = (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if good {
        return Ok(name.to_owned());
    }
    Err(ApiError::field(
        "region",
        "invalid",
        "This region is not valid. Use the name that the store gives it, such as `eu-central-1` or `auto`.",
    ))
}

/// The origin of an endpoint: scheme and host, without a path. An empty text is no endpoint.
fn origin(text: &str, bucket: &str) -> Result<Option<String>, ApiError> {
    let wrong = |code, message: &str| Err(ApiError::field("endpoint", code, message));
    let text = text.trim().trim_matches(|c: char| "\"'`“”‘’«»".contains(c) || c.is_whitespace());
    if text.is_empty() {
        return Ok(None);
    }
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        None => ("https".to_owned(), text),
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.to_ascii_lowercase();
    let path = path.trim_matches('/');
    if host.strip_prefix(bucket).is_some_and(|rest| rest.starts_with('.')) || path == bucket {
        return wrong(
            "contains_bucket",
            "The address already contains the bucket. Enter the address of the store without it.",
        );
    }
    if !path.is_empty() || host.contains(['?', '#', ' ']) {
        return wrong(
            "has_path",
            "The address contains a path. Enter the scheme and the host only, such as https://objects.example.net.",
        );
    }
    if host.is_empty() || !matches!(scheme.as_str(), "https" | "http") {
        return wrong(
            "invalid",
            "This address is not valid. Enter it as https://objects.example.net.",
        );
    }
    Ok(Some(format!("{scheme}://{host}")))
}

/// The character that stands for the rest of a masked value.
const DOT: char = '•';

/// The masked form of a key id: its first four characters.
pub fn mask(key_id: &str) -> String {
    let shown: String = key_id.chars().take(4).collect();
    format!("{shown}{DOT}{DOT}{DOT}{DOT}")
}

/// What a request says about a secret value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretInput {
    /// Keep the present value: the field is absent, empty, or the present mask.
    Keep,
    /// Clear the value.
    Clear,
    /// Replace the value.
    Replace(String),
}

impl SecretInput {
    /// Reads a field: absent, null, or a text. `present` is the mask that is shown now.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` for a masked value other than the present one, which is never stored, and
    /// for a text that no store gives out.
    pub fn read(
        field: &str,
        given: Option<Option<&str>>,
        present: Option<&str>,
    ) -> Result<Self, ApiError> {
        let Some(given) = given else { return Ok(Self::Keep) };
        let Some(text) = given else { return Ok(Self::Clear) };
        if text.is_empty() || present == Some(text) {
            return Ok(Self::Keep);
        }
        if text.contains(DOT) || text.chars().all(|c| c == '*') {
            return Err(ApiError::field(
                field,
                "masked",
                "This is a masked value, which cannot be stored. Leave the field out to keep the present value, or enter a new one.",
            ));
        }
        let good = text.len() <= 512 && text.bytes().all(|b| b.is_ascii_graphic());
        if good {
            return Ok(Self::Replace(text.to_owned()));
        }
        Err(ApiError::field(
            field,
            "invalid",
            "This value is not valid. Copy it again from the store, without blanks or line breaks.",
        ))
    }

    /// The value after the request.
    pub fn apply(self, present: Option<String>) -> Option<String> {
        match self {
            Self::Keep => present,
            Self::Clear => None,
            Self::Replace(text) => Some(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(text: &str) -> Result<Option<String>, &'static str> {
        Place::parse("b1x", "auto", Some(text), None)
            .map(|place| place.endpoint)
            .map_err(|error| error.fields[0].code)
    }

    #[test]
    fn an_endpoint_is_normalised_or_refused_with_a_reason() {
        let good = Ok(Some("https://objects.example.net".to_owned()));
        for text in [
            "https://objects.example.net",
            "https://objects.example.net/",
            "https://objects.example.net//",
            " https://objects.example.net ",
            "\"https://objects.example.net\"",
            "'https://objects.example.net/'",
            "“https://objects.example.net”",
            "objects.example.net",
            "HTTPS://Objects.Example.NET",
        ] {
            assert_eq!(endpoint(text), good, "{text}");
        }
        assert_eq!(endpoint(" "), Ok(None));
        for text in [
            "https://b1x.objects.example.net",
            "b1x.objects.example.net/",
            "https://objects.example.net/b1x",
            "https://objects.example.net/b1x/",
        ] {
            assert_eq!(endpoint(text), Err("contains_bucket"), "{text}");
        }
        assert_eq!(endpoint("https://objects.example.net/s3"), Err("has_path"));
        assert_eq!(endpoint("https://objects.example.net?x"), Err("has_path"));
        assert_eq!(endpoint("ftp://objects.example.net"), Err("invalid"));
        assert_eq!(endpoint("https://"), Err("invalid"));
    }

    #[test]
    fn regions_and_buckets_have_the_names_that_stores_give_them() {
        for region in ["auto", "us-east-1", "eu-central-1", "fsn1", "EU"] {
            assert!(Place::parse("files", region, None, None).is_ok(), "{region}");
        }
        for region in ["", " ", "eu central", "a".repeat(65).as_str(), "eu/1"] {
            assert!(Place::parse("files", region, None, None).is_err(), "{region}");
        }
        for bucket in ["Files", "fi", "-files", "files-", "a..b", "a/b", "files?x"] {
            assert!(Place::parse(bucket, "auto", None, None).is_err(), "{bucket}");
        }
        let own = Place::parse("files", "auto", Some("objects.example.net"), None).unwrap();
        let amazon = Place::parse("files", "eu-west-1", None, None).unwrap();
        assert_eq!((own.force_path_style, amazon.force_path_style), (true, false));
    }

    #[test]
    fn a_masked_value_is_never_stored() {
        let mask = mask("AKIAEXAMPLE");
        let read = |given| SecretInput::read("accessKeyId", given, Some(&mask));
        assert_eq!(read(None), Ok(SecretInput::Keep));
        assert_eq!(read(Some(Some(""))), Ok(SecretInput::Keep));
        assert_eq!(read(Some(Some(&mask))), Ok(SecretInput::Keep));
        assert_eq!(read(Some(None)), Ok(SecretInput::Clear));
        assert_eq!(read(Some(Some("AKIANEW"))), Ok(SecretInput::Replace("AKIANEW".to_owned())));
        for other in ["AKIB••••", "••••", "********"] {
            assert_eq!(read(Some(Some(other))).unwrap_err().fields[0].code, "masked", "{other}");
        }
        for bad in ["two words", "line\nbreak"] {
            assert_eq!(read(Some(Some(bad))).unwrap_err().fields[0].code, "invalid");
        }
        assert_eq!(SecretInput::Keep.apply(Some("x".to_owned())).as_deref(), Some("x"));
        assert_eq!(SecretInput::Clear.apply(Some("x".to_owned())), None);
    }
}
