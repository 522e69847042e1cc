//! Releases of this software, by semantic version.

use schemars::JsonSchema;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// A published release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Release {
    /// Tag of the release, such as `v1.10.0`.
    pub tag: String,
    /// Page of the release.
    pub url: String,
    /// Time of publication, if known.
    #[serde(default)]
    pub published_at: Option<Timestamp>,
}

/// The version in a tag, with or without a `v` before it. Names such as `nightly` or `latest` and
/// pre-releases are none.
fn stable(tag: &str) -> Option<Version> {
    let version = Version::parse(tag.strip_prefix(['v', 'V']).unwrap_or(tag)).ok()?;
    version.pre.is_empty().then_some(version)
}

/// The release with the highest version. Order and time of publication do not matter.
pub fn newest(releases: Vec<Release>) -> Option<Release> {
    let versions =
        releases.into_iter().filter_map(|release| Some((stable(&release.tag)?, release)));
    versions.max_by(|(one, _), (other, _)| one.cmp_precedence(other)).map(|(_, release)| release)
}

/// Whether a release is newer than the running version.
pub fn is_update(running: &str, release: &Release) -> bool {
    match (Version::parse(running), stable(&release.tag)) {
        (Ok(running), Some(version)) => version.cmp_precedence(&running).is_gt(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(tag: &str) -> Release {
        Release { tag: tag.to_owned(), url: String::new(), published_at: None }
    }

    #[test]
    fn only_a_higher_version_is_an_update() {
        for (running, tag, expected) in [
            ("1.11.0-rc.1", "v1.10.0", false),
            ("1.9.2", "v1.10.0", true),
            ("1.10.0", "1.10.0", false),
            ("1.10.0-rc.1", "1.10.0", true),
            ("1.10.0", "v1.10.0+build.7", false),
            ("1.10.0", "v1.9.9", false),
            ("1.10.0", "v2.0.0-beta.1", false),
            ("1.10.0", "nightly", false),
            ("1.10.0", "latest", false),
            ("1.10.0", "v2", false),
        ] {
            assert_eq!(is_update(running, &release(tag)), expected, "{running} and {tag}");
        }
    }

    #[test]
    fn the_newest_release_has_the_highest_version_and_no_other_name() {
        let of = |tags: &[&str]| newest(tags.iter().map(|tag| release(tag)).collect());
        assert_eq!(
            of(&["v1.9.2", "v1.10.0", "nightly", "v2.0.0-rc.1", "1.2.3"]).map(|found| found.tag),
            Some("v1.10.0".to_owned())
        );
        assert_eq!(of(&["latest", "v3.0.0-alpha"]), None);
    }
}
