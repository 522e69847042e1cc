//! `GET /api/admin/users/{id}/grants`: what was awarded to a person, newest first, with what has ended.

use provost_domain::{
    AwardId, Pseudonym, Timestamp,
    staff_record::{Award, AwardEnd, AwardType},
};
use provost_http::{Answer, Call, Json, List, Paging, Query, access::Staff, users};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which grants are wanted.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct GrantQuery {
    /// `true`: only those that still count; `false`: only those that have ended.
    active: Option<bool>,
    /// The page's number, from 1. Not together with `cursor`.
    #[schemars(range(min = 1))]
    page: Option<u32>,
    /// Rows per page, 1 to 200; 50 unless given.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// `nextCursor` of the page before. Not together with `page`.
    cursor: Option<String>,
}

/// A grant: something counted that staff gave.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrantView {
    /// Its id.
    id: AwardId,
    /// What it gives.
    r#type: AwardType,
    /// How much of it; bytes for storage.
    amount: u64,
    /// Why.
    reason: Option<String>,
    /// Who gave it, by pseudonym.
    granted_by: Pseudonym,
    /// When.
    created_at: Timestamp,
    /// Until when; null when it is for good.
    expires_at: Option<Timestamp>,
    /// Whether it counts.
    active: bool,
    /// When it ended.
    ended_at: Option<Timestamp>,
    /// How it ended.
    end: Option<AwardEnd>,
    /// Whether the end that was asked for was beyond the longest grant, and lowered to it. Only in the answer to making it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    clamped: bool,
}

impl GrantView {
    /// The same, with whether its end was lowered.
    pub(crate) const fn clamped(mut self, clamped: bool) -> Self {
        self.clamped = clamped;
        self
    }
}

impl From<Award> for GrantView {
    fn from(award: Award) -> Self {
        Self {
            active: award.is_live(),
            id: award.id,
            r#type: award.r#type,
            amount: award.amount,
            reason: award.reason,
            granted_by: award.by,
            created_at: award.created_at,
            expires_at: award.expires_at,
            ended_at: award.ended_at,
            end: award.end,
            clamped: false,
        }
    }
}

/// Lists grants.
///
/// # Errors
/// `INVALID_USER_ID`.
pub async fn list_user_grants(call: Call<Staff>, Query(query): Query<GrantQuery>) -> Answer<Json<List<GrantView>>> {
    let request = call.page_request(&Paging { page: query.page, limit: query.limit, cursor: query.cursor }).await?;
    let user = users::named(&call).await?.user_id;
    let page = call.app.store().awards(user, query.active, &request).await?;
    Ok(Json::new(call.list(page.map(GrantView::from), &request).await?))
}
