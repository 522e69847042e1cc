//! Who is calling, and whether they may: tokens, keys, passwords, and the decision that every request passes before its body is read.

pub mod caller;
pub mod keys;
pub mod password;
pub mod presented;
pub mod refresh;
pub mod secret;
pub mod token;
pub mod webhook;

pub use caller::{Caller, Credential};
pub use keys::{Purpose, Signer, Verifier};
pub use presented::Presented;
