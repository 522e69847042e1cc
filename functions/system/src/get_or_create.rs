//! `POST /v1/system/users/get-or-create`: get the user with an email address, a phone number or an
//! external id, or create one. Of many requests at once, one creates the user, and all others get
//! that user.

use provost_api::{DirectoryUser, user_input::ProfileInput};
use provost_domain::{
    ApiError, BuiltInRole, Code, Email, Permission, Phone, Rank, Status, User, UserId, Username,
    account_edit::{Account, AccountEdit},
    deletion::CancelledBy,
    external_id,
    grantor::Grantor,
    user::UserTypes,
};
use provost_http::{
    Body, Created, HandlerError, HandlerResult, Json, RequestContext, access::SystemGrant,
    reply::IntoReply, user_fields::named_in, users,
};
use provost_operations::user::{
    self, AccountUpdate, CreationEmail, NewUser, Proof, restore, update_account,
};
use provost_store::{Conflict, profiles::UserInFull};
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use crate::{scopes::require, views::view};

/// What happens when the user's account is scheduled for deletion.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnDeleted {
    /// The request is refused.
    #[default]
    Conflict,
    /// The account is restored. Requires the scope `user.delete`.
    Restore,
}

/// Request for the user with an email address, a phone number or an external id. Several of them
/// together name one user.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetOrCreateUser {
    /// Email address. Required to create a user.
    email: Option<Email>,
    /// Phone number with country code (E.164).
    phone: Option<Phone>,
    /// Id of the user in the calling system, 1 to 200 characters. Upper and lower case differ. A
    /// user who is found by a contact and has another external id is a conflict; one without gets it
    /// with `update_if_exists`.
    external_id: Option<String>,
    /// Display name, at most 64 characters. A name is required to create a user.
    name: Option<String>,
    /// Given name, at most 64 characters.
    first_name: Option<String>,
    /// Family name, at most 64 characters.
    last_name: Option<String>,
    /// Values of a new user.
    #[serde(default)]
    defaults: UserDefaults,
    /// Whether names and the profile of an existing user are replaced by those of this request.
    /// Requires the scope `user.update`. Default: false.
    #[serde(default)]
    update_if_exists: bool,
    /// What happens when the account is scheduled for deletion. Default: `conflict`.
    #[serde(default)]
    on_deleted: OnDeleted,
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

/// Values of a new user.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UserDefaults {
    /// Username; must be unique.
    username: Option<Username>,
    /// Whether the email address counts as confirmed. Default: false.
    email_verified: bool,
    /// Whether the phone number counts as confirmed. Default: false.
    phone_verified: bool,
    /// Whether the user teaches. Default: false.
    is_instructor: Option<bool>,
    /// Whether the user learns. Default: true.
    is_learner: Option<bool>,
    /// Values of the profile.
    profile: ProfileInput,
    /// Whether to send a welcome with a link to choose a password. Default: false.
    send_welcome: bool,
}

/// A user, and whether the request created it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GetOrCreateResult {
    /// Whether the user was created by this request.
    created: bool,
    /// User as it is after the request.
    user: DirectoryUser,
}

/// The user as it was found, or as it was created.
#[derive(Debug, Clone)]
pub enum GetOrCreateReply {
    /// It existed.
    Got(Json<GetOrCreateResult>),
    /// It was created.
    Created(Created<GetOrCreateResult>),
}

impl IntoReply for GetOrCreateReply {
    fn reply(&self) -> provost_http::reply::Reply {
        match self {
            Self::Got(found) => found.reply(),
            Self::Created(created) => created.reply(),
        }
    }
    fn describe(generator: &mut SchemaGenerator) -> provost_http::reply::ReplyDoc {
        let mut doc = Created::<GetOrCreateResult>::describe(generator);
        let found = provost_http::reply::ReplyDoc {
            description: "The user existed.",
            ..Json::<GetOrCreateResult>::describe(generator)
        };
        doc.instead.push(found);
        doc
    }
}

/// Gets or creates a user.
///
/// # Errors
/// `VALIDATION_FAILED`; `ALREADY_EXISTS` when the values belong to two users, or the user has another
/// external id; `CONTACT_RESERVED` when the account is scheduled for deletion; `PERMISSION_DENIED` or `OUTRANKED`
/// for an update.
pub async fn get_or_create_user(
    ctx: RequestContext<SystemGrant>,
    Body(body): Body<GetOrCreateUser>,
) -> HandlerResult<GetOrCreateReply> {
    let reason = ctx.reason(body.reason.as_deref())?;
    if body.email.is_none() && body.phone.is_none() && body.external_id.is_none() {
        return Err(ApiError::field(
            "email",
            "required",
            "A contact or an external id is required. Give `email`, `phone`, `external_id` or several.",
        )
        .into());
    }
    let named = Named::read(&body).map_err(named_in)?;
    match named.find(&ctx).await? {
        Some(user) => {
            let found = ctx.app.store().user_in_full(user).await?;
            // Erased since then: decided again, there is none.
            let found = found.ok_or(HandlerError::Collision)?;
            named.check_external_id(&found.user)?;
            got(&ctx, named, body, found, reason).await
        }
        None => create(&ctx, named, body, reason).await,
    }
}

/// What a request names the user by.
#[derive(Debug, Clone)]
struct Named {
    email: Option<Email>,
    phone: Option<Phone>,
    external_id: Option<String>,
}

impl Named {
    fn read(body: &GetOrCreateUser) -> Result<Self, ApiError> {
        let external_id = body.external_id.as_deref().map(external_id::parse).transpose()?;
        Ok(Self { email: body.email.clone(), phone: body.phone.clone(), external_id })
    }

    /// The user whom all values name.
    async fn find(&self, ctx: &RequestContext<SystemGrant>) -> HandlerResult<Option<UserId>> {
        let store = ctx.app.store();
        let mut found: Option<(&'static str, &'static str, UserId)> = None;
        let by_email = match &self.email {
            Some(email) => store.owner_of_email(email).await?,
            None => None,
        };
        let by_phone = match &self.phone {
            Some(phone) => store.owner_of_phone(phone).await?,
            None => None,
        };
        let by_external_id = match &self.external_id {
            Some(id) => store.owner_of_external_id(id).await?,
            None => None,
        };
        for (name, value, user, owner) in [
            ("email", "email address", "email_user", by_email),
            ("phone", "phone number", "phone_user", by_phone),
            ("external_id", "external id", "external_id_user", by_external_id),
        ] {
            match (owner, found) {
                (Some(other), Some((first, first_user, one))) if one != other => {
                    return Err(ApiError::new(
                        Code::AlreadyExists,
                        format!("The {first} and the {value} belong to two users. Send only one of them."),
                    )
                    .with("field", name)
                    .with(first_user, one.to_string())
                    .with(user, other.to_string())
                    .into());
                }
                (Some(owner), None) => found = Some((value, user, owner)),
                _ => {}
            }
        }
        Ok(found.map(|(_, _, owner)| owner))
    }

    /// Checks that a user who was found by a contact has no other external id: the service and this
    /// platform would mean two persons.
    fn check_external_id(&self, user: &User) -> Result<(), ApiError> {
        match (&self.external_id, &user.external_id) {
            (Some(named), Some(own)) if named != own => Err(ApiError::new(
                Code::AlreadyExists,
                "The user with this contact has another external id. Correct the contact or the external id, or change the one of the user first.",
            )
            .with("field", "external_id")),
            _ => Ok(()),
        }
    }

    /// The field of the request that a refusal names.
    const fn field(&self) -> &'static str {
        match (&self.email, &self.phone) {
            (Some(_), _) => "email",
            (None, Some(_)) => "phone",
            (None, None) => "external_id",
        }
    }
}

async fn got(
    ctx: &RequestContext<SystemGrant>,
    named: Named,
    body: GetOrCreateUser,
    mut found: UserInFull,
    reason: Option<String>,
) -> HandlerResult<GetOrCreateReply> {
    let op = ctx.op(reason);
    if found.user.status == Status::Deleted {
        if body.on_deleted == OnDeleted::Conflict {
            return Err(ApiError::new(
                Code::ContactReserved,
                "The account of this user is scheduled for deletion. Send `on_deleted: \"restore\"` to restore it, or wait until it is deleted.",
            )
            .with("field", named.field())
            .into());
        }
        require(&ctx.key, Permission::UserDelete)?;
        Grantor::Service(&ctx.key).check_target(&found.user)?;
        let change = restore(&op, &found.user, CancelledBy::Staff(Rank::Admin)).await?;
        found.user = change.after.account.clone();
        let answer = answer(ctx, &found).await?;
        return ctx.complete(change, |_| answer).await;
    }
    if !body.update_if_exists {
        return answer(ctx, &found).await;
    }
    require(&ctx.key, Permission::UserUpdate)?;
    Grantor::Service(&ctx.key).check_target(&found.user)?;
    let before = Account { user: found.user.clone(), profile: found.profile.clone() };
    let edit = AccountEdit {
        first_name: body.first_name,
        last_name: body.last_name,
        display_name: body.name.map(Some),
        external_id: named.external_id.map(Some),
        ..body.defaults.profile.edit()
    };
    let update = AccountUpdate::new(&op, before, edit).map_err(named_in)?;
    let Some(change) = update_account(&op, update, Proof::None)? else {
        return answer(ctx, &found).await;
    };
    let Account { user, profile } = change.after.clone();
    (found.user, found.profile) = (user, profile);
    let wanted = found.user.clone();
    let answer = answer(ctx, &found).await?;
    match ctx.complete(change, |_| answer).await {
        Ok(answer) => Ok(answer),
        Err(error) => Err(named_in(users::explained(ctx, &wanted, error).await)),
    }
}

async fn answer(
    ctx: &RequestContext<SystemGrant>,
    found: &UserInFull,
) -> HandlerResult<GetOrCreateReply> {
    let version = found.user.version;
    let user = view(ctx, found).await?;
    Ok(GetOrCreateReply::Got(
        Json::new(GetOrCreateResult { created: false, user }).version(version),
    ))
}

async fn create(
    ctx: &RequestContext<SystemGrant>,
    named: Named,
    body: GetOrCreateUser,
    reason: Option<String>,
) -> HandlerResult<GetOrCreateReply> {
    let Some(email) = named.email.clone() else {
        return Err(ApiError::field(
            "email",
            "required",
            "No user was found, and a new user needs an email address. Give `email` too.",
        )
        .into());
    };
    let (first_name, last_name, display_name) = names(&body);
    if first_name.is_none() && display_name.is_none() {
        return Err(ApiError::field(
            "name",
            "required",
            "A new user needs a name. Give `name`, or `first_name` and `last_name`.",
        )
        .into());
    }
    let defaults = body.defaults;
    let types =
        UserTypes { is_instructor: defaults.is_instructor, is_learner: defaults.is_learner };
    let updates = body.update_if_exists;
    let new = NewUser {
        email,
        email_verified: defaults.email_verified,
        password: None,
        username: defaults.username,
        phone: body.phone,
        phone_verified: defaults.phone_verified,
        unique_id: None,
        external_id: named.external_id.clone(),
        role: BuiltInRole::User,
        status: Some(Status::PendingVerification).filter(|_| !defaults.email_verified),
        edit: AccountEdit { first_name, last_name, display_name, types, ..defaults.profile.edit() },
        email_sent: if defaults.send_welcome {
            CreationEmail::Welcome
        } else {
            CreationEmail::None
        },
    };
    let change = user::create_user(&ctx.op(reason), new).await.map_err(named_in)?;
    let change = change.decided_again_on(&[Conflict::Email, Conflict::Phone, Conflict::ExternalId]);
    let user = view(ctx, &change.after).await?;
    let wanted = change.after.user.clone();
    let place = format!("/v1/users/{}", wanted.user_id);
    let answer =
        GetOrCreateReply::Created(Created(GetOrCreateResult { created: true, user }, place));
    match ctx.complete(change, |_| answer).await {
        Ok(answer) => Ok(answer),
        Err(HandlerError::Collision) if !updates => {
            // The user of the request that was faster is read at once; the transaction is not tried
            // again.
            let faster = named.find(ctx).await?.ok_or(HandlerError::Collision)?;
            let found = ctx.app.store().user_in_full(faster).await?;
            let found = found.ok_or(HandlerError::Collision)?;
            named.check_external_id(&found.user)?;
            self::answer(ctx, &found).await
        }
        Err(error) => Err(named_in(users::explained(ctx, &wanted, error).await)),
    }
}

type Names = (Option<String>, Option<String>, Option<Option<String>>);

/// First, last and display name of a request. A single name is a given name.
fn names(body: &GetOrCreateUser) -> Names {
    match (&body.name, &body.first_name, &body.last_name) {
        (Some(name), None, None) => (Some(name.clone()), None, None),
        (name, first, last) => (first.clone(), last.clone(), name.clone().map(Some)),
    }
}
