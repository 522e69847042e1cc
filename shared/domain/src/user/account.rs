//! Changes that users make to their own accounts: confirming the email address, choosing a new
//! password, signing in and out.

use crate::{
    ApiError, Code, Email, SessionId, Status, Timestamp, User, UserId,
    deletion::DeletionRequest,
    device::Device,
    lockout::Failures,
    session::{LiveSession, MAX_SESSIONS},
};

/// Maximum number of device families that an account remembers; another one replaces the oldest.
const MAX_DEVICES: usize = 20;

impl User {
    /// When the user last signed in or refreshed a session.
    pub fn last_active_at(&self) -> Option<Timestamp> {
        let sessions = self.sessions.values().map(|session| session.last_active_at);
        sessions.chain(self.last_login_at).max()
    }

    /// Whether an erasure is in progress, so that nothing may be added to the account.
    pub fn is_being_erased(&self) -> bool {
        self.deletion.as_ref().is_some_and(|deletion| deletion.executing)
    }

    /// Checks that the account has no second factor.
    ///
    /// # Errors
    /// `INVALID_ACTION`.
    pub fn check_two_factor_off(&self) -> Result<(), ApiError> {
        if self.two_factor_enabled {
            return Err(ApiError::invalid_action(
                "A second factor is already enabled. Turn it off first.",
                &["remove"],
            ));
        }
        Ok(())
    }

    /// Checks that the account has a second factor.
    ///
    /// # Errors
    /// `INVALID_ACTION`.
    pub fn check_two_factor_on(&self) -> Result<(), ApiError> {
        if !self.two_factor_enabled {
            return Err(ApiError::invalid_action(
                "No second factor is enabled. There is nothing to turn off.",
                &["start"],
            ));
        }
        Ok(())
    }

    /// Adds the time of the erasure to the error for a pending deletion and, if the user can cancel
    /// it, how to do so. Other errors are returned unchanged.
    pub fn explain_deletion(
        &self,
        pending: Option<&DeletionRequest>,
        refused: ApiError,
    ) -> ApiError {
        let Some(deletion) =
            self.deletion.as_ref().filter(|_| refused.code == Code::DeletionPending)
        else {
            return refused;
        };
        let refused = refused
            .with("deletionId", deletion.id.to_string())
            .with("dueAt", deletion.due_at.to_string());
        if deletion.executing || !pending.is_some_and(DeletionRequest::owner_may_cancel) {
            return ApiError {
                detail: "This account is being deleted, and the deletion cannot be cancelled."
                    .to_owned(),
                ..refused
            };
        }
        let hint = serde_json::json!({ "cancelDeletion": true });
        ApiError {
            detail: "This account is scheduled for deletion. Sign in with `cancelDeletion: true`, or use the link in the email, to keep it."
                .to_owned(),
            ..refused
        }
        // The previous name, for clients that still read it.
        .with("wayBack", hint.clone())
        .with("cancelHint", hint)
    }

    /// Whether a reference in a path means this user: `me`, the id, or one of their contacts, as in
    /// `email:ada@example.org`.
    pub fn is_named(&self, name: &str) -> bool {
        match name.split_once(':') {
            Some(("email", email)) => email.parse().is_ok_and(|email: Email| email == self.email),
            Some(("username", username)) => {
                username.parse().is_ok_and(|username| Some(username) == self.username)
            }
            Some(("unique_id", named)) => self
                .former_unique_ids
                .iter()
                .chain([&self.unique_id])
                .any(|own| own.eq_ignore_ascii_case(named)),
            Some(("external_id", named)) => self.external_id.as_deref() == Some(named),
            _ => name == "me" || name.parse().is_ok_and(|id: UserId| id == self.user_id),
        }
    }

    /// Confirms the address. An account that waited for this becomes active, and a pending
    /// suspension or deletion later returns it to active.
    ///
    /// The first confirmation shows who controls the mailbox. Somebody else may have registered the
    /// account, so earlier sessions, API keys and the second factor are revoked, unless they belong
    /// to the confirming user.
    #[must_use]
    pub fn confirm_email(mut self, theirs: bool, now: Timestamp) -> Self {
        if self.never_confirmed() && !theirs {
            self.end_credentials();
            self.two_factor_enabled = false;
        }
        self.mark_email_confirmed();
        self.changed(now)
    }

    /// Marks the address as confirmed. An account that waited for this becomes active, and a
    /// pending suspension or deletion later returns it to active.
    pub fn mark_email_confirmed(&mut self) {
        self.confirmed_once = true;
        self.email_verified = true;
        let places = [
            Some(&mut self.status),
            self.suspension.as_mut().map(|s| &mut s.before),
            self.deletion.as_mut().map(|d| &mut d.before),
        ];
        for place in places.into_iter().flatten() {
            if *place == Status::PendingVerification {
                *place = Status::Active;
            }
        }
    }

    /// Records a password reset by an emailed link: revokes every session and API key, clears
    /// failed attempts, and confirms the email address. If the account was already confirmed, its
    /// second factor stays.
    #[must_use]
    pub fn reset_password(mut self, now: Timestamp) -> Self {
        self.failures = Failures::default();
        self.end_credentials();
        self.confirm_email(false, now)
    }

    /// Whether the email address was never confirmed.
    pub fn never_confirmed(&self) -> bool {
        if self.confirmed_once {
            return false;
        }
        let before =
            self.suspension.as_ref().map(|s| s.before).or(self.deletion.as_ref().map(|d| d.before));
        [Some(self.status), before].contains(&Some(Status::PendingVerification))
    }

    /// Starts a session; above the maximum, the longest-idle session ends. Returns whether the
    /// device is new to the account, which is false for the very first device, so that no email is
    /// sent about it.
    #[must_use]
    pub fn sign_in(
        mut self,
        id: SessionId,
        session: LiveSession,
        device: &Device,
        ip: &str,
        now: Timestamp,
    ) -> (Self, bool) {
        self.sessions.retain(|_, live| now < live.expires_at);
        while self.sessions.len() >= MAX_SESSIONS {
            let Some(idle) =
                self.sessions.iter().min_by_key(|(_, live)| live.last_active_at).map(|(id, _)| *id)
            else {
                break;
            };
            self.sessions.remove(&idle);
        }
        self.sessions.insert(id, session);
        self.failures = self.failures.forgiven();
        self.last_login_at = Some(now);
        self.last_login_ip = (!ip.is_empty()).then(|| ip.to_owned());
        let family = device.family();
        let is_new = !self.known_devices.contains(&family);
        let is_first = self.known_devices.is_empty();
        if is_new {
            self.known_devices.push(family);
        }
        if self.known_devices.len() > MAX_DEVICES {
            self.known_devices.remove(0);
        }
        (self, is_new && !is_first)
    }

    /// Counts a wrong password.
    #[must_use]
    pub fn fail_sign_in(mut self, now: Timestamp) -> Self {
        self.failures = self.failures.one_more(now);
        self
    }

    /// Withdraws an attempt that was not a guess.
    #[must_use]
    pub fn withdraw_try(mut self) -> Self {
        self.failures = self.failures.withdrawn();
        self
    }

    /// Ends one session.
    #[must_use]
    pub fn end_session(mut self, id: SessionId) -> Self {
        self.sessions.remove(&id);
        self
    }

    /// Ends all sessions. Returns how many were active.
    #[must_use]
    pub fn end_sessions(mut self, now: Timestamp) -> (Self, usize) {
        let alive = self.sessions.values().filter(|live| now < live.expires_at).count();
        self.sessions.clear();
        (self, alive)
    }

    /// Records a change of password in this session: revokes every other session and every API key,
    /// and clears earlier failures.
    #[must_use]
    pub fn change_password(mut self, session: SessionId) -> Self {
        self.sessions.retain(|id, _| *id == session);
        self.api_keys.clear();
        self.failures = self.failures.forgiven();
        self
    }
}

impl Device {
    /// The family that distinguishes this device from others.
    pub fn family(&self) -> String {
        format!("{}/{}/{}", self.kind, self.os, self.browser)
    }
}
