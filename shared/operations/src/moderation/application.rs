//! Operations on applications that staff decide.

mod decide_application;
mod reply_to_application;
mod submit_application;

pub use decide_application::{ApplicationGrant, ApplicationUpdate, update_application};
pub use reply_to_application::{AddedReply, reply_to_application};
pub use submit_application::{appeal_ban, check_appeal, submit_application};

use provost_domain::{User, application::Application, audit::Resource};

/// The application as the audit log names it.
fn resource(application: &Application, applicant: &User) -> Resource {
    let id = application.id.to_string();
    Resource::Owned { kind: "application", id, owner: applicant.subject() }
}
