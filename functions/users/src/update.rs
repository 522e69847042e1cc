//! `PUT /v1/users/{user_id}`: update a user. Omitted fields are unchanged; null removes an optional
//! value. A change of status is a request of its own.

use provost_api::{
    DirectoryUser,
    user_input::{self as input, ProfileInput},
};
use provost_domain::{
    ApiError, Email, Permission, Phone, Status, Timestamp, User, Username,
    account_edit::{Account, AccountEdit},
    user::UserTypes,
};
use provost_http::{
    Body, HandlerResult, Json, RequestContext, StaffTargetGrant,
    user_fields::{named_in, spelled},
    users,
};
use provost_operations::{
    credential::password_policy,
    user::{AccountUpdate, Proof, SetByStaff, update_account},
};
use provost_store::credentials::Credential;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    status::{self, StatusChange},
    views::view,
};

/// Request to update a user.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateDirectoryUser {
    /// Display name, at most 64 characters; null for first and last name.
    #[serde(default, deserialize_with = "input::present")]
    name: Option<Option<String>>,
    /// Given name, at most 64 characters.
    first_name: Option<String>,
    /// Family name, at most 64 characters.
    last_name: Option<String>,
    /// Email address; must be unique. This, the phone number, the username and the password require
    /// `user.credentials`.
    email: Option<Email>,
    /// Phone number with country code (E.164); must be unique.
    #[serde(default, deserialize_with = "input::present")]
    phone: Option<Option<Phone>>,
    /// Username; must be unique.
    username: Option<Username>,
    /// Id of the user in another system, 1 to 200 characters; must be unique. Upper and lower case
    /// differ. Null removes it.
    #[serde(default, deserialize_with = "input::present")]
    external_id: Option<Option<String>>,
    /// New password, by the same rules as for registration.
    password: Option<String>,
    /// Whether the user teaches.
    is_instructor: Option<bool>,
    /// Whether the user learns.
    is_learner: Option<bool>,
    /// Values of the profile.
    #[serde(default)]
    profile: Option<ProfileInput>,
    /// New status. Not together with other changes. `suspended` requires `user.suspend` and a
    /// reason, `deleted` requires `user.delete`.
    status: Option<Status>,
    /// Time at which a suspension ends by itself. Default: no end.
    suspended_until: Option<Timestamp>,
    /// Whether a new email address or phone number counts as confirmed. Default: true.
    mark_verified: Option<bool>,
    /// Whether to revoke all sessions and API keys of the user. Default: true for a new email
    /// address, phone number or password, false otherwise.
    revoke_sessions: Option<bool>,
    /// Whether to notify the user of new contacts, a new password or a new status. Default: true.
    /// False for contacts or a password requires `user.purge`.
    notify_user: Option<bool>,
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

/// A user after an update.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct UpdatedDirectoryUser {
    /// User after the update.
    #[serde(flatten)]
    user: DirectoryUser,
    /// Names of the changed fields.
    changed: Vec<String>,
    /// Number of revoked sessions.
    sessions_revoked: usize,
    /// Number of revoked API keys.
    api_keys_revoked: usize,
}

/// Updates a user.
///
/// # Errors
/// `VALIDATION_FAILED` on the field, `PERMISSION_DENIED` without `user.credentials`,
/// `ALREADY_EXISTS` or `CONTACT_RESERVED` with `field`, `STALE_VERSION`; as
/// [`status::prepare`] for a new status.
pub async fn update_directory_user(
    ctx: RequestContext<StaffTargetGrant>,
    Body(body): Body<UpdateDirectoryUser>,
) -> HandlerResult<Json<UpdatedDirectoryUser>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    ctx.check_version(ctx.target.version)?;
    match body.status {
        Some(to) => change_status(&ctx, &body, to, reason).await,
        None => update(&ctx, body, reason).await,
    }
}

async fn change_status(
    ctx: &RequestContext<StaffTargetGrant>,
    body: &UpdateDirectoryUser,
    to: Status,
    reason: Option<String>,
) -> HandlerResult<Json<UpdatedDirectoryUser>> {
    body.check_status_alone()?;
    let notify = body.notify_user.unwrap_or(true);
    let wanted = StatusChange { to, until: body.suspended_until, reason, notify };
    let (change, user) = status::prepare(ctx, wanted).await?;
    let version = user.version;
    let Some(change) = change else {
        return Ok(Json::new(UpdatedDirectoryUser::unchanged(user)).version(version));
    };
    let changed = vec!["status".to_owned()];
    let answer = UpdatedDirectoryUser::of(user, changed, &ctx.target, &change.after);
    ctx.complete(change, |_| Json::new(answer).version(version)).await
}

async fn update(
    ctx: &RequestContext<StaffTargetGrant>,
    body: UpdateDirectoryUser,
    reason: Option<String>,
) -> HandlerResult<Json<UpdatedDirectoryUser>> {
    if body.suspended_until.is_some() {
        return Err(ApiError::field(
            "suspended_until",
            "contradiction",
            "Only a suspension has an end. Omit this field, or send `status: \"suspended\"`.",
        )
        .into());
    }
    let found = ctx.app.store().user_in_full(ctx.target.user_id).await?;
    let mut found = found.ok_or_else(ApiError::no_such_user)?;
    let (op, before) = (ctx.op(reason), &ctx.target);
    let account = Account { user: before.clone(), profile: found.profile.clone() };
    let (mut set, edit) = body.into_parts(found.credential.clone());
    let update = AccountUpdate::new(&op, account, edit).map_err(named_in)?;
    let is_credential = update.changes_contacts() || set.by.password.is_some();
    if is_credential {
        ctx.caller.require(Permission::UserCredentials)?;
        if !set.by.notify {
            ctx.caller.require(Permission::UserPurge)?;
        }
    }
    if let Some(password) = &set.by.password {
        password_policy(&ctx.app).await?.check(password, &update.after.user.email)?;
    }
    let after = &update.after.user;
    let default =
        set.by.password.is_some() || before.email != after.email || before.phone != after.phone;
    set.by.revoke = set.revoke.unwrap_or(default);
    let has_password = set.by.password.is_some();

    let names = update.before.changes(&update.after);
    let mut changed: Vec<String> = names.keys().map(|name| spelled(name)).collect();
    if has_password {
        changed.push("password".to_owned());
    }
    let wanted = after.clone();
    let Some(change) = update_account(&op, update, Proof::SetByStaff(Box::new(set.by)))? else {
        let version = found.user.version;
        let user = view(ctx, &found).await?;
        return Ok(Json::new(UpdatedDirectoryUser::unchanged(user)).version(version));
    };
    let Account { user, profile } = change.after.clone();
    (found.user, found.profile) = (user, profile);
    let mut shown = view(ctx, &found).await?;
    if has_password {
        (shown.has_password, shown.must_reset_password) = (true, false);
    }
    let version = shown.version;
    let answer = UpdatedDirectoryUser::of(shown, changed, &ctx.target, &found.user);
    match ctx.complete(change, |_| Json::new(answer).version(version)).await {
        Ok(answer) => Ok(answer),
        Err(error) => Err(named_in(users::explained(ctx, &wanted, error).await)),
    }
}

/// How credentials change, with whether the caller chose to revoke sessions.
struct Set {
    by: SetByStaff,
    revoke: Option<bool>,
}

impl UpdateDirectoryUser {
    /// Checks that nothing but the status changes: each change of status is an operation of its own.
    fn check_status_alone(&self) -> Result<(), ApiError> {
        let others = [
            ("name", self.name.is_some()),
            ("first_name", self.first_name.is_some()),
            ("last_name", self.last_name.is_some()),
            ("email", self.email.is_some()),
            ("phone", self.phone.is_some()),
            ("username", self.username.is_some()),
            ("external_id", self.external_id.is_some()),
            ("password", self.password.is_some()),
            ("is_instructor", self.is_instructor.is_some()),
            ("is_learner", self.is_learner.is_some()),
            ("profile", self.profile.is_some()),
            ("mark_verified", self.mark_verified.is_some()),
            ("revoke_sessions", self.revoke_sessions.is_some()),
        ];
        match others.into_iter().find(|(_, given)| *given) {
            Some((field, _)) => Err(ApiError::field(
                field,
                "not_together",
                "The status cannot change together with other fields. Change it in a separate request.",
            )),
            None => Ok(()),
        }
    }

    /// The change of credentials, and the new values.
    fn into_parts(self, known: Option<Credential>) -> (Set, AccountEdit) {
        let by = SetByStaff {
            known,
            password: self.password,
            mark_verified: self.mark_verified.unwrap_or(true),
            revoke: false,
            notify: self.notify_user.unwrap_or(true),
        };
        let edit = AccountEdit {
            display_name: self.name,
            first_name: self.first_name,
            last_name: self.last_name,
            email: self.email,
            phone: self.phone,
            username: self.username,
            external_id: self.external_id,
            types: UserTypes { is_instructor: self.is_instructor, is_learner: self.is_learner },
            ..self.profile.unwrap_or_default().edit()
        };
        (Set { by, revoke: self.revoke_sessions }, edit)
    }
}

impl UpdatedDirectoryUser {
    fn of(user: DirectoryUser, changed: Vec<String>, before: &User, after: &User) -> Self {
        Self {
            user,
            changed,
            sessions_revoked: before.sessions.len() - after.sessions.len(),
            api_keys_revoked: before.api_keys.len() - after.api_keys.len(),
        }
    }

    fn unchanged(user: DirectoryUser) -> Self {
        Self { user, changed: Vec::new(), sessions_revoked: 0, api_keys_revoked: 0 }
    }
}
