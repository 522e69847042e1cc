//! `PUT /api/users/me` and `PUT /api/users/{id}`: update an account. Omitted fields are unchanged;
//! null removes an optional field.

use provost_auth::Caller;
use provost_domain::{
    ApiError, Code, Country, Email, Permission, Phone, User, Username,
    account_edit::{Account, AccountEdit},
    impersonation::ImpersonationPolicy,
    lockout::{CONFIRMATIONS, CONTACT_CHANGES},
    rank::check_rank,
};
use provost_http::{
    AccountGrant, Body, HandlerResult, Json, LimitKey, RequestContext, SignedInGrant,
    access::AccessGrant, present_password, users,
};
use provost_operations::user::{AccountUpdate, Proof, request_confirmation, update_account};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    avatar, input,
    password::current,
    view::{self, UserView},
};

/// Request to update an account.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateUser {
    /// First name, at most 64 characters. Only staff can change it once the identity is verified.
    first_name: Option<String>,
    /// Last name, at most 64 characters. Only staff can change it once the identity is verified.
    last_name: Option<String>,
    /// Display name, at most 64 characters; null for first and last name.
    #[serde(default, deserialize_with = "input::present")]
    display_name: Option<Option<String>>,
    /// Username; must be unique. Staff need `user.credentials` and a higher rank to change another
    /// user's username, email address or phone number.
    username: Option<Username>,
    /// Email address; must be unique. A new address must be confirmed. Sending only the current,
    /// unconfirmed address sends the confirmation email again, at most three times an hour.
    email: Option<Email>,
    /// New password for your own account; the same rules as for registration, and not together with
    /// a new email address. All other sessions and all API keys are revoked. For another user, send
    /// a reset link instead.
    password: Option<String>,
    /// Current password; required to change your own email address or password.
    current_password: Option<String>,
    /// Phone number with country code (E.164); must be unique. A new number is unconfirmed.
    #[serde(default, deserialize_with = "input::present")]
    phone: Option<Option<Phone>>,
    /// Date of birth, `YYYY-MM-DD`. Only staff can change it once the identity is verified.
    #[serde(default, deserialize_with = "input::present")]
    date_of_birth: Option<Option<String>>,
    /// First address line, at most 256 characters.
    #[serde(default, deserialize_with = "input::present")]
    address: Option<Option<String>>,
    /// Second address line, at most 256 characters.
    #[serde(default, deserialize_with = "input::present")]
    address2: Option<Option<String>>,
    /// Billing company, at most 128 characters.
    #[serde(default, deserialize_with = "input::present")]
    billing_company: Option<Option<String>>,
    /// Billing city, at most 128 characters.
    #[serde(default, deserialize_with = "input::present")]
    billing_city: Option<Option<String>>,
    /// Billing state or region, at most 64 characters.
    #[serde(default, deserialize_with = "input::present")]
    billing_state: Option<Option<String>>,
    /// Billing postal code, at most 20 characters.
    #[serde(default, deserialize_with = "input::present")]
    billing_zip: Option<Option<String>>,
    /// Billing country, as a two-letter code.
    #[serde(default, deserialize_with = "input::present")]
    billing_country: Option<Option<Country>>,
    /// Settings to merge into the current ones (RFC 7396); null removes a setting. At most 16 KiB
    /// of JSON and eight levels in total.
    settings: Option<serde_json::Map<String, serde_json::Value>>,
    /// Whether staff may act as you to help with a problem: `none` lets them, `notify` also notifies
    /// you, `opt_out` forbids it. You always see it in a list. Only for your own account.
    impersonation_policy: Option<ImpersonationPolicy>,
    /// Reason for the audit log, for another user's account.
    reason: Option<String>,
}

impl UpdateUser {
    /// The new values; all but the passwords and the reason.
    fn edit(self) -> AccountEdit {
        AccountEdit {
            first_name: self.first_name,
            last_name: self.last_name,
            display_name: self.display_name,
            username: self.username,
            email: self.email,
            phone: self.phone,
            date_of_birth: self.date_of_birth,
            address: self.address,
            address2: self.address2,
            billing_company: self.billing_company,
            billing_city: self.billing_city,
            billing_state: self.billing_state,
            billing_zip: self.billing_zip,
            billing_country: self.billing_country,
            settings: self.settings,
            impersonation_policy: self.impersonation_policy,
            ..AccountEdit::default()
        }
    }
}

pub async fn update_current_user(
    ctx: RequestContext<SignedInGrant>,
    Body(body): Body<UpdateUser>,
) -> HandlerResult<Json<UserView>> {
    let profile = ctx.app.store().profile(ctx.caller.user.user_id).await?;
    let before = Account { user: ctx.caller.user.clone(), profile };
    change(&ctx, &ctx.caller, before, body).await
}

pub async fn update_user(
    ctx: RequestContext<AccountGrant>,
    Body(body): Body<UpdateUser>,
) -> HandlerResult<Json<UserView>> {
    let profile = ctx.app.store().profile(ctx.target.user_id).await?;
    change(&ctx, &ctx.caller, Account { user: ctx.target.clone(), profile }, body).await
}

async fn change<G: AccessGrant>(
    ctx: &RequestContext<G>,
    caller: &Caller,
    before: Account,
    mut body: UpdateUser,
) -> HandlerResult<Json<UserView>> {
    ctx.check_version(before.user.version)?;
    let op = ctx.op(ctx.reason(body.reason.as_deref())?);
    let policy_given = body.impersonation_policy.is_some();
    let (new_password, current_password) = (body.password.take(), body.current_password.take());
    let address_given = body.email.is_some();
    let update = AccountUpdate::new(&op, before.clone(), body.edit())?;
    let own = caller.user.user_id == before.user.user_id;
    if policy_given && !own {
        return Err(ApiError::field(
            "impersonationPolicy",
            "not_allowed",
            "Only users themselves decide whether staff may act as them. Leave this field out.",
        )
        .into());
    }
    if caller.impersonator.is_some()
        && (policy_given || update.changes_contacts() || new_password.is_some())
    {
        return Err(ApiError::new(
            Code::PermissionDenied,
            "You cannot change how a user signs in, or whether staff may act as them, while you act as the user.",
        )
        .into());
    }
    if own {
        update.check_by_owner(&op).await?;
    } else if update.changes_contacts() || new_password.is_some() {
        // Users sign in with these fields or are found by them, so staff need a separate permission
        // and a higher rank to change them for others.
        caller.require(Permission::UserCredentials)?;
        check_rank(caller.acting(), &before.user)?;
    }
    let proof = prove(ctx, caller, &update, new_password, current_password.as_deref()).await?;
    let Some(change) = update_account(&op, update, proof)? else {
        if address_given && !before.user.email_verified {
            let account = &before.user;
            ctx.count_once(CONFIRMATIONS, LimitKey::Account(account.user_id)).await?;
            request_confirmation(&op, account)?.commit().await?;
        }
        return answer(ctx, caller, &before).await;
    };
    let answer = answer(ctx, caller, &change.after).await?;
    let wanted = change.after.user.clone();
    match ctx.complete(change, |_| answer).await {
        Ok(answer) => {
            ctx.try_is_written().await;
            Ok(answer)
        }
        Err(error) => Err(users::explained(ctx, &wanted, error).await),
    }
}

/// Checks the current password, where the owner changes something that needs a proof.
async fn prove<G: AccessGrant>(
    ctx: &RequestContext<G>,
    caller: &Caller,
    update: &AccountUpdate,
    new_password: Option<String>,
    current: Option<&str>,
) -> HandlerResult<Proof> {
    let owner: &User = &update.before.user;
    let own = caller.user.user_id == owner.user_id;
    if own && update.changes_contacts() {
        // Counted before the current password is checked and the new address is looked up, so that
        // a signed-in user can neither find out who has an account nor send emails to others.
        ctx.count_once(CONTACT_CHANGES, LimitKey::Account(owner.user_id)).await?;
    }
    if let Some(new) = new_password {
        let new = current::prove(ctx, caller, update, new, current).await?;
        return Ok(Proof::NewPassword(Box::new(new)));
    }
    if own && update.changes_email() {
        // The new address will control the account, so the caller must prove to be the owner.
        let (counted, _) = present_password::check(ctx, owner.clone(), current, None).await?;
        return Ok(Proof::Password(Box::new(counted)));
    }
    Ok(Proof::None)
}

async fn answer<G: AccessGrant>(
    ctx: &RequestContext<G>,
    caller: &Caller,
    account: &Account,
) -> HandlerResult<Json<UserView>> {
    let Account { user, profile } = account;
    let own = caller.user.user_id == user.user_id;
    let mut view = if own {
        view::own(user, profile, ctx.now())
    } else {
        view::for_staff(user, profile, &caller.permissions, ctx.now())
    };
    avatar::show(&ctx.app, &mut view, profile).await?;
    Ok(Json::new(view).version(user.version))
}
