//! The routes of the function `organisations`: workspaces that people share, who belongs to them, and how one joins and leaves.

mod accept;
mod activity;
mod add_user;
mod avatar;
mod change_role;
mod create;
mod dissolve;
mod find;
mod invite;
mod leave;
mod list;
mod members;
mod my_invites;
mod offer_ownership;
mod record;
mod reject;
mod remove;
mod remove_member;
mod resend;
mod revoke;
mod select;
mod send;
mod show;
mod update;
mod views;

use http::Method;
use provost_domain::{
    Code,
    Permission::{OrgDelete, OrgRead, OrgUpdate},
};
use provost_http::{Effect::Write, InOrganisation, Leaving, Routes, SignedIn};

/// Where organisations are.
pub(crate) const ORGANISATIONS: &str = "/api/organisations";

/// The table of this function.
pub fn routes() -> Routes {
    let (member, admin, owner) =
        (InOrganisation::member_or(OrgRead), InOrganisation::admin_or(OrgUpdate), InOrganisation::owner_or(OrgUpdate));
    Routes::of("organisations")
        .get("/api/organisations", Leaving, list::list_organisations, "List the organisations that the signed-in person belongs to, oldest first.")
        .row(Method::POST, "/api/organisations", SignedIn, Write, create::create_organisation, "Found an organisation; its founder is its owner.").refuses(&[Code::AlreadyExists, Code::ContactReserved, Code::TierLimit, Code::RateLimited])
        .get(
            "/api/organisations/invites",
            SignedIn,
            my_invites::list_my_invitations,
            "List the invitations that wait for the signed-in person's answer.",
        )
        .row(
            Method::POST,
            "/api/organisations/invites/{inviteId}/accept",
            SignedIn,
            Write,
            accept::accept_invitation,
            "Accept an invitation to one's own confirmed address: join the organisation, or become its owner.",
        ).refuses(&[Code::InvalidAction, Code::LinkExpired, Code::LinkRevoked, Code::AlreadyExists, Code::TierLimit, Code::StaleVersion])
        .row(
            Method::POST,
            "/api/organisations/invites/{inviteId}/reject",
            SignedIn,
            Write,
            reject::reject_invitation,
            "Reject an invitation to one's own confirmed address.",
        ).refuses(&[Code::InvalidAction, Code::LinkExpired, Code::LinkRevoked])
        .get("/api/organisations/{id}", member.even_leaving(), show::get_organisation, "Show an organisation.")
        .row(
            Method::PUT,
            "/api/organisations/{id}",
            admin,
            Write,
            update::update_organisation,
            "Change an organisation's name or handle; staff also its tier.",
        ).refuses(&[Code::AdminRequired, Code::InvalidAction, Code::StaleVersion, Code::AlreadyExists, Code::ContactReserved])
        .row(
            Method::DELETE,
            "/api/organisations/{id}",
            InOrganisation::owner_or(OrgDelete).even_half_deleted().even_leaving(),
            Write,
            remove::delete_organisation,
            "Delete an organisation with its memberships, invitations and activity; its members are told. Asked again, it goes on where it was stopped.",
        ).refuses(&[Code::StaleVersion])
        .get("/api/organisations/{id}/users", member.even_leaving(), members::list_organisation_members, "List the members of an organisation.")
        .row(
            Method::POST,
            "/api/organisations/{id}/invite",
            admin,
            Write,
            invite::invite_member,
            "Invite someone by mail; whoever has an account finds a notice in their mailbox too.",
        ).refuses(&[Code::AlreadyExists, Code::RateLimited])
        .row(
            Method::POST,
            "/api/organisations/{id}/invite/{inviteId}/resend",
            admin,
            Write,
            resend::resend_invitation,
            "Send an open invitation again, at most once a minute; it is open for another week.",
        ).refuses(&[Code::InvalidAction, Code::LinkExpired, Code::LinkRevoked, Code::RateLimited])
        .row(Method::DELETE, "/api/organisations/{id}/invite/{inviteId}", admin, Write, revoke::revoke_invitation, "Withdraw an open invitation.").refuses(&[Code::InvalidAction, Code::LinkExpired, Code::LinkRevoked])
        .row(
            Method::POST,
            "/api/organisations/{id}/add-user",
            InOrganisation::staff(OrgUpdate),
            Write,
            add_user::add_organisation_member,
            "Add someone who has an account without an invitation.",
        ).refuses(&[Code::InvalidUserId, Code::AlreadyExists, Code::InvalidAction])
        .row(
            Method::POST,
            "/api/organisations/{id}/users/{userId}/role",
            owner.even_leaving(),
            Write,
            change_role::change_member_role,
            "Change a member's role. The role of owner is offered to the member, who finds it among their invitations for seven days; when they accept, the owner before becomes an admin.",
        ).refuses(&[Code::SoleOwner, Code::TierLimit, Code::StaleVersion, Code::InvalidAction, Code::AlreadyExists, Code::RateLimited])
        .row(
            Method::DELETE,
            "/api/organisations/{id}/users/{userId}",
            admin.even_leaving(),
            Write,
            remove_member::remove_organisation_member,
            "Take a member out of an organisation.",
        ).refuses(&[Code::SoleOwner])
        .row(Method::POST, "/api/organisations/{id}/leave", InOrganisation::MEMBER, Write, leave::leave_organisation, "Leave an organisation.").refuses(&[Code::SoleOwner])
        .row(
            Method::POST,
            "/api/organisations/{id}/select",
            InOrganisation::MEMBER,
            Write,
            select::select_organisation,
            "Work in this organisation from now on; one's own account names it.",
        )
        .row(
            Method::POST,
            "/api/organisations/{id}/avatar",
            admin,
            Write,
            avatar::upload_organisation_avatar,
            "Give an organisation a picture, PNG or JPEG; a square of 256 by 256 is made from it.",
        ).refuses(&[Code::StaleVersion])
        .get("/api/organisations/{id}/activity", member, activity::list_organisation_activity, "List what changed in an organisation, newest first.")
}
