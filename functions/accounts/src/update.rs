//! `PUT /api/users/me` and `PUT /api/users/{id}`: update an account. Omitted fields are unchanged;
//! null removes an optional field.

use provost_auth::Caller;
use provost_domain::{
    ApiError, Country, Email, MessageId, NotificationId, Permission, Phone, Principal, Status,
    Timestamp, Username,
    audit::{Changes, Resource, note_change},
    fraud::scan_triggers,
    lockout::{CONFIRMATIONS, CONTACT_CHANGES},
    mail::{Mail, Template},
    message::Message,
    notification::{Notification, NotificationKind},
    profile::{self, Profile},
    rank::check_rank,
    reserved,
};
use provost_http::{
    AccountGrant, Body, HandlerResult, Json, RequestContext, SignedInGrant, Who,
    access::AccessGrant, present_password,
};
use provost_store::Transaction;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    avatar, contact_conflict,
    input::{self, ADDRESS, CODE, NAME, PLACE},
    own_password,
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
    /// Reason for the audit log, for another user's account.
    reason: Option<String>,
}

pub async fn update_current_user(
    ctx: RequestContext<SignedInGrant>,
    Body(body): Body<UpdateUser>,
) -> HandlerResult<Json<UserView>> {
    let profile = ctx.app.store().profile(ctx.caller.principal.user_id).await?;
    change(&ctx, &ctx.caller, ctx.caller.principal.clone(), profile, body).await
}

pub async fn update_user(
    ctx: RequestContext<AccountGrant>,
    Body(body): Body<UpdateUser>,
) -> HandlerResult<Json<UserView>> {
    let profile = ctx.app.store().profile(ctx.target.user_id).await?;
    change(&ctx, &ctx.caller, ctx.target.clone(), profile, body).await
}

async fn change<G: AccessGrant>(
    ctx: &RequestContext<G>,
    caller: &Caller,
    before: Principal,
    profile_before: Profile,
    body: UpdateUser,
) -> HandlerResult<Json<UserView>> {
    let (now, user) = (ctx.now(), before.user_id);
    let own = caller.principal.user_id == user;
    ctx.check_version(before.version)?;
    let reason = ctx.reason(body.reason.as_deref())?;
    check_not_leaving(&before)?;
    let (mut after, mut profile) = (before.clone(), profile_before.clone());
    let (new_password, current_password, address_given) =
        (body.password.clone(), body.current_password.clone(), body.email.is_some());
    let released = apply(body, &mut after, &mut profile, ctx.app.mailer().takes_utf8(), now)?;
    if !own {
        check_credentials(caller, &before, &after, new_password.is_some())?;
    }
    if own {
        check_identity((&before, &profile_before), (&after, &profile))?;
        check_age(ctx, &profile_before, &profile).await?;
    }
    let mut changes = changes(&before, &after, &profile_before, &profile);
    let mut credential = None;
    if own
        && (before.email != after.email
            || before.username != after.username
            || before.phone != after.phone)
    {
        // Counted before the current password is checked and the new address is looked up, so that
        // a signed-in user can neither find out who has an account nor send emails to others.
        ctx.count_once(CONTACT_CHANGES, Who::Account(user)).await?;
    }
    if let Some(new) = new_password {
        let (owner, renewed) = own_password::change(
            ctx,
            caller,
            (&before, after),
            &mut changes,
            (&new, current_password.as_deref()),
        )
        .await?;
        (after, credential) = (owner, Some(renewed));
    } else if own && before.email != after.email {
        // The new address will control the account, so the caller must prove to be the owner.
        let (counted, _) =
            present_password::check(ctx, before.clone(), current_password.as_deref(), None).await?;
        after = Principal { failures: counted.failures, revision: counted.revision, ..after }
            .withdraw_try();
    }
    if changes.is_empty() && credential.is_none() {
        if address_given && !before.email_verified {
            ask_to_confirm_again(ctx, &before).await?;
        }
        return answer(ctx, caller, &before, &profile).await;
    }

    let after = after.changed(now);
    let answer = answer(ctx, caller, &after, &profile).await?;
    let mut tx = ctx.app.transaction();
    tx.save_principal(&after)?;
    if profile != profile_before {
        tx.save_profile(user, &profile)?;
    }
    if let Some(username) =
        after.username.as_ref().filter(|new| before.username.as_ref() != Some(new))
    {
        tx.move_username(user, before.username.as_ref(), username, now)?;
    }
    if let Some(released) = released {
        tx.release_username(user, &released)?;
    }
    if let Some(credential) = &credential {
        tx.save_credential(user, credential)?;
        own_password::notify(ctx, &mut tx, &after)?;
    }
    if before.phone != after.phone {
        tx.move_phone(user, before.phone.as_ref(), after.phone.as_ref())?;
    }
    if before.email != after.email {
        tx.move_email(user, &before.email, &after.email)?;
        if before.email_verified {
            tx.remember_former_address(user, &before.email, now)?;
        }
        ctx.app.send(
            &mut tx,
            Message::Mail {
                id: ctx.app.id(MessageId::new),
                user,
                template: Template::VerifyEmail,
                about: None,
            },
        )?;
        tell_of_new_address(ctx, &mut tx, &before)?;
    }
    if scan_triggers::at_change((&before, &profile_before), (&after, &profile)) {
        ctx.app.send(&mut tx, Message::FraudScan { user })?;
    }
    let action = if credential.is_some() { "user.password_changed" } else { "user.updated" };
    let mut entry = ctx.entry(action, Resource::User(after.subject()));
    entry.reason = reason;
    entry.changes = changes;
    tx.audit(entry)?;
    match ctx.commit(tx, &answer).await {
        Ok(()) => {
            ctx.try_is_written().await;
            Ok(answer)
        }
        Err(problem) => Err(contact_conflict::explained(ctx, &after, problem).await),
    }
}

async fn answer<G: AccessGrant>(
    ctx: &RequestContext<G>,
    caller: &Caller,
    principal: &Principal,
    profile: &Profile,
) -> HandlerResult<Json<UserView>> {
    let own = caller.principal.user_id == principal.user_id;
    let mut view = if own {
        view::own(principal, profile, ctx.now())
    } else {
        view::for_staff(principal, profile, &caller.permissions, ctx.now())
    };
    avatar::show(&ctx.app, &mut view, profile).await?;
    Ok(Json::new(view).version(principal.version))
}

/// Applies the changes, and returns a username that is no longer reserved for the account.
fn apply(
    body: UpdateUser,
    principal: &mut Principal,
    profile: &mut Profile,
    takes_utf8: bool,
    now: Timestamp,
) -> Result<Option<Username>, ApiError> {
    input::set(&mut principal.first_name, "firstName", body.first_name.as_ref(), NAME)?;
    input::set(&mut principal.last_name, "lastName", body.last_name.as_ref(), NAME)?;
    input::set_or_clear(
        &mut principal.display_name,
        "displayName",
        body.display_name.as_ref(),
        NAME,
    )?;
    let username = body.username.filter(|username| Some(username) != principal.username.as_ref());
    let released = match username {
        Some(username) => {
            reserved::check("username", username.as_str())?;
            principal.take_username(username, now)
        }
        None => None,
    };
    if let Some(email) = body.email.filter(|email| *email != principal.email) {
        email.check_reachable("email", takes_utf8)?;
        principal.email = email;
        principal.email_verified = false;
    }
    if let Some(phone) = body.phone.filter(|phone| *phone != principal.phone) {
        principal.phone = phone;
        principal.phone_verified = false;
    }
    if let Some(born) = body.date_of_birth {
        profile.date_of_birth = born.map(|born| profile::date_of_birth(&born, now)).transpose()?;
    }
    input::set_or_clear(&mut profile.address, "address", body.address.as_ref(), ADDRESS)?;
    input::set_or_clear(&mut profile.address2, "address2", body.address2.as_ref(), ADDRESS)?;
    input::set_or_clear(
        &mut profile.billing_company,
        "billingCompany",
        body.billing_company.as_ref(),
        PLACE,
    )?;
    input::set_or_clear(
        &mut profile.billing_city,
        "billingCity",
        body.billing_city.as_ref(),
        PLACE,
    )?;
    input::set_or_clear(
        &mut profile.billing_state,
        "billingState",
        body.billing_state.as_ref(),
        NAME,
    )?;
    input::set_or_clear(&mut profile.billing_zip, "billingZip", body.billing_zip.as_ref(), CODE)?;
    if let Some(country) = body.billing_country {
        profile.billing_country = country;
    }
    if let Some(settings) = body.settings {
        input::merge_settings(&mut profile.settings, settings)?;
    }
    Ok(released)
}

/// Users sign in with these fields or are found by them, so staff need a separate permission and a
/// higher rank to change them for others.
fn check_credentials(
    caller: &Caller,
    before: &Principal,
    after: &Principal,
    password: bool,
) -> Result<(), ApiError> {
    let same = before.email == after.email
        && before.phone == after.phone
        && before.username == after.username;
    if same && !password {
        return Ok(());
    }
    caller.require(Permission::UserCredentials)?;
    check_rank(caller.acting(), before)
}

/// An account that is scheduled for deletion cannot be changed.
pub fn check_not_leaving(principal: &Principal) -> Result<(), ApiError> {
    if principal.status == Status::Deleted {
        return Err(ApiError::invalid_action(
            "This account is scheduled for deletion. Cancel the deletion first.",
            &["cancel-deletion"],
        ));
    }
    Ok(())
}

/// The user cannot change what documents have proved; staff can.
fn check_identity(
    before: (&Principal, &Profile),
    after: (&Principal, &Profile),
) -> Result<(), ApiError> {
    let proved = |(principal, profile): (&Principal, &Profile)| {
        [
            ("firstName", Some(principal.first_name.clone())),
            ("lastName", Some(principal.last_name.clone())),
            ("dateOfBirth", profile.date_of_birth.clone()),
        ]
    };
    match proved(before).into_iter().zip(proved(after)).find(|(before, after)| before != after) {
        Some(((field, _), _)) if before.0.id_verified => Err(ApiError::invalid_action(
            "Your identity is verified, so you cannot change your name or date of birth. Contact support to change them.",
            &[],
        )
        .with("field", field)),
        _ => Ok(()),
    }
}

/// The age rules also apply after registration, by the billing country, so that they cannot be
/// bypassed by a later change.
async fn check_age<G: AccessGrant>(
    ctx: &RequestContext<G>,
    before: &Profile,
    after: &Profile,
) -> HandlerResult<()> {
    if before.date_of_birth == after.date_of_birth
        && before.billing_country == after.billing_country
    {
        return Ok(());
    }
    Ok(ctx.app.store().settings().await?.check_age(
        after.billing_country.as_ref(),
        after.date_of_birth.as_deref(),
        ctx.now(),
    )?)
}

/// Sends the confirmation email again.
async fn ask_to_confirm_again<G: AccessGrant>(
    ctx: &RequestContext<G>,
    principal: &Principal,
) -> HandlerResult<()> {
    let user = principal.user_id;
    ctx.count_once(CONFIRMATIONS, Who::Account(user)).await?;
    let mut tx = ctx.app.transaction();
    tx.check_principal(principal)?;
    ctx.app.send(
        &mut tx,
        Message::Mail {
            id: ctx.app.id(MessageId::new),
            user,
            template: Template::VerifyEmail,
            about: None,
        },
    )?;
    Ok(tx.commit().await?)
}

/// Notifies the user in the mailbox and, if the old address was confirmed, by an email to it, so
/// that a takeover of the account is noticed.
fn tell_of_new_address<G: AccessGrant>(
    ctx: &RequestContext<G>,
    tx: &mut Transaction,
    before: &Principal,
) -> HandlerResult<()> {
    let (user, now) = (before.user_id, ctx.now());
    tx.notify(
        user,
        &Notification::new(
            ctx.app.id(NotificationId::new),
            NotificationKind::Security,
            "Your email address has been changed",
            "Emails go to the new address from now on. If you did not change it, contact support right away.",
            now,
        ),
    )?;
    if before.email_verified {
        let (id, template) = (ctx.app.id(MessageId::new), Template::AddressChanged);
        // A message never contains an address, so the email is stored here with its recipient.
        tx.queue_mail(user, &Mail::queued(id, before.email.as_str(), template, now))?;
        ctx.app.send(tx, Message::Mail { id, user, template, about: None })?;
    }
    Ok(())
}

fn changes(
    before: &Principal,
    after: &Principal,
    profile_before: &Profile,
    profile: &Profile,
) -> Changes {
    let mut changes = Changes::new();
    note_change(&mut changes, "firstName", &before.first_name, &after.first_name);
    note_change(&mut changes, "lastName", &before.last_name, &after.last_name);
    note_change(&mut changes, "displayName", &before.display_name, &after.display_name);
    note_change(&mut changes, "username", &before.username, &after.username);
    note_change(&mut changes, "email", &before.email, &after.email);
    note_change(&mut changes, "emailVerified", &before.email_verified, &after.email_verified);
    note_change(&mut changes, "phone", &before.phone, &after.phone);
    note_change(&mut changes, "phoneVerified", &before.phone_verified, &after.phone_verified);
    // Compares the profile field by field, and the settings one by one, so that one changed setting
    // is one changed field.
    let fields = |profile: &Profile| match serde_json::to_value(profile) {
        Ok(serde_json::Value::Object(map)) => map,
        _ => serde_json::Map::new(),
    };
    let (old, new) = (fields(profile_before), fields(profile));
    for name in old.keys().chain(new.keys()).filter(|name| *name != "settings") {
        note_change(&mut changes, name, &old.get(name), &new.get(name));
    }
    for name in profile_before.settings.keys().chain(profile.settings.keys()) {
        note_change(
            &mut changes,
            &format!("settings.{name}"),
            &profile_before.settings.get(name),
            &profile.settings.get(name),
        );
    }
    changes
}
