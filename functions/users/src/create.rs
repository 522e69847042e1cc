//! `POST /v1/users`: create a user. Without a password, the user chooses one by the link in the
//! email.

use provost_api::{
    DirectoryUser,
    user_input::{ProfileInput, RoleName},
};
use provost_domain::{
    ApiError, BuiltInRole, Code, Email, Permission, Phone, Rank, Status, Username,
    account_edit::AccountEdit, external_id, rank::check_grant, unique_id, user::UserTypes,
};
use provost_http::{
    Body, Created, HandlerResult, RequestContext, Versioned, access::StaffGrant,
    user_fields::named_in, users,
};
use provost_operations::user::{self, CreationEmail, NewCredential, NewUser};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::view;

/// Request to create a user. A name is required: `name`, or `first_name` and `last_name`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateUser {
    /// Display name, at most 64 characters.
    name: Option<String>,
    /// Given name, at most 64 characters.
    first_name: Option<String>,
    /// Family name, at most 64 characters.
    last_name: Option<String>,
    /// Email address for sign-in; must be unique.
    email: Email,
    /// Whether the address counts as confirmed. Default: false.
    #[serde(default)]
    email_verified: bool,
    /// Phone number with country code (E.164); must be unique.
    phone: Option<Phone>,
    /// Whether the number counts as confirmed. Default: false.
    #[serde(default)]
    phone_verified: bool,
    /// Username; must be unique.
    username: Option<Username>,
    /// Password, by the same rules as for registration. Without one, the user chooses a password by
    /// the link in the email.
    password: Option<String>,
    /// Status: `active`, `pending_verification`, `inactive` or `suspended`. Default: `active` if the
    /// address counts as confirmed, `pending_verification` otherwise.
    status: Option<Status>,
    /// Whether the user has an administrator role. It follows from `roles` and cannot differ.
    is_admin: Option<bool>,
    /// Whether the user teaches. Default: false.
    is_instructor: Option<bool>,
    /// Whether the user learns. Default: true.
    is_learner: Option<bool>,
    /// Built-in role, at most one. A role other than `user` requires `role.assign` and a higher
    /// rank. Default: `user`.
    #[serde(default)]
    roles: Vec<RoleName>,
    /// Values of the profile.
    #[serde(default)]
    profile: ProfileInput,
    /// Short unique identifier, 2 to 64 letters, digits, `.`, `_`, `/` and `-`. Default: generated.
    unique_id: Option<String>,
    /// Id of the user in another system, 1 to 200 characters; must be unique.
    /// Upper and lower case differ.
    external_id: Option<String>,
    /// Emails to the user.
    #[serde(default)]
    send: SendInput,
    /// Reason for the audit log, 3 to 500 characters. Required for a suspended account. Can also be
    /// sent as the header `X-Reason`.
    reason: Option<String>,
}

/// Emails to a new user.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SendInput {
    /// Whether to send a welcome, or the email that asks to confirm the address. Default: true.
    welcome: Option<bool>,
    /// Whether to send a link to choose a password, for a user without one. Default: as `welcome`.
    set_password_link: Option<bool>,
}

impl SendInput {
    fn email(&self, has_password: bool) -> Result<CreationEmail, ApiError> {
        let welcome = self.welcome.unwrap_or(true);
        let link = self.set_password_link.unwrap_or(welcome && !has_password);
        let contradiction =
            |message| Err(ApiError::field("send.set_password_link", "contradiction", message));
        match (has_password, welcome, link) {
            (true, _, true) => contradiction(
                "The user has a password, so there is no link to choose one. Omit this field or the password.",
            ),
            (false, true, false) => contradiction(
                "The welcome to a user without a password has the link. Omit this field, or send `welcome: false` too.",
            ),
            (_, false, false) => Ok(CreationEmail::None),
            _ => Ok(CreationEmail::Welcome),
        }
    }
}

/// Creates a user.
///
/// # Errors
/// `VALIDATION_FAILED` on the field; `ALREADY_EXISTS` or `CONTACT_RESERVED` with `field`;
/// `PERMISSION_DENIED`, `SUPERADMIN_REQUIRED` or `OUTRANKED` for a role that the caller may not give.
pub async fn create_user(
    ctx: RequestContext<StaffGrant>,
    Body(body): Body<CreateUser>,
) -> HandlerResult<Versioned<Created<DirectoryUser>>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let new = new_user(&ctx, body).map_err(named_in)?;
    let op = ctx.op(reason);
    let change = user::create_user(&op, new).await.map_err(named_in)?;
    let shown = view(&ctx, &change.after).await?;
    let wanted = change.after.user.clone();
    let place = format!("/v1/users/{}", wanted.user_id);
    let answer = Versioned(Created(shown, place), wanted.version);
    match ctx.complete(change, |_| answer).await {
        Ok(answer) => Ok(answer),
        Err(error) => Err(named_in(users::explained(&ctx, &wanted, error).await)),
    }
}

fn new_user(ctx: &RequestContext<StaffGrant>, body: CreateUser) -> Result<NewUser, ApiError> {
    let role = role(ctx, &body)?;
    let email_sent = body.send.email(body.password.is_some())?;
    let types = UserTypes { is_instructor: body.is_instructor, is_learner: body.is_learner };
    Ok(NewUser {
        email: body.email,
        email_verified: body.email_verified,
        password: body.password.map(NewCredential::Password),
        username: body.username,
        phone: body.phone,
        phone_verified: body.phone_verified,
        unique_id: body.unique_id.as_deref().map(unique_id::parse).transpose()?,
        external_id: body.external_id.as_deref().map(external_id::parse).transpose()?,
        role,
        status: body.status,
        edit: AccountEdit { types, ..body.profile.edit() }.with_names(
            body.name,
            body.first_name,
            body.last_name,
        )?,
        email_sent,
    })
}

/// The role of the new user, which the caller must be able to give.
fn role(ctx: &RequestContext<StaffGrant>, body: &CreateUser) -> Result<BuiltInRole, ApiError> {
    let role = match body.roles.as_slice() {
        [] => BuiltInRole::User,
        [RoleName(role)] => *role,
        _ => {
            return Err(ApiError::field(
                "roles",
                "too_many",
                "A user has one built-in role. Name the highest one only.",
            ));
        }
    };
    let is_admin = role.rank() >= Rank::Admin;
    if body.is_admin.is_some_and(|wanted| wanted != is_admin) {
        return Err(ApiError::field(
            "is_admin",
            "contradiction",
            "Whether a user is an administrator follows from the role. Name it in `roles`, or omit this field.",
        ));
    }
    if role == BuiltInRole::User {
        return Ok(role);
    }
    let caller = &ctx.caller;
    caller.require(Permission::RoleAssign)?;
    check_grant(caller.acting(), &role.permissions())?;
    if !caller.user.is_root() && caller.user.rank() <= role.rank() {
        return Err(ApiError::new(
            Code::Outranked,
            "This role has the same rank as yours or a higher one. Ask a staff member with a higher rank.",
        ));
    }
    Ok(role)
}
