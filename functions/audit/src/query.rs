//! The query of a list of audit log entries, and the filter for the store.

use provost_domain::{
    ApiError, Pseudonym, TimeZone, UserId, ids::canonical, text, time_zone::DateOrTime,
};
use provost_http::{HandlerResult, RequestContext, access::StaffGrant};
use provost_store::audit_log::AuditFilter;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Filters and page of a list of audit log entries.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AuditQuery {
    /// Only this action, by its full name, such as `user.banned`.
    action: Option<String>,
    /// Only actions by this actor: a user id, a pseudonym (for erased users), `service:…`,
    /// `system:…`, `cli` or `anonymous`; or `api_key` for all requests with an API key.
    admin: Option<String>,
    /// Only entries about this user (a user id, or a pseudonym for erased users) or this resource
    /// id.
    target: Option<String>,
    /// Only entries about the resource with this id, or about resources of this kind.
    resource: Option<String>,
    /// Only entries about resources of this kind, such as `user`, `export` or `deletion`.
    resource_type: Option<String>,
    /// Only entries at or after this time. A date without a time is the start of that day.
    from: Option<DateOrTime>,
    /// Only entries at or before this time. A date without a time includes the whole day.
    to: Option<DateOrTime>,
    /// Time zone of dates without a time, such as `Europe/Berlin`. Default: `UTC`.
    tz: Option<TimeZone>,
    /// `true` for successful actions only, `false` for refused requests only. Default: both.
    success: Option<bool>,
    /// Only entries with this text in the action, the actor, an id or the reason, not
    /// case-sensitive. At most 100 characters.
    #[schemars(length(max = 100))]
    search: Option<String>,
    /// `csv` or `ndjson` for a file with all entries that match, at most 5,000. The export is
    /// itself an entry. Default: `json`, a page.
    pub(crate) format: Format,
    /// Page number, starting at 1. Not together with `cursor`.
    #[schemars(range(min = 1))]
    pub(crate) page: Option<u32>,
    /// Items per page, 1 to 200; 50 by default.
    #[schemars(range(min = 1, max = 200))]
    pub(crate) limit: Option<u32>,
    /// `nextCursor` of the previous page. Not together with `page`.
    pub(crate) cursor: Option<String>,
}

/// Format of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// A page of the list.
    #[default]
    Json,
    /// A table for spreadsheets (RFC 4180). A cell that a spreadsheet would read as a formula
    /// begins with an apostrophe.
    Csv,
    /// One JSON object per line.
    Ndjson,
}

impl AuditQuery {
    /// Refuses a page, which a file with all entries does not have. `before` is what comes before
    /// the name of the parameter.
    ///
    /// # Errors
    /// `VALIDATION_FAILED`.
    pub(crate) fn check_no_page(&self, before: &str) -> Result<(), ApiError> {
        let paging = [
            ("page", self.page.is_some()),
            ("limit", self.limit.is_some()),
            ("cursor", self.cursor.is_some()),
        ];
        match paging.into_iter().find(|(_, given)| *given) {
            None => Ok(()),
            Some((name, _)) => Err(ApiError::field(
                format!("{before}{name}"),
                "contradiction",
                "A file contains all entries that match. Remove this parameter, or ask for `json`.",
            )),
        }
    }

    /// The filter for the store; `None` when it names an unknown user, so that no entry can match.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` for an invalid filter.
    pub(crate) async fn filter(
        self,
        ctx: &RequestContext<StaffGrant>,
    ) -> HandlerResult<Option<AuditFilter>> {
        let zone = self.tz.unwrap_or_default();
        let (from, to) =
            (self.from.map(|from| from.first(&zone)), self.to.map(|to| to.last(&zone)));
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            return Err(ApiError::field(
                "from",
                "contradiction",
                "The range ends before it starts. Enter a time that is not after `to`.",
            )
            .into());
        }
        let bounded = |name: &str, given: Option<String>| {
            given.map(|text| text::search(name, &text, 100)).transpose()
        };
        let mut filter = AuditFilter {
            action: bounded("action", self.action)?,
            resource_type: bounded("resourceType", self.resource_type)?,
            search: bounded("search", self.search)?,
            from,
            to,
            success: self.success,
            ..AuditFilter::default()
        };
        if let Some(admin) = bounded("admin", self.admin)? {
            match log_name(ctx, &admin).await? {
                Some(name) => filter.actor = Some(name.to_string()),
                None if is_user(&admin) => return Ok(None),
                None if admin == "api_key" => filter.api_key = true,
                None => filter.actor = Some(canonical(&admin)),
            }
        }
        if let Some(target) = bounded("target", self.target)? {
            match log_name(ctx, &target).await? {
                Some(name) => filter.target = Some(name),
                None if is_user(&target) => return Ok(None),
                None => filter.target_id = Some(canonical(&target)),
            }
        }
        if let Some(resource) = bounded("resource", self.resource)? {
            filter.resource = match log_name(ctx, &resource).await? {
                Some(name) => Some(name.to_string()),
                None if is_user(&resource) => return Ok(None),
                None => Some(canonical(&resource)),
            };
        }
        Ok(Some(filter))
    }
}

fn is_user(text: &str) -> bool {
    text.parse::<UserId>().is_ok()
}

/// The pseudonym of a user who is named by id or by pseudonym; `None` for any other text, or for a
/// user who does not exist.
async fn log_name(
    ctx: &RequestContext<StaffGrant>,
    name: &str,
) -> HandlerResult<Option<Pseudonym>> {
    if let Ok(pseudonym) = name.parse() {
        return Ok(Some(pseudonym));
    }
    let Ok(user) = name.parse::<UserId>() else { return Ok(None) };
    Ok(ctx.app.store().user(user).await?.map(|record| record.pseudonym))
}
