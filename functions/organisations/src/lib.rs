//! The routes of the function `organisations`: organisations, their members and invitations.

mod activity;
mod avatar;
mod create;
mod find;
mod invites;
mod list;
mod members;
mod remove;
mod select;
mod show;
mod update;
mod views;

use http::Method;
use provost_domain::{
    Code,
    Permission::{OrgDelete, OrgRead, OrgUpdate},
};
use provost_http::{Access, Effect::Write, InOrganisation, Routes};

/// Path of organisations.
pub(crate) const ORGANISATIONS: &str = "/api/organisations";

/// The routes of this function.
pub fn routes() -> Routes {
    let (member, admin, owner) = (
        InOrganisation::member_or(OrgRead),
        InOrganisation::admin_or(OrgUpdate),
        InOrganisation::owner_or(OrgUpdate),
    );
    Routes::of("organisations")
        .get("/api/organisations", Access::signed_in().including_pending_deletion(), list::list_organisations, "List your organisations, oldest first.")
        .route(Method::POST, "/api/organisations", Access::signed_in(), Write, create::create_organisation, "Create an organisation. You become its owner.").errors(&[Code::AlreadyExists, Code::ContactReserved, Code::TierLimit, Code::RateLimited])
        .get(
            "/api/organisations/invites",
            Access::signed_in(),
            invites::list_mine::list_my_invitations,
            "List your open invitations.",
        )
        .route(
            Method::POST,
            "/api/organisations/invites/{inviteId}/accept",
            Access::signed_in(),
            Write,
            invites::accept::accept_invitation,
            "Accept an invitation to your confirmed address. You join the organisation, or become its owner.",
        ).errors(&[Code::InvalidAction, Code::LinkExpired, Code::LinkRevoked, Code::AlreadyExists, Code::TierLimit, Code::StaleVersion])
        .route(
            Method::POST,
            "/api/organisations/invites/{inviteId}/reject",
            Access::signed_in(),
            Write,
            invites::reject::reject_invitation,
            "Reject an invitation to your confirmed address.",
        ).errors(&[Code::InvalidAction, Code::LinkExpired, Code::LinkRevoked])
        .get("/api/organisations/{id}", member.including_pending_deletion(), show::get_organisation, "Get an organisation.")
        .route(
            Method::PUT,
            "/api/organisations/{id}",
            admin,
            Write,
            update::update_organisation,
            "Update an organisation's name or handle. Staff can also change its tier.",
        ).errors(&[Code::AdminRequired, Code::InvalidAction, Code::StaleVersion, Code::AlreadyExists, Code::ContactReserved])
        .route(
            Method::DELETE,
            "/api/organisations/{id}",
            InOrganisation::owner_or(OrgDelete).including_half_deleted().including_pending_deletion(),
            Write,
            remove::delete_organisation,
            "Delete an organisation with its memberships, invitations and activity. Its members are notified. A repeated request continues an interrupted deletion.",
        ).errors(&[Code::StaleVersion])
        .get("/api/organisations/{id}/users", member.including_pending_deletion(), members::list::list_organisation_members, "List the members of an organisation.")
        .route(
            Method::POST,
            "/api/organisations/{id}/invite",
            admin,
            Write,
            invites::create::invite_member,
            "Invite a person by email. Users with an account also get a notification.",
        ).errors(&[Code::AlreadyExists, Code::RateLimited])
        .route(
            Method::POST,
            "/api/organisations/{id}/invite/{inviteId}/resend",
            admin,
            Write,
            invites::resend::resend_invitation,
            "Resend an open invitation, at most once a minute. It is valid for another week.",
        ).errors(&[Code::InvalidAction, Code::LinkExpired, Code::LinkRevoked, Code::RateLimited])
        .route(Method::DELETE, "/api/organisations/{id}/invite/{inviteId}", admin, Write, invites::revoke::revoke_invitation, "Revoke an open invitation.").errors(&[Code::InvalidAction, Code::LinkExpired, Code::LinkRevoked])
        .route(
            Method::POST,
            "/api/organisations/{id}/add-user",
            InOrganisation::staff(OrgUpdate),
            Write,
            members::add::add_organisation_member,
            "Add a user to an organisation without an invitation.",
        ).errors(&[Code::InvalidUserId, Code::AlreadyExists, Code::InvalidAction])
        .route(
            Method::POST,
            "/api/organisations/{id}/users/{userId}/role",
            owner.including_pending_deletion(),
            Write,
            members::change_role::change_member_role,
            "Change a member's role. Ownership is offered as an invitation that is valid for seven days. When the member accepts, the previous owner becomes an admin.",
        ).errors(&[Code::SoleOwner, Code::TierLimit, Code::StaleVersion, Code::InvalidAction, Code::AlreadyExists, Code::RateLimited])
        .route(
            Method::DELETE,
            "/api/organisations/{id}/users/{userId}",
            admin.including_pending_deletion(),
            Write,
            members::remove::remove_organisation_member,
            "Remove a member from an organisation.",
        ).errors(&[Code::SoleOwner])
        .route(Method::POST, "/api/organisations/{id}/leave", InOrganisation::MEMBER, Write, members::leave::leave_organisation, "Leave an organisation.").errors(&[Code::SoleOwner])
        .route(
            Method::POST,
            "/api/organisations/{id}/select",
            InOrganisation::MEMBER,
            Write,
            select::select_organisation,
            "Select the organisation you work in. `GET /api/users/me` shows it.",
        )
        .route(
            Method::POST,
            "/api/organisations/{id}/avatar",
            admin,
            Write,
            avatar::upload_organisation_avatar,
            "Upload an organisation's avatar, PNG or JPEG. It is cropped to 256 by 256 pixels.",
        ).errors(&[Code::StaleVersion])
        .get("/api/organisations/{id}/activity", member, activity::list_organisation_activity, "List the activity of an organisation, newest first.")
}
