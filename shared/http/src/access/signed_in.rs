//! Rules for every signed-in user, about the caller's own data.

use provost_app::App;
use provost_auth::{Caller, Presented};
use provost_domain::{Code, profile::Profile};

use super::{AccessGrant, AccessRule, Params, caller};
use crate::{problem::HandlerError, refusals::SIGNED_IN};

/// Every signed-in user.
#[derive(Debug, Clone, Copy)]
pub struct SignedIn;

impl SignedIn {
    /// The same rule, including the one session of an account with a pending deletion.
    pub const fn including_pending_deletion(self) -> SignedInOrPendingDeletion {
        SignedInOrPendingDeletion
    }

    /// The same rule, with the caller's profile.
    pub const fn with_profile(self) -> SignedInWithProfile {
        SignedInWithProfile
    }
}

/// Every signed-in user, including the one session of an account with a pending deletion.
#[derive(Debug, Clone, Copy)]
pub struct SignedInOrPendingDeletion;

/// What [`SignedIn`] grants: the caller's own account.
#[derive(Debug, Clone)]
pub struct SignedInGrant {
    /// The caller.
    pub caller: Caller,
}

impl AccessGrant for SignedInGrant {
    fn caller(&self) -> Option<&Caller> {
        Some(&self.caller)
    }
}

impl AccessRule for SignedIn {
    type Grant = SignedInGrant;
    fn describe(&self) -> String {
        "signed-in".to_owned()
    }
    fn errors(&self) -> Vec<Code> {
        SIGNED_IN.to_vec()
    }
    async fn decide(
        &self,
        app: &App,
        presented: &Presented,
        _: &Params,
    ) -> Result<SignedInGrant, HandlerError> {
        Ok(SignedInGrant { caller: caller(app, presented, false).await? })
    }
}

impl AccessRule for SignedInOrPendingDeletion {
    type Grant = SignedInGrant;
    fn describe(&self) -> String {
        "signed-in or pending deletion".to_owned()
    }
    fn errors(&self) -> Vec<Code> {
        SIGNED_IN.to_vec()
    }
    async fn decide(
        &self,
        app: &App,
        presented: &Presented,
        _: &Params,
    ) -> Result<SignedInGrant, HandlerError> {
        Ok(SignedInGrant { caller: caller(app, presented, true).await? })
    }
}

/// Every signed-in user, for routes that need the profile too: both are read in one request to the
/// table.
#[derive(Debug, Clone, Copy)]
pub struct SignedInWithProfile;

/// What [`SignedInWithProfile`] grants: the caller's own account with its profile.
#[derive(Debug, Clone)]
pub struct ProfileGrant {
    /// The caller.
    pub caller: Caller,
    /// The caller's profile.
    pub profile: Profile,
}

impl AccessGrant for ProfileGrant {
    fn caller(&self) -> Option<&Caller> {
        Some(&self.caller)
    }
}

impl AccessRule for SignedInWithProfile {
    type Grant = ProfileGrant;
    fn describe(&self) -> String {
        SignedIn.describe()
    }
    fn errors(&self) -> Vec<Code> {
        SignedIn.errors()
    }
    async fn decide(
        &self,
        app: &App,
        presented: &Presented,
        _: &Params,
    ) -> Result<ProfileGrant, HandlerError> {
        let found = match presented.user() {
            Some(user) => app.store().user_and_profile(user).await?,
            None => None,
        };
        let (record, profile) = found.unzip();
        let caller = super::decided(app, presented, record, false).await?;
        Ok(ProfileGrant { caller, profile: profile.unwrap_or_default() })
    }
}

/// Every signed-in user, for a job that they started with a permission. A key with staff scopes can
/// read it, since its scopes limit what the job shows.
#[derive(Debug, Clone, Copy)]
pub struct JobOwner;

/// What [`JobOwner`] grants: the caller's own jobs.
#[derive(Debug, Clone)]
pub struct JobGrant {
    /// The caller.
    pub caller: Caller,
}

impl AccessGrant for JobGrant {
    fn caller(&self) -> Option<&Caller> {
        Some(&self.caller)
    }
    fn by_permission(&self) -> bool {
        !self.caller.permissions.is_empty()
    }
}

impl AccessRule for JobOwner {
    type Grant = JobGrant;
    fn describe(&self) -> String {
        "signed-in".to_owned()
    }
    fn errors(&self) -> Vec<Code> {
        SIGNED_IN.to_vec()
    }
    async fn decide(
        &self,
        app: &App,
        presented: &Presented,
        _: &Params,
    ) -> Result<JobGrant, HandlerError> {
        Ok(JobGrant { caller: caller(app, presented, false).await? })
    }
}
