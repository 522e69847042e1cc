//! Verifications over HTTP: student status and identity, their evidence, who can see and decide
//! them, and documents about users.

mod api {
    mod documents;
    mod evidence;
    mod identity;
    mod reasons;
    mod refusals;
    mod student;
    pub mod support;
}
