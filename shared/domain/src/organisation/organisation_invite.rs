//! Invitations to an organisation, and to become its owner: sent to one address, valid for a week,
//! answered once.

use serde::{Deserialize, Serialize};

use crate::{
    ApiError, Code, Email, InviteId, OrganisationId, Pseudonym, Timestamp, User,
    lockout::{AddressLimit, too_many},
    organisation::MemberRole,
    rank::not_oneself,
    stored_enum::stored_enum,
    time::{DAY, HOUR, MINUTE},
};

/// Lifetime of an invitation since it was last sent, in milliseconds.
pub const INVITE_LIFE: i64 = 7 * DAY;
/// Minimum time between two emails of an invitation, in milliseconds.
pub const RESEND_AFTER: i64 = MINUTE;
/// Retention time of an invitation after its end, in milliseconds.
pub const REMEMBERED: i64 = 30 * DAY;
/// Maximum number of invitation emails per user, including repeated ones and across all their
/// organisations, so that invitations cannot be used for spam.
pub const INVITES: AddressLimit =
    AddressLimit { name: "invite", most: 100, window: HOUR, block: 0, sliding: true };

stored_enum! {
    /// Status of an invitation.
    pub enum InviteStatus {
        /// Waiting for an answer.
        Pending = "pending",
        /// Accepted by the invited user.
        Accepted = "accepted",
        /// Rejected by the invited user.
        Rejected = "rejected",
        /// Revoked by the organisation.
        Revoked = "revoked",
        /// Expired without an answer.
        Expired = "expired",
    }
}

/// The user who sends, resends or revokes an invitation.
#[derive(Debug, Clone, Copy)]
pub struct Inviter<'a> {
    /// The user.
    pub user: &'a User,
    /// Whether the user acts as staff of the platform.
    pub as_staff: bool,
    /// Whether the user owns the organisation.
    pub owns: bool,
}

impl Inviter<'_> {
    /// Requires that the user's own address is confirmed, since the email goes out in their name.
    ///
    /// # Errors
    /// `PERMISSION_DENIED`.
    pub fn check_confirmed(&self) -> Result<(), ApiError> {
        if self.user.email_verified {
            return Ok(());
        }
        Err(ApiError::new(
            Code::PermissionDenied,
            "Your email address is not confirmed. Confirm it with the link in the email before you invite others.",
        ))
    }

    /// Checks that the user may invite this address with this role.
    ///
    /// # Errors
    /// `PERMISSION_DENIED` without a confirmed address, or for an admin that the owner does not
    /// invite; `CANNOT_MODIFY_SELF`.
    pub fn check_may_invite(&self, email: &Email, role: MemberRole) -> Result<(), ApiError> {
        self.check_confirmed()?;
        // Only the owner decides who is an admin, also for invitations.
        if role == MemberRole::Admin && !self.as_staff && !self.owns {
            return Err(ApiError::new(
                Code::PermissionDenied,
                "Only the owner of this organisation can invite admins. Invite with the role `member`.",
            ));
        }
        // Staff cannot invite themselves to an organisation; those who manage it can.
        if self.as_staff && *email == self.user.email {
            return Err(not_oneself());
        }
        Ok(())
    }

    /// Checks that the user may resend or revoke an invitation: an offer of ownership only as the
    /// owner or as staff, but not as an admin of the organisation.
    ///
    /// # Errors
    /// `PERMISSION_DENIED`.
    pub fn check_may_manage(&self, invite: &Invite) -> Result<(), ApiError> {
        if invite.role != MemberRole::Owner || self.owns || self.as_staff {
            return Ok(());
        }
        Err(ApiError::new(
            Code::PermissionDenied,
            "Only the owner of this organisation can do this.",
        ))
    }
}

/// The two users of an offer of ownership.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnershipOffer {
    /// Pseudonym of the owner who made the offer. After another change of owner, the offer is void.
    pub from: Pseudonym,
    /// Pseudonym of the member who receives the offer.
    pub to: Pseudonym,
}

/// The owner of an organisation when an offer is accepted.
#[derive(Debug, Clone, Copy)]
pub struct OwnerSince {
    /// Pseudonym of the owner.
    pub pseudonym: Pseudonym,
    /// Time of the last change of owner; `None` if the organisation still has its first owner.
    pub since: Option<Timestamp>,
}

/// The member who accepts an offer.
#[derive(Debug, Clone, Copy)]
pub struct MemberSince {
    /// Pseudonym of the member.
    pub pseudonym: Pseudonym,
    /// Time at which the member joined.
    pub since: Timestamp,
}

impl OwnershipOffer {
    /// Checks that an offer made at `made_at` is still valid: the same owner, to this member. It
    /// ends when the member leaves, even if they rejoin, and when the owner changes, even if the
    /// former owner becomes owner again.
    ///
    /// # Errors
    /// `LINK_REVOKED`.
    pub fn check(
        self,
        made_at: Timestamp,
        owner: OwnerSince,
        member: Option<MemberSince>,
    ) -> Result<(), ApiError> {
        let from_owner =
            self.from == owner.pseudonym && owner.since.is_none_or(|since| since <= made_at);
        let to_member =
            member.is_some_and(|member| self.to == member.pseudonym && member.since <= made_at);
        if from_owner && to_member {
            return Ok(());
        }
        Err(ApiError::new(
            Code::LinkRevoked,
            "The owner or the members have changed since this offer. Ask the owner for a new offer.",
        ))
    }
}

/// An invitation to join an organisation, or an offer of ownership to a member.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invite {
    /// Invitation id.
    pub id: InviteId,
    /// Organisation id.
    pub organisation_id: OrganisationId,
    /// Invited email address; removed when the invitation ends.
    #[serde(
        skip_serializing_if = "Option::is_none",
        default,
        deserialize_with = "crate::contact::stored_option"
    )]
    pub email: Option<Email>,
    /// Digest of the email address, by which the invited user finds the invitation.
    pub address_key: String,
    /// Role that the invited user will have.
    pub role: MemberRole,
    /// Status. Expiry is derived from the clock and never stored.
    pub status: InviteStatus,
    /// Set when a member is asked to become the owner.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ownership: Option<OwnershipOffer>,
    /// Pseudonym of the user who sent the invitation. A pseudonym, because the item belongs to the
    /// organisation.
    pub invited_by: Pseudonym,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Time at which the invitation was last sent.
    pub sent_at: Timestamp,
    /// Time at which the invitation expires.
    pub expires_at: Timestamp,
    /// Counts every change; a write is conditional on it.
    pub version: u64,
}

impl Invite {
    /// The status at the time of the request.
    pub fn status(&self, now: Timestamp) -> InviteStatus {
        if self.status == InviteStatus::Pending && now >= self.expires_at {
            InviteStatus::Expired
        } else {
            self.status
        }
    }

    /// Checks that the invitation can be answered, sent again or revoked.
    ///
    /// # Errors
    /// `LINK_EXPIRED`, `LINK_REVOKED`, or `INVALID_ACTION` when it was answered.
    pub fn check_open(&self, now: Timestamp) -> Result<(), ApiError> {
        match self.status(now) {
            InviteStatus::Pending => Ok(()),
            InviteStatus::Expired => Err(ApiError::new(
                Code::LinkExpired,
                "This invitation has expired. Ask the organisation for a new one.",
            )),
            InviteStatus::Revoked => Err(ApiError::new(
                Code::LinkRevoked,
                "This invitation has been revoked. Ask the organisation for a new one.",
            )),
            InviteStatus::Accepted => {
                Err(ApiError::invalid_action("This invitation has already been accepted.", &[]))
            }
            InviteStatus::Unknown(_) => Err(ApiError::invalid_action(
                "This version does not know the status of this invitation. Try again later.",
                &[],
            )),
            InviteStatus::Rejected => Err(ApiError::invalid_action(
                "This invitation has already been rejected. Ask the organisation for a new one.",
                &[],
            )),
        }
    }

    /// Accepts, rejects or revokes the invitation, and removes the email address.
    ///
    /// # Errors
    /// As [`Self::check_open`].
    pub fn end(self, status: InviteStatus, now: Timestamp) -> Result<Self, ApiError> {
        self.check_open(now)?;
        Ok(Self { status, email: None, version: self.version + 1, ..self })
    }

    /// Sends the invitation again and extends it to a week from now.
    ///
    /// # Errors
    /// `RATE_LIMITED` within a minute of the last email; otherwise as [`Self::check_open`].
    pub fn resend(self, now: Timestamp) -> Result<Self, ApiError> {
        self.check_open(now)?;
        let next = self.sent_at.plus(RESEND_AFTER);
        if now < next {
            return Err(too_many(next.since(now)));
        }
        Ok(Self {
            sent_at: now,
            expires_at: now.plus(INVITE_LIFE),
            version: self.version + 1,
            ..self
        })
    }
}

#[cfg(test)]
mod tests {
    use ulid::Ulid;

    use super::*;

    fn invite(now: Timestamp) -> Invite {
        Invite {
            id: InviteId::new(Ulid::nil()),
            organisation_id: OrganisationId::new(Ulid::nil()),
            email: "ada@example.org".parse().ok(),
            address_key: String::new(),
            role: MemberRole::Member,
            ownership: None,
            status: InviteStatus::Pending,
            invited_by: Pseudonym::new(Ulid::nil()),
            created_at: now,
            sent_at: now,
            expires_at: now.plus(INVITE_LIFE),
            version: 1,
        }
    }

    #[test]
    fn an_invitation_is_answered_once_and_its_address_is_removed() {
        let now = Timestamp::from_millis(1_795_190_400_000);
        let accepted = invite(now).end(InviteStatus::Accepted, now).unwrap();
        assert!(accepted.email.is_none());
        assert_eq!(
            accepted.end(InviteStatus::Rejected, now).unwrap_err().code,
            Code::InvalidAction
        );
        let revoked = invite(now).end(InviteStatus::Revoked, now).unwrap();
        assert_eq!(revoked.end(InviteStatus::Accepted, now).unwrap_err().code, Code::LinkRevoked);
    }

    #[test]
    fn an_ownership_offer_is_valid_only_between_the_named_owner_and_member() {
        let [ada, bob, eve] = [1, 2, 3].map(|n| Pseudonym::new(Ulid::from(n)));
        let offer = OwnershipOffer { from: ada, to: bob };
        let [before, made, after] = [1, 2, 3].map(Timestamp::from_millis);
        let owner = |pseudonym, since| OwnerSince { pseudonym, since };
        let member = |pseudonym, since| Some(MemberSince { pseudonym, since });
        for since in [None, Some(before), Some(made)] {
            assert!(offer.check(made, owner(ada, since), member(bob, made)).is_ok());
        }
        for (owner, member) in [
            (owner(eve, None), member(bob, before)),
            (owner(ada, None), member(eve, before)),
            (owner(ada, None), None),
            (owner(ada, Some(after)), member(bob, before)),
            (owner(ada, None), member(bob, after)),
        ] {
            assert_eq!(offer.check(made, owner, member).unwrap_err().code, Code::LinkRevoked);
        }
    }

    #[test]
    fn an_invitation_expires_after_a_week_to_the_millisecond() {
        let now = Timestamp::from_millis(1_795_190_400_000);
        assert!(invite(now).check_open(now.plus(INVITE_LIFE - 1)).is_ok());
        assert_eq!(
            invite(now).check_open(now.plus(INVITE_LIFE)).unwrap_err().code,
            Code::LinkExpired
        );
        assert_eq!(
            invite(now).resend(now.plus(RESEND_AFTER - 1)).unwrap_err().code,
            Code::RateLimited
        );
        assert!(
            invite(now)
                .resend(now.plus(RESEND_AFTER))
                .unwrap()
                .check_open(now.plus(INVITE_LIFE))
                .is_ok()
        );
    }
}
