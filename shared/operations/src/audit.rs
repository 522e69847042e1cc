//! Operations on the audit log.

mod export_log;
mod export_selection;
mod extend_tree;
mod visible;

pub use export_log::{NewLogExport, export_log, log_filter};
pub use export_selection::export_selection;
pub use extend_tree::extend_tree;
pub use visible::{LogReader, visible};
