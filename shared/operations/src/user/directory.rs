//! Users of the platform as a list: files of them, and saved views.

mod export_users;
mod import_users;
mod saved_views;

pub use export_users::{UsersExport, export_users, start_users_export, users_selection};
pub use import_users::{
    ExistingRow, ImportOutcome, ImportPlan, ImportedRow, PlannedRow, RowWithoutPassword,
    import_users, plan_import, record_import,
};
pub use saved_views::{NewView, OwnedView, delete_view, save_view, update_view};
