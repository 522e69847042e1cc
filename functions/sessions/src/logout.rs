//! `POST /api/sessions/logout`: end the session of this request.

use http::{HeaderMap, HeaderValue, StatusCode, header};
use provost_domain::ApiError;
use provost_http::{
    HandlerResult, RequestContext, SignedInGrant,
    reply::{IntoReply, Reply, ReplyDoc},
};
use provost_operations::session;
use schemars::SchemaGenerator;

use crate::tokens::no_cookie;

/// An empty answer that deletes the portal's cookie.
pub struct SignedOut;

impl IntoReply for SignedOut {
    fn reply(&self) -> Reply {
        let mut headers = HeaderMap::new();
        if let Ok(cookie) = HeaderValue::from_str(&no_cookie()) {
            headers.insert(header::SET_COOKIE, cookie);
        }
        Reply { headers, ..Reply::empty(StatusCode::NO_CONTENT) }
    }

    fn describe(_: &mut SchemaGenerator) -> ReplyDoc {
        ReplyDoc {
            status: 204,
            description: "Signed out.",
            headers: vec!["Set-Cookie"],
            ..ReplyDoc::default()
        }
    }
}

pub async fn logout(ctx: RequestContext<SignedInGrant>) -> HandlerResult<SignedOut> {
    let Some(id) = ctx.caller.session() else {
        return Err(ApiError::invalid_action(
            "An API key has no session. Delete the key instead.",
            &["delete-key"],
        )
        .into());
    };
    let change = session::end_session(&ctx.op(None), &ctx.caller.user, id)?;
    ctx.complete(change, |()| SignedOut).await
}
