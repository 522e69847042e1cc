//! `POST /api/admin/integrations/test`: test the credentials of an integration with one request
//! that changes nothing. They are not stored.

mod services;

use std::{collections::BTreeMap, time::Duration};

use provost_domain::ApiError;
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffOrSystemGrant};
use provost_store::outbound::OutboundError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use crate::buckets::test::count;
use services::Call;

/// How long a test may take with all its requests.
const WHOLE_TEST: Duration = Duration::from_secs(9);

/// An integration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Integration {
    /// Stripe: `secretKey`.
    Stripe,
    /// Resend: `apiKey`.
    Resend,
    /// Cloudflare: `apiToken`, and `accountId` for a token of an account.
    Cloudflare,
    /// Discord: `webhookUrl`, or `botToken` and `serverId`.
    Discord,
    /// GitHub: `pat`, and `org` to check access to an organisation.
    Github,
    /// Kener: `apiKey` and `baseUrl`.
    Kener,
    /// A mail server: `host`, `port`, `secure`, `user` and `password`.
    Smtp,
}

/// Request to test an integration.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TestIntegration {
    /// Integration to test.
    integration: Integration,
    /// Credentials by name. They are used for this test only, and not stored.
    credentials: BTreeMap<String, String>,
}

/// The result of a test.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IntegrationTestView {
    /// Whether the credentials work.
    success: bool,
    /// Duration of the test, in milliseconds.
    latency_ms: i64,
    /// What was found, and what to correct.
    message: String,
}

pub async fn test_integration(
    ctx: RequestContext<StaffOrSystemGrant>,
    Body(body): Body<TestIntegration>,
) -> HandlerResult<Json<IntegrationTestView>> {
    let call = Call::new(body.integration, &body.credentials)?;
    if let Some((field, url)) = call.entered() {
        let field = format!("credentials.{field}");
        ctx.app.outbound().check(url).map_err(|refused| refused.at(&field))?;
    }
    count(&ctx).await?;
    let started = ctx.now();
    let (success, message) = match timeout(WHOLE_TEST, call.run(ctx.app.outbound())).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => (false, unreachable(error)),
        Err(_) => (false, unreachable(OutboundError::Timeout)),
    };
    let latency_ms = ctx.now().since(started);
    Ok(Json::new(IntegrationTestView { success, latency_ms, message }))
}

fn unreachable(error: OutboundError) -> String {
    match error {
        OutboundError::NotAllowed => "This address is not allowed. Use a public host.".to_owned(),
        OutboundError::Timeout => "There was no answer in time. Try again later.".to_owned(),
        OutboundError::Unreachable | OutboundError::TooLarge => {
            "The service could not be reached. Check the address, and try again later.".to_owned()
        }
    }
}

/// A required credential.
fn required<'a>(
    credentials: &'a BTreeMap<String, String>,
    name: &str,
) -> Result<&'a str, ApiError> {
    optional(credentials, name)?.ok_or_else(|| {
        ApiError::field(format!("credentials.{name}"), "required", "This field is required.")
    })
}

/// An optional credential. It becomes part of a header or URL, so it has only visible characters.
fn optional<'a>(
    credentials: &'a BTreeMap<String, String>,
    name: &str,
) -> Result<Option<&'a str>, ApiError> {
    let Some(text) = credentials.get(name).map(|text| text.trim()) else { return Ok(None) };
    if text.is_empty() {
        return Ok(None);
    }
    if text.len() <= 512 && text.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(Some(text));
    }
    Err(ApiError::field(
        format!("credentials.{name}"),
        "invalid",
        "This value is not valid. Copy it again, without blanks or line breaks.",
    ))
}
