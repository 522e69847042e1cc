//! User accounts: one strongly consistent read decides a request; every write is conditional on the
//! revision that was read.

mod account;
mod claims;
mod count;
mod subjects;
mod updates;

pub use account::{key, partition, read};
pub use claims::{
    Claim, email_claim, external_id_claim, oauth_claim, phone_claim, unique_id_claim,
    username_claim,
};
pub use subjects::{SubjectItem, subject_key};
pub(crate) use updates::counted_try;
