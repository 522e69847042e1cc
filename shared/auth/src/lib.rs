//! Authentication and authorization: tokens, keys, passwords, and the access decision for every
//! request before its body is read.

mod accepted;
pub mod caller;
pub mod keys;
pub mod one_time_code;
pub mod password;
pub mod presented;
pub mod refresh;
pub mod secret;
pub mod token;
pub mod webhook;

pub use caller::{Caller, Credential};
pub use keys::{Purpose, Signer, Verifier};
pub use presented::Presented;

// A build outside the repository lacks its settings, and every cold start then gathers entropy from
// CPU jitter for 38 ms.
const _: () = assert!(
    matches!(option_env!("AWS_LC_SYS_NO_JITTER_ENTROPY"), Some(value) if matches!(value.as_bytes(), b"1")),
    "build inside the repository: cargo takes AWS_LC_SYS_NO_JITTER_ENTROPY=1 from its .cargo/config.toml"
);
