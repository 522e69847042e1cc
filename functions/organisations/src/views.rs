//! Organisations, members and invitations as they are answered.

use provost_app::App;
use provost_domain::{
    Email, InviteId, OrganisationId, Timestamp, UserId,
    organisation::{MemberRole, Organisation},
    organisation_invite::{Invite, InviteStatus},
    principal::PortalTier,
};
use provost_store::StoreError;
use schemars::JsonSchema;
use serde::Serialize;

/// An organisation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganisationView {
    /// Its id.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
    /// Its globally unique handle.
    pub handle: String,
    /// Who answers for it.
    pub owner_id: UserId,
    /// Its tier.
    pub portal_tier: PortalTier,
    /// How many servers the tier allows; null means any number.
    pub max_servers: Option<u32>,
    /// Where its picture is, for a minute; null when it has none.
    pub avatar_url: Option<String>,
    /// How many members it has.
    pub member_count: u64,
    /// The caller's role; null for staff who do not belong to it.
    pub role: Option<MemberRole>,
    /// When it was founded.
    pub created_at: Timestamp,
    /// Since when it is being deleted; only when that was begun and not finished. Ask for its deletion again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleting_since: Option<Timestamp>,
    /// Counts its changes; the same as the `ETag`.
    pub version: u64,
    /// The newest 200 invitations that wait for an answer, newest first, for those who run the organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invites: Option<Vec<InviteView>>,
}

impl OrganisationView {
    /// The view for someone with this role, with a URL of the picture that works for a minute.
    ///
    /// # Errors
    /// When the URL cannot be signed.
    pub async fn of(app: &App, organisation: &Organisation, role: Option<MemberRole>) -> Result<Self, StoreError> {
        let avatar_url = match &organisation.avatar_key {
            Some(key) => Some(app.store().presign_picture(&app.store().names().files, key).await?),
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
    /// The person.
    pub user_id: UserId,
    /// Their name; null when the account is gone.
    pub name: Option<String>,
    /// Their address, for those who run the organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// What they may do.
    pub role: MemberRole,
    /// Since when they belong to it.
    pub joined_at: Timestamp,
    /// Fields that are left out because the caller may not see them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redacted: Vec<&'static str>,
}

/// One's own membership.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MembershipView {
    /// The organisation.
    pub organisation_id: OrganisationId,
    /// The person.
    pub user_id: UserId,
    /// What they may do.
    pub role: MemberRole,
    /// Since when they belong to it.
    pub joined_at: Timestamp,
    /// The offer of ownership that now waits for this member's answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ownership_offer: Option<InviteView>,
}

/// An invitation as those see it who run the organisation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InviteView {
    /// Its id. It lets nobody in but the invited person.
    pub id: InviteId,
    /// The organisation.
    pub organisation_id: OrganisationId,
    /// The invited address; null once the invitation has ended.
    pub email: Option<Email>,
    /// What the invited person becomes.
    pub role: MemberRole,
    /// Where it stands.
    pub status: InviteStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last sent.
    pub sent_at: Timestamp,
    /// Until when it can be answered.
    pub expires_at: Timestamp,
}

impl InviteView {
    /// The view at this time.
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

/// An invitation as the invited person sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MyInviteView {
    /// Its id.
    pub id: InviteId,
    /// The organisation.
    pub organisation_id: OrganisationId,
    /// The organisation's name.
    pub organisation_name: String,
    /// The organisation's handle.
    pub organisation_handle: String,
    /// What the person would become.
    pub role: MemberRole,
    /// Where it stands.
    pub status: InviteStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it can be answered.
    pub expires_at: Timestamp,
}

impl MyInviteView {
    /// The view at this time.
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
