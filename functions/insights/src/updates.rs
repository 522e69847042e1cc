//! `GET /api/updates/check`: whether a newer release exists. The last result is stored, and answers
//! also when the list of releases cannot be read.

use provost_domain::{
    Timestamp,
    release::{is_update, newest},
    time::{HOUR, MINUTE},
};
use provost_http::{HandlerResult, Json, RequestContext, access::StaffGrant};
use provost_store::insights::newest_release::FoundRelease;
use schemars::JsonSchema;
use serde::Serialize;
use tracing::warn;

/// How long a result is valid, in milliseconds.
const FRESH: i64 = 6 * HOUR;
/// The shortest time between two attempts while they fail, in milliseconds.
const RETRY: i64 = 10 * MINUTE;

/// Result of a check for updates.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateCheck {
    /// Version that runs.
    current_version: &'static str,
    /// Whether a newer release exists. Pre-releases do not count.
    has_update: bool,
    /// Tag of the newest release; null if none is known.
    latest_version: Option<String>,
    /// Page of the newest release.
    release_url: Option<String>,
    /// Publication time of the newest release.
    published_at: Option<Timestamp>,
    /// Time at which the list of releases was last read; null if it never was.
    checked_at: Option<Timestamp>,
    /// The result in a sentence.
    message: String,
}

/// Checks for updates.
pub async fn check_for_updates(
    ctx: RequestContext<StaffGrant>,
) -> HandlerResult<Json<UpdateCheck>> {
    let (store, now) = (ctx.app.store(), ctx.now());
    let running = env!("CARGO_PKG_VERSION");
    let known = store.found_release().await?;
    let found = if is_due(known.as_ref(), now) && ctx.app.releases().is_configured() {
        let before =
            known.unwrap_or(FoundRelease { tried_at: now, checked_at: None, release: None });
        let found = match ctx.app.releases().list().await {
            Ok(releases) => {
                FoundRelease { tried_at: now, checked_at: Some(now), release: newest(releases) }
            }
            Err(error) => {
                warn!(cause = %error, "the list of releases could not be read");
                FoundRelease { tried_at: now, ..before }
            }
        };
        store.remember_release(&found).await?;
        Some(found)
    } else {
        known
    };
    let checked_at = found.as_ref().and_then(|found| found.checked_at);
    let release = found.and_then(|found| found.release);
    let has_update = release.as_ref().is_some_and(|release| is_update(running, release));
    let message = match &release {
        Some(release) if has_update => format!("Version {} is available.", release.tag),
        Some(_) => "This is the newest version.".to_owned(),
        None if !ctx.app.releases().is_configured() => {
            "This deployment does not look for updates. Set ReleasesUrl to change that.".to_owned()
        }
        None if checked_at.is_none() => {
            "The list of releases could not be read. Try again later.".to_owned()
        }
        None => "There is no release yet.".to_owned(),
    };
    Ok(Json::new(UpdateCheck {
        current_version: running,
        has_update,
        latest_version: release.as_ref().map(|release| release.tag.clone()),
        release_url: release.as_ref().map(|release| release.url.clone()),
        published_at: release.as_ref().and_then(|release| release.published_at),
        checked_at,
        message,
    }))
}

/// Whether it is time to read the list again.
fn is_due(known: Option<&FoundRelease>, now: Timestamp) -> bool {
    let Some(known) = known else { return true };
    let wait = if known.checked_at == Some(known.tried_at) { FRESH } else { RETRY };
    now.since(known.tried_at) >= wait
}
