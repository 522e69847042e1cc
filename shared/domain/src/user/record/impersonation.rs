//! The impersonation that a staff member has begun.

use super::User;
use crate::{Timestamp, impersonation::LiveImpersonation};

impl User {
    /// The live impersonation of this staff member: its time is not over, and the session in which
    /// it began is live.
    pub fn live_impersonation(&self, now: Timestamp) -> Option<LiveImpersonation> {
        self.impersonation.filter(|live| {
            let session = self.sessions.get(&live.session);
            now < live.expires_at && session.is_some_and(|session| now < session.expires_at)
        })
    }
}
