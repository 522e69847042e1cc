//! Work that outlasts a request: jobs, messages of the outbox, what is due at a time.

pub mod bulk_jobs;
pub mod jobs;
pub mod outbox;
pub mod scheduled_work;
