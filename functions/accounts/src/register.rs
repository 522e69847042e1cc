//! `POST /api/users/register`: register an account. An email asks to confirm the address.

use provost_auth::{password, secret};
use provost_domain::{
    ApiError, Country, Email, MessageId, Phone, Principal, Pseudonym, Timestamp, UserId, Username,
    audit::{Actor, Resource},
    lockout::REGISTRATIONS,
    mail::Template,
    message::Message,
    new_person::NewPerson,
    profile::{self, Profile},
    reserved,
    secret::SubjectKey,
    text,
};
use provost_http::{Body, Created, HandlerResult, PublicGrant, RequestContext, Who};
use provost_store::credentials::Credential;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    contact_conflict,
    input::{ADDRESS, CODE, NAME, PLACE},
};

/// Request to register an account.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Register {
    /// Email address for sign-in; must be unique.
    email: Email,
    /// Password of 8 to 128 characters with an upper-case letter, a lower-case letter, a digit and
    /// a symbol. Some deployments only require the length.
    password: String,
    /// First name, at most 64 characters.
    first_name: String,
    /// Last name, at most 64 characters.
    last_name: String,
    /// Display name, at most 64 characters; first and last name if not given.
    display_name: Option<String>,
    /// Username; must be unique.
    username: Option<Username>,
    /// Phone number with country code (E.164); must be unique.
    phone: Option<Phone>,
    /// Date of birth, `YYYY-MM-DD`; required in some countries.
    date_of_birth: Option<String>,
    /// First address line, at most 256 characters.
    address: Option<String>,
    /// Second address line, at most 256 characters.
    address2: Option<String>,
    /// Billing city, at most 128 characters.
    billing_city: Option<String>,
    /// Billing state or region, at most 64 characters.
    billing_state: Option<String>,
    /// Billing postal code, at most 20 characters.
    billing_zip: Option<String>,
    /// Billing country, as a two-letter code.
    billing_country: Option<Country>,
}

/// A newly registered account.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RegisteredView {
    /// Whether the account was created; always `true`.
    pub created: bool,
    /// User id.
    pub id: UserId,
}

pub async fn register_user(
    ctx: RequestContext<PublicGrant>,
    Body(body): Body<Register>,
) -> HandlerResult<Created<RegisteredView>> {
    let (store, now) = (ctx.app.store(), ctx.now());
    let profile = profile_of(&body, now)?;
    let names = (
        text::line("firstName", &body.first_name, NAME)?,
        text::line("lastName", &body.last_name, NAME)?,
    );
    let display_name = body
        .display_name
        .as_deref()
        .map(|name| text::line("displayName", name, NAME))
        .transpose()?;
    ctx.app.password_policy().check(&body.password, &body.email)?;
    body.email.check_reachable("email", ctx.app.mailer().takes_utf8())?;
    if let Some(username) = &body.username {
        reserved::check("username", username.as_str())?;
    }
    ctx.count_once(REGISTRATIONS, Who::Address).await?;
    let country = ctx.country().or_else(|| body.billing_country.clone());
    store.settings().await?.check_registration(
        country.as_ref(),
        profile.date_of_birth.as_deref(),
        now,
    )?;

    let credential = Credential {
        password_hash: password::hash(&body.password)?,
        set_at: now,
        resets: 0,
        must_reset: false,
    };
    let principal = new_principal(&ctx, &body, names, display_name)?;
    let (id, subject) = (principal.user_id, principal.subject());
    let answer = Created(RegisteredView { created: true, id }, format!("/api/users/{id}"));
    let mut tx = ctx.app.transaction();
    tx.create_principal(&principal)?;
    tx.save_credential(id, &credential)?;
    if profile != Profile::default() {
        tx.save_profile(id, &profile)?;
    }
    // The user is also the actor, so the entry's data about them is encrypted with their own key
    // and becomes unreadable with its deletion.
    let mut entry = ctx.entry("user.registered", Resource::User(subject.clone()));
    entry.actor = Actor::User(subject);
    tx.audit(entry)?;
    ctx.app.send(
        &mut tx,
        Message::Mail {
            id: ctx.app.id(MessageId::new),
            user: id,
            template: Template::VerifyEmail,
            about: None,
        },
    )?;
    ctx.app.send(&mut tx, Message::FraudScan { user: id })?;
    match ctx.commit(tx, &answer).await {
        Ok(()) => Ok(answer),
        Err(problem) => Err(contact_conflict::explained(&ctx, &principal, problem).await),
    }
}

fn profile_of(body: &Register, now: Timestamp) -> Result<Profile, ApiError> {
    let line = |field: &str, value: &Option<String>, longest| {
        value.as_deref().map(|value| text::line(field, value, longest)).transpose()
    };
    Ok(Profile {
        date_of_birth: body
            .date_of_birth
            .as_deref()
            .map(|born| profile::date_of_birth(born, now))
            .transpose()?,
        address: line("address", &body.address, ADDRESS)?,
        address2: line("address2", &body.address2, ADDRESS)?,
        billing_city: line("billingCity", &body.billing_city, PLACE)?,
        billing_state: line("billingState", &body.billing_state, NAME)?,
        billing_zip: line("billingZip", &body.billing_zip, CODE)?,
        billing_country: body.billing_country.clone(),
        ..Profile::default()
    })
}

fn new_principal(
    ctx: &RequestContext<PublicGrant>,
    body: &Register,
    (first_name, last_name): (String, String),
    display_name: Option<String>,
) -> HandlerResult<Principal> {
    let person = NewPerson {
        user_id: ctx.app.id(UserId::new),
        pseudonym: ctx.app.id(Pseudonym::new),
        subject_key: SubjectKey(secret::bytes()?),
        email: body.email.clone(),
        username: body.username.clone(),
        phone: body.phone.clone(),
        first_name,
        last_name,
        display_name,
    };
    Ok(person.begin(ctx.now()))
}
