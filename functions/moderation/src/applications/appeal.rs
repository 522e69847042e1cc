//! `POST /api/applications/appeal`: appeal against a ban by the token in the email about it, since a
//! banned user cannot sign in.

use provost_auth::{
    Purpose,
    token::{LinkClaims, NotAccepted},
};
use provost_domain::{
    ApiError, Code, User, UserId,
    application::{Answer, Answers, AppealedBan, Application},
    lockout::APPLICATIONS,
};
use provost_http::{Body, Created, HandlerResult, LimitKey, PublicGrant, RequestContext};
use provost_operations::{Change, application::appeal_ban};
use schemars::JsonSchema;
use serde::Deserialize;

use super::views::OwnApplicationView;

/// Request to appeal against a ban.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AppealBan {
    /// The token in the link in the email about the ban.
    token: String,
    /// Why the ban should be lifted, 50 to 2000 characters.
    #[schemars(length(min = 50, max = 2000))]
    reason: String,
    /// Evidence, at most 2000 characters.
    #[serde(default)]
    #[schemars(length(min = 1, max = 2000))]
    evidence: Option<String>,
}

/// Appeals against a ban.
///
/// # Errors
/// `NOT_FOUND` for an invalid link, `LINK_EXPIRED`, `LINK_REVOKED` when the ban has ended,
/// `VALIDATION_FAILED`, `ALREADY_EXISTS` when the ban has been appealed, `RATE_LIMITED`.
pub async fn appeal_against_ban(
    ctx: RequestContext<PublicGrant>,
    Body(body): Body<AppealBan>,
) -> HandlerResult<Created<OwnApplicationView>> {
    let link = AppealLink::read(&ctx, &body.token)?;
    let change = link.appeal(&ctx, body.reason, body.evidence).await?;
    ctx.complete(change, |application| {
        // The applicant cannot sign in to read it; the decision comes by email.
        Created(OwnApplicationView::of(application, Vec::new()), "/api/applications".to_owned())
    })
    .await
}

/// A valid link from an email about a ban.
#[derive(Debug, Clone, Copy)]
pub struct AppealLink {
    /// The banned user.
    pub user: UserId,
    /// The ban.
    pub ban: AppealedBan,
}

impl AppealLink {
    /// Reads the token of a link.
    ///
    /// # Errors
    /// `NOT_FOUND`, `LINK_EXPIRED`.
    pub fn read(ctx: &RequestContext<PublicGrant>, token: &str) -> Result<Self, ApiError> {
        match ctx.app.verifier().verify(Purpose::Link, token.trim(), ctx.now()) {
            Ok(LinkClaims::Appeal { sub, ban }) => Ok(Self { user: sub, ban }),
            Err(NotAccepted::Expired) => Err(ApiError::new(
                Code::LinkExpired,
                "This link has expired. Contact support if you still want to appeal.",
            )),
            Ok(_) | Err(NotAccepted::Forged) => Err(ApiError::new(
                Code::NotFound,
                "This link is not valid. Use the full link from the latest email.",
            )),
        }
    }

    /// The user, if they exist.
    ///
    /// # Errors
    /// If the store is not available.
    pub async fn applicant(
        &self,
        ctx: &RequestContext<PublicGrant>,
    ) -> HandlerResult<Option<User>> {
        Ok(ctx.app.store().user(self.user).await?)
    }

    /// The appeal as a change to commit.
    ///
    /// # Errors
    /// Those of [`appeal_against_ban`].
    pub async fn appeal(
        &self,
        ctx: &RequestContext<PublicGrant>,
        reason: String,
        evidence: Option<String>,
    ) -> HandlerResult<Change<Application>> {
        ctx.count_once(APPLICATIONS, LimitKey::Account(self.user)).await?;
        let applicant = self.applicant(ctx).await?;
        let mut answers = Answers::from([("reason".to_owned(), Answer::Text(reason))]);
        answers.extend(evidence.map(|text| ("evidence".to_owned(), Answer::Text(text))));
        Ok(appeal_ban(&ctx.op(None), applicant.as_ref(), self.ban, &answers)?)
    }
}
