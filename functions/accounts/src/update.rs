//! `PUT /api/users/me` and `PUT /api/users/{id}`: change what an account says of its owner. A field that is left out stays; null takes an optional one away.

use provost_auth::{Caller, password};
use provost_domain::{
    Country, Email, MessageId, Principal, Refused, Timestamp, UserId, Username,
    account::check_standing,
    audit::{Changes, Resource, note_change},
    fraud::occasion,
    lockout::FAILED_SIGN_INS,
    mail::Template,
    message::Message,
    principal::check_rank,
    profile::{self, Profile},
};
use provost_http::{Answer, Body, Call, Json, OwnGrant, Person, Problem, access::Granted};
use provost_store::principals::{EMAIL_CLAIM, USERNAME_CLAIM};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    avatar,
    input::{self, ADDRESS, CODE, NAME, PLACE},
    register::taken_field,
    view::{self, UserView},
};

/// What can be changed.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateUser {
    /// First name.
    first_name: Option<String>,
    /// Last name.
    last_name: Option<String>,
    /// Display name; null for first and last name.
    #[serde(default, deserialize_with = "input::present")]
    display_name: Option<Option<String>>,
    /// Name to be found by; nobody else may have it.
    username: Option<Username>,
    /// E-mail address; nobody else may have it. It has to be confirmed anew.
    email: Option<Email>,
    /// The present password, for one's own change of address.
    current_password: Option<String>,
    /// Date of birth, `YYYY-MM-DD`.
    #[serde(default, deserialize_with = "input::present")]
    date_of_birth: Option<Option<String>>,
    /// Address, first line.
    #[serde(default, deserialize_with = "input::present")]
    address: Option<Option<String>>,
    /// Address, second line.
    #[serde(default, deserialize_with = "input::present")]
    address2: Option<Option<String>>,
    /// Company on the bill.
    #[serde(default, deserialize_with = "input::present")]
    billing_company: Option<Option<String>>,
    /// City on the bill.
    #[serde(default, deserialize_with = "input::present")]
    billing_city: Option<Option<String>>,
    /// State or region on the bill.
    #[serde(default, deserialize_with = "input::present")]
    billing_state: Option<Option<String>>,
    /// Postal code on the bill.
    #[serde(default, deserialize_with = "input::present")]
    billing_zip: Option<Option<String>>,
    /// Country on the bill, by its two-letter code.
    #[serde(default, deserialize_with = "input::present")]
    billing_country: Option<Option<Country>>,
    /// Settings to merge into those there are; null takes one away.
    settings: Option<serde_json::Map<String, serde_json::Value>>,
    /// Why, when it is somebody else's account.
    reason: Option<String>,
}

pub async fn update_me(call: Call<Person>, Body(body): Body<UpdateUser>) -> Answer<Json<UserView>> {
    let profile = call.app.store().profile(call.caller.principal.user_id).await?;
    change(&call, &call.caller, call.caller.principal.clone(), profile, body).await
}

pub async fn update(call: Call<OwnGrant>, Body(body): Body<UpdateUser>) -> Answer<Json<UserView>> {
    if call.own {
        let profile = call.app.store().profile(call.user).await?;
        return change(&call, &call.caller, call.caller.principal.clone(), profile, body).await;
    }
    let (principal, profile) = call.app.store().principal_and_profile(call.user).await?.ok_or_else(Refused::no_such_user)?;
    check_standing(call.caller.acting(), &principal)?;
    change(&call, &call.caller, principal, profile, body).await
}

async fn change<G: Granted>(
    call: &Call<G>,
    caller: &Caller,
    before: Principal,
    profile_before: Profile,
    body: UpdateUser,
) -> Answer<Json<UserView>> {
    let (now, user) = (call.now(), before.user_id);
    call.check_version(before.version)?;
    let reason = call.reason(body.reason.as_deref())?;
    let (mut after, mut profile) = (before.clone(), profile_before.clone());
    let current_password = body.current_password.clone();
    apply(body, &mut after, &mut profile, now)?;
    if before.email != after.email {
        allow_new_address(call, caller, &before, current_password.as_deref()).await?;
    }
    let changes = changes(&before, &after, &profile_before, &profile);
    if changes.is_empty() {
        return answer(call, caller, &before, &profile).await;
    }

    let after = after.changed(now);
    let answer = answer(call, caller, &after, &profile).await?;
    let mut tx = call.app.transaction();
    tx.save_principal(&after)?;
    if profile != profile_before {
        tx.save_profile(user, &profile)?;
    }
    if let Some(username) = after.username.as_ref().filter(|new| before.username.as_ref() != Some(new)) {
        tx.move_username(user, before.username.as_ref(), username)?;
    }
    if before.email != after.email {
        tx.move_email(user, &before.email, &after.email)?;
        if before.email_verified {
            tx.remember_former_address(user, &before.email, now)?;
        }
        call.app.send(&mut tx, Message::Mail { id: call.app.id(MessageId::new), user, template: Template::VerifyEmail, about: None })?;
    }
    if occasion::at_change((&before, &profile_before), (&after, &profile)) {
        call.app.send(&mut tx, Message::FraudScan { user })?;
    }
    let mut entry = call.entry("user.updated", Resource::User(after.subject()));
    entry.reason = reason;
    entry.changes = changes;
    tx.audit(entry)?;
    match call.commit(tx, &answer).await {
        Ok(()) => Ok(answer),
        Err(Problem::Failed { action: EMAIL_CLAIM, .. }) => Err(taken_field("email").into()),
        Err(Problem::Failed { action: USERNAME_CLAIM, .. }) => Err(taken_field("username").into()),
        Err(problem) => Err(problem),
    }
}

async fn answer<G: Granted>(call: &Call<G>, caller: &Caller, principal: &Principal, profile: &Profile) -> Answer<Json<UserView>> {
    let own = caller.principal.user_id == principal.user_id;
    let mut view =
        if own { view::own(principal, profile, call.now()) } else { view::for_staff(principal, profile, &caller.permissions, call.now()) };
    avatar::show(&call.app, &mut view, profile).await?;
    Ok(Json::new(view).version(principal.version))
}

fn apply(body: UpdateUser, principal: &mut Principal, profile: &mut Profile, now: Timestamp) -> Result<(), Refused> {
    input::set(&mut principal.first_name, "firstName", body.first_name.as_ref(), NAME)?;
    input::set(&mut principal.last_name, "lastName", body.last_name.as_ref(), NAME)?;
    input::set_or_clear(&mut principal.display_name, "displayName", body.display_name.as_ref(), NAME)?;
    if let Some(username) = body.username {
        principal.username = Some(username);
    }
    if let Some(email) = body.email.filter(|email| *email != principal.email) {
        principal.email = email;
        principal.email_verified = false;
    }
    if let Some(born) = body.date_of_birth {
        profile.date_of_birth = born.map(|born| profile::date_of_birth(&born, now)).transpose()?;
    }
    input::set_or_clear(&mut profile.address, "address", body.address.as_ref(), ADDRESS)?;
    input::set_or_clear(&mut profile.address2, "address2", body.address2.as_ref(), ADDRESS)?;
    input::set_or_clear(&mut profile.billing_company, "billingCompany", body.billing_company.as_ref(), PLACE)?;
    input::set_or_clear(&mut profile.billing_city, "billingCity", body.billing_city.as_ref(), PLACE)?;
    input::set_or_clear(&mut profile.billing_state, "billingState", body.billing_state.as_ref(), NAME)?;
    input::set_or_clear(&mut profile.billing_zip, "billingZip", body.billing_zip.as_ref(), CODE)?;
    if let Some(country) = body.billing_country {
        profile.billing_country = country;
    }
    if let Some(settings) = body.settings {
        input::merge_settings(&mut profile.settings, settings)?;
    }
    Ok(())
}

/// Whoever moves the address owns the account from then on: its owner proves to be it by the password, staff must stand above.
async fn allow_new_address<G: Granted>(call: &Call<G>, caller: &Caller, target: &Principal, current_password: Option<&str>) -> Answer<()> {
    if caller.principal.user_id != target.user_id {
        return Ok(check_rank(caller.acting(), target)?);
    }
    let Some(given) = current_password else {
        return Err(Refused::field("currentPassword", "required", "Give your present password to change the address.").into());
    };
    let (store, now) = (call.app.store(), call.now());
    store.blocked(FAILED_SIGN_INS, &call.ip(), now).await??;
    let credential = credential_of(call, target.user_id).await?;
    if password::verify(given, credential.as_deref()) {
        return Ok(());
    }
    store.attempt(FAILED_SIGN_INS, &call.ip(), now).await??;
    Err(Refused::field("currentPassword", "wrong", "This is not your present password.").into())
}

async fn credential_of<G: Granted>(call: &Call<G>, user: UserId) -> Answer<Option<String>> {
    Ok(call.app.store().credential(user).await?.map(|known| known.password_hash))
}

fn changes(before: &Principal, after: &Principal, profile_before: &Profile, profile: &Profile) -> Changes {
    let mut changes = Changes::new();
    note_change(&mut changes, "firstName", &before.first_name, &after.first_name);
    note_change(&mut changes, "lastName", &before.last_name, &after.last_name);
    note_change(&mut changes, "displayName", &before.display_name, &after.display_name);
    note_change(&mut changes, "username", &before.username, &after.username);
    note_change(&mut changes, "email", &before.email, &after.email);
    note_change(&mut changes, "emailVerified", &before.email_verified, &after.email_verified);
    // The profile names its own fields; its settings are told apart, so that one changed setting is one changed field.
    let fields = |profile: &Profile| match serde_json::to_value(profile) {
        Ok(serde_json::Value::Object(map)) => map,
        _ => serde_json::Map::new(),
    };
    let (old, new) = (fields(profile_before), fields(profile));
    for name in old.keys().chain(new.keys()).filter(|name| *name != "settings") {
        note_change(&mut changes, name, &old.get(name), &new.get(name));
    }
    for name in profile_before.settings.keys().chain(profile.settings.keys()) {
        note_change(&mut changes, &format!("settings.{name}"), &profile_before.settings.get(name), &profile.settings.get(name));
    }
    changes
}
