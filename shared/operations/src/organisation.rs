//! Operations on organisations, their members and invitations.

mod accept_invitation;
mod add_member;
mod change_avatar;
mod change_member_role;
mod create_organisation;
mod dissolve_organisation;
mod event;
mod invite;
mod invitee;
mod notices;
mod offer_ownership;
mod reject_invitation;
mod remove_member;
mod resend_invitation;
mod revoke_invitation;
mod select_organisation;
mod update_organisation;

pub use accept_invitation::accept_invitation;
pub use add_member::add_member;
pub use change_avatar::change_avatar;
pub use change_member_role::change_member_role;
pub use create_organisation::{NewOrganisation, create_organisation, handle_taken};
pub use dissolve_organisation::{dissolve_organisation, erase_left_objects, erase_organisation};
pub use event::EventActor;
pub(crate) use event::OrganisationEvent;
pub use invite::{NewInvitation, invite};
pub use offer_ownership::offer_ownership;
pub use reject_invitation::reject_invitation;
pub use remove_member::{erase_membership, leave_organisation, remove_member};
pub use resend_invitation::resend_invitation;
pub use revoke_invitation::revoke_invitation;
pub use select_organisation::select_organisation;
pub use update_organisation::{OrganisationUpdate, update_organisation};
