//! The list of releases of this software, in the form of GitHub's API.

use std::time::Duration;

use aws_smithy_runtime_api::client::{http::HttpConnector, orchestrator::HttpRequest};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use provost_domain::{Timestamp, release::Release};
use serde::Deserialize;
use tokio::time::timeout;

use crate::{
    ConfigError, Settings,
    connectors::{in_the_clear, over_tls},
};

/// The time after which the list counts as unreachable.
const ANSWER: Duration = Duration::from_secs(3);
/// The maximum size of the list, in bytes.
const MAX_SIZE: usize = 1024 * 1024;

/// Where the list of releases is.
#[derive(Debug, Clone)]
pub struct Releases {
    url: Option<String>,
}

/// The list of releases could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReleasesError {
    /// The server could not be reached or did not respond in time.
    #[error("the server could not be reached")]
    Unreachable,
    /// The server returned an error.
    #[error("the server answered {0}")]
    Refused(u16),
    /// The response is not a list of releases.
    #[error("the response is not a list of releases")]
    Unreadable,
}

/// The fields of a release that are used.
#[derive(Debug, Deserialize)]
struct Listed {
    tag_name: String,
    #[serde(default)]
    html_url: String,
    #[serde(default)]
    draft: bool,
    #[serde(default)]
    prerelease: bool,
    #[serde(default)]
    published_at: Option<String>,
}

impl Releases {
    pub(crate) fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let url = settings.get("RELEASES_URL").filter(|url| !url.is_empty()).cloned();
        if let Some(url) = &url
            && !url.starts_with("https://")
            && !url.starts_with("http://127.0.0.1:")
        {
            return Err(ConfigError {
                name: "RELEASES_URL",
                problem: "does not begin with https://".to_owned(),
            });
        }
        Ok(Self { url })
    }

    /// Whether the deployment looks for releases.
    pub const fn is_configured(&self) -> bool {
        self.url.is_some()
    }

    /// The published releases, without drafts and pre-releases; none if the deployment does not
    /// look for them.
    ///
    /// # Errors
    /// [`ReleasesError`].
    pub async fn list(&self) -> Result<Vec<Release>, ReleasesError> {
        let Some(url) = &self.url else { return Ok(Vec::new()) };
        let answer = timeout(ANSWER, read(url)).await;
        let bytes = answer.map_err(|_| ReleasesError::Unreachable)??;
        let listed: Vec<Listed> =
            serde_json::from_slice(&bytes).map_err(|_| ReleasesError::Unreadable)?;
        let published = listed.into_iter().filter(|release| !release.draft && !release.prerelease);
        Ok(published
            .map(|release| Release {
                tag: release.tag_name,
                // It becomes a link in a page of staff.
                url: Some(release.html_url)
                    .filter(|url| url.starts_with("https://"))
                    .unwrap_or_default(),
                published_at: release.published_at.and_then(|at| at.parse::<Timestamp>().ok()),
            })
            .collect())
    }
}

async fn read(url: &str) -> Result<Vec<u8>, ReleasesError> {
    let mut call = HttpRequest::new(SdkBody::empty());
    call.set_uri(url.to_owned()).map_err(|_| ReleasesError::Unreachable)?;
    for (name, value) in [("user-agent", "provost"), ("accept", "application/json")] {
        call.headers_mut().try_insert(name, value).map_err(|_| ReleasesError::Unreachable)?;
    }
    let plain = url.starts_with("http://");
    let answer = if plain { in_the_clear().call(call) } else { over_tls().call(call) };
    let answer = answer.await.map_err(|_| ReleasesError::Unreachable)?;
    let status = answer.status().as_u16();
    if status != 200 {
        return Err(ReleasesError::Refused(status));
    }
    let (mut body, mut bytes) = (ByteStream::new(answer.into_body()), Vec::new());
    while let Some(piece) = body.next().await {
        bytes.extend_from_slice(&piece.map_err(|_| ReleasesError::Unreachable)?);
        if bytes.len() > MAX_SIZE {
            return Err(ReleasesError::Unreadable);
        }
    }
    Ok(bytes)
}
