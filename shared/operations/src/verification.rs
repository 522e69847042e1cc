//! Operations on verifications, student status, and the documents that staff hold about users.

mod add_document;
mod decide_verification;
mod expire_images;
mod image;
mod remove_student_status;
mod request_verification;
mod require_reverification;

pub use add_document::add_document;
pub use decide_verification::decide_verification;
pub use expire_images::expire_images;
pub use image::{accept_image, has_image};
pub use remove_student_status::remove_student_status;
pub use request_verification::{already_pending, request_verification, stalled_verification};
pub use require_reverification::require_reverification;
