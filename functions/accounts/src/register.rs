//! `POST /api/users/register`: register an account. An email asks to confirm the address.

use provost_domain::{
    ApiError, Country, Email, Phone, Timestamp, UserId, Username,
    lockout::REGISTRATIONS,
    profile::{self, MAX_ADDRESS, MAX_NAME, MAX_PLACE, MAX_POSTAL_CODE, Profile},
    text,
};
use provost_http::{Body, Created, HandlerResult, LimitKey, PublicGrant, RequestContext, users};
use provost_operations::user::{Registration, register};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    let op = ctx.op(None);
    let new = Registration { country: ctx.country(), ..body.registration(op.now)? };
    let settings = ctx.app.store().settings().await?;
    new.check(&op, &settings)?;
    ctx.count_once(REGISTRATIONS, LimitKey::Address).await?;
    let change = register(&op, new, &settings)?;
    let wanted = change.after.clone();
    let answer = ctx.complete(change, |account| {
        let id = account.user_id;
        Created(RegisteredView { created: true, id }, format!("/api/users/{id}"))
    });
    match answer.await {
        Ok(answer) => Ok(answer),
        Err(error) => Err(users::explained(&ctx, &wanted, error).await),
    }
}

impl Register {
    /// The data of the registration.
    fn registration(self, now: Timestamp) -> Result<Registration, ApiError> {
        let optional = |field: &str, value: Option<String>, longest| {
            value.map(|value| text::line(field, &value, longest)).transpose()
        };
        let born = self.date_of_birth.map(|born| profile::date_of_birth(&born, now));
        let profile = Profile {
            date_of_birth: born.transpose()?,
            address: optional("address", self.address, MAX_ADDRESS)?,
            address2: optional("address2", self.address2, MAX_ADDRESS)?,
            billing_city: optional("billingCity", self.billing_city, MAX_PLACE)?,
            billing_state: optional("billingState", self.billing_state, MAX_NAME)?,
            billing_zip: optional("billingZip", self.billing_zip, MAX_POSTAL_CODE)?,
            billing_country: self.billing_country,
            ..Profile::default()
        };
        Ok(Registration {
            email: self.email,
            password: self.password,
            first_name: text::line("firstName", &self.first_name, MAX_NAME)?,
            last_name: text::line("lastName", &self.last_name, MAX_NAME)?,
            display_name: optional("displayName", self.display_name, MAX_NAME)?,
            username: self.username,
            phone: self.phone,
            profile,
            country: None,
        })
    }
}
