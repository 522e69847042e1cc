//! Verifications over HTTP: student status and identity, what is sent for them, who sees and
//! decides; and documents about people.

mod api {
    mod documents;
    mod evidence;
    mod identity;
    mod reasons;
    mod refusals;
    mod student;
    pub mod support;
}
