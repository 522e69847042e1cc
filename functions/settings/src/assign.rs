//! `PUT /api/admin/users/{id}/storage` and `PUT /api/admin/storage/squads/{id}`: assign a storage
//! bucket.

use provost_domain::{
    ApiError, BucketId, OrganisationId, UserId, organisation::Organisation, rank::check_staff_rank,
};
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffGrant, StaffTargetGrant};
use provost_operations::{organisation::EventActor, storage};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Request to assign a storage bucket.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
// Required but nullable, which schemars cannot express.
#[schemars(extend("required" = ["bucketId"]))]
pub struct AssignBucket {
    /// Id of the bucket in which new files are kept; null for the bucket of the platform. Files that
    /// are already stored stay where they are.
    #[serde(deserialize_with = "Option::deserialize")]
    bucket_id: Option<BucketId>,
    /// Reason for the audit log.
    #[serde(default)]
    reason: Option<String>,
}

/// Request to assign a storage bucket to a user.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
// Required but nullable, which schemars cannot express.
#[schemars(extend("required" = ["bucketId"]))]
pub struct AssignUserBucket {
    /// Id of the bucket in which new files are kept; null for the bucket of the platform. Files that
    /// are already stored stay where they are.
    #[serde(deserialize_with = "Option::deserialize")]
    bucket_id: Option<BucketId>,
    /// Whether the user gets an email with a link that shows the credentials of the bucket once. They
    /// open every file in the bucket, so they are sent only if nobody else has files in it. Default:
    /// true where that is so and the bucket is new to the user. Send `true` for the present bucket to
    /// send another link.
    #[serde(default)]
    send_credentials: Option<bool>,
    /// Reason for the audit log.
    #[serde(default)]
    reason: Option<String>,
}

/// The storage bucket of a user.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserStorageView {
    /// User whose files the bucket is for.
    user_id: UserId,
    /// Id of the bucket for new files; null for the bucket of the platform.
    storage_bucket_id: Option<BucketId>,
    /// Whether the user gets an email with a link to the credentials of the bucket.
    credentials_sent: bool,
}

/// The storage bucket of an organisation.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SquadStorageView {
    /// Organisation whose files the bucket is for.
    squad_id: OrganisationId,
    /// Id of the bucket for new files; null for the bucket of the platform.
    storage_bucket_id: Option<BucketId>,
}

pub async fn assign_user_storage(
    ctx: RequestContext<StaffTargetGrant>,
    Body(body): Body<AssignUserBucket>,
) -> HandlerResult<Json<UserStorageView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let show = |(user, credentials_sent): (provost_domain::User, bool)| {
        let (user_id, storage_bucket_id) = (user.user_id, user.storage_bucket);
        Json::new(UserStorageView { user_id, storage_bucket_id, credentials_sent })
    };
    let (op, sends) = (ctx.op(reason), body.send_credentials);
    match storage::assign_to_user(&op, &ctx.target, body.bucket_id, sends).await? {
        Some(change) => ctx.complete(change, show).await,
        None => Ok(show((ctx.target.clone(), false))),
    }
}

pub async fn assign_squad_storage(
    ctx: RequestContext<StaffGrant>,
    Body(body): Body<AssignBucket>,
) -> HandlerResult<Json<SquadStorageView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let id: OrganisationId = ctx.id("id", "organisation")?;
    let store = ctx.app.store();
    let found = store.organisation(id).await?.filter(Organisation::is_active);
    let squad = found.ok_or_else(|| ApiError::missing("organisation"))?;
    // The path names the organisation, so the rank over its owner is checked here.
    if let Some(owner) = store.user(squad.owner_id).await? {
        check_staff_rank(ctx.caller.acting(), &owner)?;
    }
    let show = |squad: Organisation| {
        let (squad_id, storage_bucket_id) = (squad.id, squad.storage_bucket);
        Json::new(SquadStorageView { squad_id, storage_bucket_id })
    };
    let (op, by) = (ctx.op(reason), EventActor::staff(&ctx.caller.user));
    match storage::assign_to_organisation(&op, &squad, body.bucket_id, by).await? {
        Some(change) => ctx.complete(change, show).await,
        None => Ok(show(squad)),
    }
}
