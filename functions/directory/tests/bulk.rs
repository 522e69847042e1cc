//! Bulk actions on users over HTTP and by the worker: plans, jobs, cancellation and undo.

#[path = "bulk/access.rs"]
mod access;
#[path = "bulk/approving.rs"]
mod approving;
#[path = "bulk/deleting.rs"]
mod deleting;
#[path = "bulk/input.rs"]
mod input;
#[path = "bulk/kills.rs"]
mod kills;
#[path = "bulk/stage.rs"]
mod stage;
#[path = "bulk/undoing.rs"]
mod undoing;
#[path = "bulk/updating.rs"]
mod updating;
