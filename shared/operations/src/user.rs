//! Operations on the account of a user.

mod add_note;
mod avatar;
pub mod bulk;
mod change_role;
mod contact;
mod create_root;
mod create_user;
mod directory;
mod grant;
mod oauth;
mod record_enrollment;
mod register;
mod remaining_root;
mod restore;
mod set_unique_id;
mod set_verified_badge;
mod status;
mod turn_off_two_factor;
mod update_account;
mod update_contributor;

pub use add_note::{AddedNote, add_note};
pub use avatar::{ChangedAvatar, discard_avatar, remove_avatar, set_avatar};
pub use change_role::{change_role, change_types};
pub use contact::{confirm_email, contact_conflict, request_confirmation};
pub use create_root::create_root;
pub use create_user::{CreationEmail, NewCredential, NewUser, create_user};
pub use directory::{
    ExistingRow, ImportOutcome, ImportPlan, ImportedRow, NewView, OwnedView, PlannedRow,
    RowWithoutPassword, UsersExport, delete_view, export_users, import_users, plan_import,
    record_import, save_view, start_users_export, update_view, users_selection,
};
pub use grant::{EndedGrant, Granted, NewGrant, end_grant, expire_grant, grant_benefit};
pub use oauth::{link_oauth, unlink_oauth};
pub use record_enrollment::record_enrollment;
pub use register::{Registration, register};
pub use remaining_root::{require_remaining_root, require_remaining_root_besides};
pub use restore::{Restored, restore};
pub use set_unique_id::{SetUniqueId, WantedUniqueId, set_unique_id};
pub use set_verified_badge::set_verified_badge;
pub use status::{
    Ban, Lift, WantedStatus, ban, change_status, expire_suspension, lift_suspension, set_status,
    status_permission,
};
pub use turn_off_two_factor::turn_off_two_factor;
pub use update_account::{AccountUpdate, NewPassword, Proof, SetByStaff, update_account};
pub use update_contributor::{UpdatedContributor, update_contributor};
