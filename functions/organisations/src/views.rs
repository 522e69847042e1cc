//! The views of organisations, members and invitations.

use provost_app::App;
use provost_domain::{
    Email, InviteId, OrganisationId, Timestamp, UserId,
    organisation::{Member, MemberRole, Organisation},
    organisation_invite::{Invite, InviteStatus},
    user::PortalTier,
};
use provost_store::StoreError;
use schemars::JsonSchema;
use serde::Serialize;

/// An organisation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganisationView {
    /// Organisation id.
    pub id: OrganisationId,
    /// Name of the organisation.
    pub name: String,
    /// Globally unique handle.
    pub handle: String,
    /// User id of the owner.
    pub owner_id: UserId,
    /// Portal tier, which determines the limits.
    pub portal_tier: PortalTier,
    /// Maximum number of servers of the tier; null if unlimited.
    pub max_servers: Option<u32>,
    /// URL of the avatar, valid for one minute; null if there is none.
    pub avatar_url: Option<String>,
    /// Number of members.
    pub member_count: u64,
    /// Role of the caller; null for staff who are not members.
    pub role: Option<MemberRole>,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Start time of an unfinished deletion; absent otherwise. Send the deletion request again to
    /// continue it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleting_since: Option<Timestamp>,
    /// Version, increased by every change; the same as the `ETag`.
    pub version: u64,
    /// Latest 200 open invitations, newest first. Only shown to admins, the owner and staff with
    /// `org.read`, when getting one organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invites: Option<Vec<InviteView>>,
}

impl OrganisationView {
    /// The view for a caller with this role.
    ///
    /// # Errors
    /// If the URL of the avatar cannot be signed.
    pub async fn of(
        app: &App,
        organisation: &Organisation,
        role: Option<MemberRole>,
    ) -> Result<Self, StoreError> {
        let avatar_url = match &organisation.avatar_key {
            Some(key) => Some(app.store().presign_avatar(&app.store().names().files, key).await?),
            None => None,
        };
        Ok(Self {
            id: organisation.id,
            name: organisation.name.clone(),
            handle: organisation.handle.clone(),
            owner_id: organisation.owner_id,
            portal_tier: organisation.portal_tier,
            max_servers: organisation.portal_tier.most_servers(),
            avatar_url,
            member_count: organisation.member_count,
            role,
            created_at: organisation.created_at,
            deleting_since: organisation.deleting_since,
            version: organisation.version,
            invites: None,
        })
    }
}

/// A member of an organisation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemberView {
    /// User id of the member.
    pub user_id: UserId,
    /// Name of the member; null if the account no longer exists.
    pub name: Option<String>,
    /// Email address; only shown to the organisation's admins and owner, and to staff with
    /// `org.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// Role of the member.
    pub role: MemberRole,
    /// Time of joining.
    pub joined_at: Timestamp,
    /// Names of fields that are omitted because the caller lacks the permission.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redacted: Vec<&'static str>,
}

/// A user's membership of an organisation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MembershipView {
    /// The organisation that the user belongs to.
    pub organisation_id: OrganisationId,
    /// User id of the member.
    pub user_id: UserId,
    /// Role of the member.
    pub role: MemberRole,
    /// Time of joining.
    pub joined_at: Timestamp,
    /// Offer of ownership that waits for this member's answer; absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ownership_offer: Option<InviteView>,
}

impl MembershipView {
    /// The view of a member without an offer of ownership.
    pub const fn of(member: &Member) -> Self {
        Self {
            organisation_id: member.organisation_id,
            user_id: member.member_id,
            role: member.role,
            joined_at: member.joined_at,
            ownership_offer: None,
        }
    }
}

/// An invitation, as those who manage the organisation see it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InviteView {
    /// Invitation id. It gives no access: only the invited user can accept the invitation.
    pub id: InviteId,
    /// The organisation that invites.
    pub organisation_id: OrganisationId,
    /// Invited email address; null once the invitation has ended.
    pub email: Option<Email>,
    /// Role after accepting.
    pub role: MemberRole,
    /// Status of the invitation.
    pub status: InviteStatus,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Time when the email was last sent.
    pub sent_at: Timestamp,
    /// Expiry time.
    pub expires_at: Timestamp,
}

impl InviteView {
    /// The view at a given time.
    pub fn of(invite: &Invite, now: Timestamp) -> Self {
        Self {
            id: invite.id,
            organisation_id: invite.organisation_id,
            email: invite.email.clone(),
            role: invite.role,
            status: invite.status(now),
            created_at: invite.created_at,
            sent_at: invite.sent_at,
            expires_at: invite.expires_at,
        }
    }
}

/// An invitation, as the invited user sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MyInviteView {
    /// Invitation id.
    pub id: InviteId,
    /// The organisation that invites.
    pub organisation_id: OrganisationId,
    /// Name of the organisation.
    pub organisation_name: String,
    /// Handle of the organisation.
    pub organisation_handle: String,
    /// Role after accepting.
    pub role: MemberRole,
    /// Status of the invitation.
    pub status: InviteStatus,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Expiry time.
    pub expires_at: Timestamp,
}

impl MyInviteView {
    /// The view at a given time.
    pub fn of(invite: &Invite, organisation: &Organisation, now: Timestamp) -> Self {
        Self {
            id: invite.id,
            organisation_id: organisation.id,
            organisation_name: organisation.name.clone(),
            organisation_handle: organisation.handle.clone(),
            role: invite.role,
            status: invite.status(now),
            created_at: invite.created_at,
            expires_at: invite.expires_at,
        }
    }
}
