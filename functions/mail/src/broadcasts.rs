//! Broadcasts: start or resume one, list them, show one with its progress, cancel one.

use provost_domain::{
    ApiError, BroadcastId, Timestamp, UserId,
    mail::{
        broadcast::{Audience, Broadcast, BroadcastStatus, Tally},
        content::MailContent,
    },
    user::PortalTier,
};
use provost_http::{
    Accepted, Body, BodyOrQuery, HandlerResult, Json, List, Paging, Query, RequestContext,
    StaffGrant,
};
use provost_operations::mail::{
    BroadcastRequest, cancel_broadcast as cancel, resume_broadcast, start_broadcast,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Request to send an email to many users, or to resume a missed one.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct StartBroadcast {
    /// Subject line, 1 to 200 characters. May contain the variables `firstName`, `brand` and `url`.
    subject: Option<String>,
    /// Text, 1 to 10,000 characters, with the same variables. Can also be named `body`.
    #[serde(alias = "body")]
    text: Option<String>,
    /// HTML, up to 10,000 characters. Without it, the HTML part is made from the text.
    html: Option<String>,
    /// Users that it is for. Can also be named `recipientFilter`.
    #[serde(alias = "recipientFilter")]
    filter: Option<Audience>,
    /// Portal tier; required with the filter `plan`.
    plan: Option<PortalTier>,
    /// Whether to count the recipients without sending anything. Default: false.
    dry_run: bool,
    /// Time to send it, at most 90 days ahead. Left out to send it now. Can also be named `scheduled`.
    #[serde(alias = "scheduled")]
    scheduled_at: Option<Timestamp>,
    /// Id of a missed broadcast to resume. Not together with other fields besides `reason`.
    resume: Option<BroadcastId>,
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

/// Progress of a broadcast.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BroadcastProgress {
    /// Users that were looked at.
    done: u64,
    /// Users on the platform.
    total: u64,
    /// 0 to 100; 100 only once it is completed.
    percent: u64,
}

/// A broadcast. `sent`, `failed`, `leftOut` and `unknown` add up to `planned`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BroadcastView {
    /// Broadcast id.
    id: BroadcastId,
    /// Subject line, before variables are filled in.
    subject: String,
    /// Users that it is for.
    filter: Audience,
    /// Portal tier of the filter `plan`.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<PortalTier>,
    /// Whether recipients are only counted.
    dry_run: bool,
    /// Where it is between its request and its end.
    status: BroadcastStatus,
    /// User id of the member of staff who requested it, or resumed it last; null after an erasure.
    requested_by: Option<UserId>,
    /// Planned time.
    #[serde(skip_serializing_if = "Option::is_none")]
    scheduled_at: Option<Timestamp>,
    /// How many users were looked at.
    progress: BroadcastProgress,
    /// Users that match the filter so far. Exact once it is completed.
    planned: u64,
    /// Users who get it, or would get it in a dry run.
    recipient_count: u64,
    /// Emails that were sent.
    sent: u64,
    /// Emails that could not be sent.
    failed: u64,
    /// Users who match the filter and get nothing: unsubscribed, suppressed, suspended, or with a
    /// pending deletion.
    left_out: u64,
    /// Emails that may have been sent, because the run was stopped or the transport did not respond.
    /// They are not sent again.
    unknown: u64,
    /// Time of the request.
    created_at: Timestamp,
    /// Time at which it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
}

/// A broadcast with its content.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BroadcastDetails {
    #[serde(flatten)]
    broadcast: BroadcastView,
    /// What it says, before variables are filled in.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<MailContent>,
}

impl BroadcastView {
    fn of(broadcast: &Broadcast, requested_by: Option<UserId>) -> Self {
        let Tally { planned, sent, failed, left_out, unknown } = broadcast.tally;
        Self {
            id: broadcast.id,
            subject: broadcast.subject.clone(),
            filter: broadcast.audience,
            plan: broadcast.plan,
            dry_run: broadcast.dry_run,
            status: broadcast.status,
            requested_by,
            scheduled_at: broadcast.scheduled_at,
            progress: BroadcastProgress {
                done: broadcast.listed,
                total: broadcast.users.max(broadcast.listed),
                percent: broadcast.percent(),
            },
            planned,
            recipient_count: planned.saturating_sub(left_out),
            sent: if broadcast.dry_run { 0 } else { sent },
            failed,
            left_out,
            unknown,
            created_at: broadcast.created_at,
            ended_at: broadcast.ended_at,
        }
    }
}

/// Shows broadcasts with the members of staff who requested them.
async fn views(
    ctx: &RequestContext<StaffGrant>,
    broadcasts: &[Broadcast],
) -> HandlerResult<Vec<BroadcastView>> {
    let by = broadcasts.iter().map(|broadcast| broadcast.requested_by);
    let users = ctx.app.store().subjects(by).await?;
    let user = |broadcast: &Broadcast| users.get(&broadcast.requested_by).map(|user| user.user_id);
    Ok(broadcasts.iter().map(|broadcast| BroadcastView::of(broadcast, user(broadcast))).collect())
}

async fn view(
    ctx: &RequestContext<StaffGrant>,
    broadcast: &Broadcast,
) -> HandlerResult<BroadcastView> {
    let mut views = views(ctx, std::slice::from_ref(broadcast)).await?;
    Ok(views.pop().ok_or_else(|| ApiError::missing("broadcast"))?)
}

/// Starts or resumes a broadcast.
pub async fn start_email_broadcast(
    ctx: RequestContext<StaffGrant>,
    Body(body): Body<StartBroadcast>,
) -> HandlerResult<Accepted<BroadcastView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let op = ctx.op(reason);
    let change = match body.resume {
        Some(id) => {
            check_alone(&body)?;
            let before = ctx.app.store().broadcast(id).await?;
            let before = before.ok_or_else(|| ApiError::missing("broadcast"))?;
            resume_broadcast(&op, ctx.caller.user.pseudonym, &before)?
        }
        None => {
            let request = BroadcastRequest {
                content: MailContent {
                    subject: body.subject.unwrap_or_default(),
                    text: body.text.unwrap_or_default(),
                    html: body.html,
                },
                audience: body.filter.ok_or_else(filter_required)?,
                plan: body.plan,
                dry_run: body.dry_run,
                scheduled_at: body.scheduled_at,
            };
            start_broadcast(&op, ctx.caller.user.pseudonym, request).await?
        }
    };
    let view = view(&ctx, &change.after).await?;
    let location = format!("/api/admin/emails/broadcast/{}", change.after.id);
    ctx.complete(change, |_| Accepted(view, location)).await
}

fn filter_required() -> ApiError {
    let mut error = ApiError::field(
        "filter",
        "required",
        "A broadcast needs a filter. Send `all` if it is for all users.",
    );
    if let Some(field) = error.fields.first_mut() {
        field.allowed = Audience::ALL.iter().map(|audience| audience.as_str().to_owned()).collect();
    }
    error
}

/// Resuming takes nothing but the id.
fn check_alone(body: &StartBroadcast) -> Result<(), ApiError> {
    let others = body.subject.is_some()
        || body.text.is_some()
        || body.html.is_some()
        || body.filter.is_some()
        || body.plan.is_some()
        || body.scheduled_at.is_some()
        || body.dry_run;
    if others {
        return Err(ApiError::field(
            "resume",
            "contradiction",
            "A broadcast is resumed as it is. Remove the other fields.",
        ));
    }
    Ok(())
}

/// Filters and page of a list of broadcasts.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct BroadcastQuery {
    /// Only broadcasts with this status.
    status: Option<BroadcastStatus>,
    /// Page number, starting at 1. Not together with `cursor`.
    #[schemars(range(min = 1))]
    page: Option<u32>,
    /// Items per page, 1 to 200; 50 by default.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// `nextCursor` of the previous page. Not together with `page`.
    cursor: Option<String>,
}

/// Lists broadcasts.
pub async fn list_email_broadcasts(
    ctx: RequestContext<StaffGrant>,
    Query(wanted): Query<BroadcastQuery>,
) -> HandlerResult<Json<List<BroadcastView>>> {
    let request = ctx
        .page_request(&Paging { page: wanted.page, limit: wanted.limit, cursor: wanted.cursor })
        .await?;
    let page = ctx.app.store().broadcasts(wanted.status, &request).await?;
    let mut shown = views(&ctx, &page.rows).await?.into_iter();
    let page = provost_domain::page::Page {
        rows: shown.by_ref().collect(),
        total: page.total,
        next: page.next,
    };
    Ok(Json::new(ctx.list(page, &request).await?))
}

/// The broadcast in the path.
async fn named(ctx: &RequestContext<StaffGrant>) -> HandlerResult<Broadcast> {
    let missing = || ApiError::missing("broadcast");
    let id = ctx.param("id").parse().map_err(|_| missing())?;
    Ok(ctx.app.store().broadcast(id).await?.ok_or_else(missing)?)
}

/// Gets a broadcast.
pub async fn get_email_broadcast(
    ctx: RequestContext<StaffGrant>,
) -> HandlerResult<Json<BroadcastDetails>> {
    let broadcast = named(&ctx).await?;
    let content = ctx.app.store().broadcast_content(broadcast.id).await?;
    let details = BroadcastDetails {
        broadcast: view(&ctx, &broadcast).await?,
        content: content.map(|written| written.content),
    };
    Ok(Json::new(details))
}

/// Request to cancel a broadcast.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CancelBroadcast {
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

/// Cancels a broadcast.
pub async fn cancel_email_broadcast(
    ctx: RequestContext<StaffGrant>,
    BodyOrQuery(body): BodyOrQuery<CancelBroadcast>,
) -> HandlerResult<Json<BroadcastView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let before = named(&ctx).await?;
    let change = cancel(&ctx.op(reason), &before)?;
    let view = view(&ctx, &change.after).await?;
    ctx.complete(change, |_| Json::new(view)).await
}
