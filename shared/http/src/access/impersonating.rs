//! The rule for stopping an impersonation: with its own token, whatever has become of the user or of
//! the rights of the staff member, or with their own session.

use provost_app::App;
use provost_auth::{Caller, Presented, caller::impersonation_ended};
use provost_domain::{Code, SessionId, User, identity::Identity};

use super::{AccessGrant, AccessRule, Identities, Params, SignedIn, caller};
use crate::problem::HandlerError;

/// A staff member who acts as a user.
#[derive(Debug, Clone, Copy)]
pub struct Impersonating;

/// What [`Impersonating`] grants: the staff member's own account.
#[derive(Debug, Clone)]
pub struct ImpersonatingGrant {
    /// The staff member.
    pub actor: User,
    /// The impersonation; none for a session without an impersonation.
    pub id: Option<SessionId>,
    /// The caller, for a request with their own session.
    caller: Option<Caller>,
}

impl AccessGrant for ImpersonatingGrant {
    fn caller(&self) -> Option<&Caller> {
        self.caller.as_ref()
    }
    fn identity(&self) -> Option<Identity<'_>> {
        // Staff who stop acting as a user do so as themselves.
        Some(Identity::User(&self.actor))
    }
}

impl AccessRule for Impersonating {
    type Grant = ImpersonatingGrant;
    fn describe(&self) -> String {
        "signed-in or impersonating".to_owned()
    }
    fn identities(&self) -> Identities {
        Identities::USERS
    }
    fn errors(&self) -> Vec<Code> {
        SignedIn.errors()
    }

    async fn decide(
        &self,
        app: &App,
        presented: &Presented,
        _: &Params,
    ) -> Result<ImpersonatingGrant, HandlerError> {
        let Presented::Impersonation { actor, id, .. } = presented else {
            let caller = caller(app, presented, false).await?;
            let id = caller.user.impersonation.map(|live| live.id);
            return Ok(ImpersonatingGrant { actor: caller.user.clone(), id, caller: Some(caller) });
        };
        let actor = app.store().user(*actor).await?.ok_or_else(impersonation_ended)?;
        if actor.impersonation.is_none_or(|live| live.id != *id) {
            return Err(impersonation_ended().into());
        }
        Ok(ImpersonatingGrant { actor, id: Some(*id), caller: None })
    }
}
