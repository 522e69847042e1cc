//! `GET` and `PUT /api/admin/users/{id}/contributor-profile`: a user's GitHub username, title and
//! ledger of contributions with points.

use provost_domain::{
    ApiError, Timestamp, UserId,
    audit::{Resource, note_change},
    staff_record::{Contribution, Contributor, MAX_CONTRIBUTIONS, check_size, github_login},
    text,
};
use provost_http::{
    Body, HandlerResult, Json, RequestContext, StaffTargetGrant, access::StaffGrant, users,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Request to replace a contributor profile as a whole.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PutContributor {
    /// GitHub username.
    github_login: Option<String>,
    /// Title of the contributor, at most 64 characters.
    #[schemars(length(max = 64))]
    title: Option<String>,
    /// Ledger of contributions, at most 200 entries.
    #[schemars(length(max = 200))]
    ledger: Vec<Contribution>,
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

/// The contributor profile of a user.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContributorView {
    /// User id.
    user_id: UserId,
    /// GitHub username.
    github_login: Option<String>,
    /// URL of the GitHub profile.
    github_profile_url: Option<String>,
    /// Title of the contributor.
    title: Option<String>,
    /// Total points of the ledger.
    score: u64,
    /// Ledger of contributions, latest day first.
    ledger: Vec<Contribution>,
    /// Time of the last change; null if the profile was never set.
    updated_at: Option<Timestamp>,
}

impl ContributorView {
    fn of(user_id: UserId, profile: Contributor) -> Self {
        Self {
            user_id,
            github_profile_url: profile.github_profile_url(),
            score: profile.score(),
            github_login: profile.github_login,
            title: profile.title,
            ledger: profile.ledger,
            updated_at: profile.updated_at,
        }
    }
}

/// Shows the profile.
///
/// # Errors
/// `INVALID_USER_ID`.
pub async fn get_contributor_profile(
    ctx: RequestContext<StaffGrant>,
) -> HandlerResult<Json<ContributorView>> {
    let person = users::named(&ctx).await?;
    let profile = ctx.app.store().contributor(person.user_id).await?;
    Ok(Json::new(ContributorView::of(person.user_id, profile)).version(person.version))
}

/// Replaces the profile.
///
/// # Errors
/// `VALIDATION_FAILED`, `INVALID_USER_ID`, `CANNOT_MODIFY_SELF`, `STALE_VERSION`.
pub async fn update_contributor_profile(
    ctx: RequestContext<StaffTargetGrant>,
    Body(body): Body<PutContributor>,
) -> HandlerResult<Json<ContributorView>> {
    let (now, reason) = (ctx.now(), ctx.reason(body.reason.as_deref())?);
    let profile = checked(body, now)?;
    let person = ctx.target.clone();
    ctx.check_version(person.version)?;
    let before = ctx.app.store().contributor(person.user_id).await?;
    // Nothing changes, so nothing is written.
    if (Contributor { updated_at: before.updated_at, ..profile.clone() }) == before {
        return Ok(Json::new(ContributorView::of(person.user_id, before)).version(person.version));
    }
    let changed = person.clone().changed(now);

    let mut entry = ctx.entry("user.contributor_profile_changed", Resource::User(person.subject()));
    entry.reason = reason;
    note_change(&mut entry.changes, "githubLogin", &before.github_login, &profile.github_login);
    note_change(&mut entry.changes, "title", &before.title, &profile.title);
    note_change(&mut entry.changes, "entries", &before.ledger.len(), &profile.ledger.len());
    note_change(&mut entry.changes, "score", &before.score(), &profile.score());
    // The removed and added entries, by day, label and points: a whole ledger is too large for a
    // log entry.
    note_change(
        &mut entry.changes,
        "ledger",
        &told(&before.ledger, &profile.ledger),
        &told(&profile.ledger, &before.ledger),
    );
    let mut tx = ctx.app.transaction();
    tx.save_principal(&changed)?;
    tx.save_contributor(person.user_id, &profile)?;
    tx.audit(entry)?;
    let answer = Json::new(ContributorView::of(person.user_id, profile)).version(changed.version);
    ctx.commit(tx, &answer).await?;
    Ok(answer)
}

/// Maximum number of removed and of added entries in the audit log.
const TOLD: usize = 20;

/// The entries of one ledger that another does not have, for the audit log.
fn told(ledger: &[Contribution], other: &[Contribution]) -> Vec<String> {
    let points = |entry: &Contribution| {
        entry.points.map_or_else(String::new, |points| format!(" ({points})"))
    };
    let differs = ledger.iter().filter(|entry| !other.contains(entry));
    differs
        .take(TOLD)
        .map(|entry| format!("{} {}{}", entry.date, entry.label, points(entry)))
        .collect()
}

fn checked(body: PutContributor, now: Timestamp) -> Result<Contributor, ApiError> {
    if body.ledger.len() > MAX_CONTRIBUTIONS {
        return Err(ApiError::field(
            "ledger",
            "too_long",
            "This ledger is too long. Send at most 200 entries.",
        ));
    }
    let mut ledger = body
        .ledger
        .into_iter()
        .enumerate()
        .map(|(place, entry)| entry_checked(place, entry, now))
        .collect::<Result<Vec<_>, _>>()?;
    check_size(&ledger)?;
    ledger.sort_by(|one, other| other.date.cmp(&one.date));
    Ok(Contributor {
        github_login: body.github_login.as_deref().map(github_login).transpose()?,
        title: body.title.map(|title| text::line("title", &title, 64)).transpose()?,
        ledger,
        updated_at: Some(now),
    })
}

fn entry_checked(
    place: usize,
    entry: Contribution,
    now: Timestamp,
) -> Result<Contribution, ApiError> {
    let field = |name: &str| format!("ledger[{place}].{name}");
    if entry.date.len() != 10 || entry.date.parse::<Timestamp>().is_err() {
        return Err(ApiError::field(
            field("date"),
            "invalid",
            "This is not a valid day. Enter it as YYYY-MM-DD.",
        ));
    }
    if entry.date > now.date() {
        return Err(ApiError::field(
            field("date"),
            "out_of_range",
            "This day is in the future. Enter today or an earlier day, in UTC.",
        ));
    }
    if entry.points.is_some_and(|points| !(1..=1000).contains(&points)) {
        return Err(ApiError::field(
            field("points"),
            "out_of_range",
            "This number is out of range. Enter a number from 1 to 1000.",
        ));
    }
    if let Some(url) = &entry.url
        && !(url.len() <= 300
            && url.starts_with("https://")
            && url.bytes().all(|b| b.is_ascii_graphic()))
    {
        return Err(ApiError::field(
            field("url"),
            "invalid",
            "This URL is not accepted. Enter an https URL of at most 300 characters.",
        ));
    }
    Ok(Contribution {
        label: text::line(&field("label"), &entry.label, 120)?,
        details: entry
            .details
            .map(|details| text::note(&field("details"), &details, 500))
            .transpose()?,
        ..entry
    })
}
