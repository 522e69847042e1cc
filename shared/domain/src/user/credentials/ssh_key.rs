//! SSH keys: public keys that users sign in to servers with. Only the key is stored, without its
//! comment, which can name the user's machine.

use serde::{Deserialize, Serialize};

use crate::{ApiError, Code, SshKeyId, Timestamp};

/// Maximum number of SSH keys per user.
pub const MAX_SSH_KEYS: usize = 50;
/// Maximum length of the label of a key, in characters.
pub const MAX_NAME: usize = 64;

/// Checks that a user with these keys may add one with this fingerprint.
///
/// # Errors
/// `ALREADY_EXISTS` if the user has it, `INVALID_ACTION` above the maximum number.
pub fn check_addable(keys: &[SshKey], fingerprint: &str) -> Result<(), ApiError> {
    if let Some(same) = keys.iter().find(|key| key.fingerprint == fingerprint) {
        return Err(ApiError::new(
            Code::AlreadyExists,
            "This key is already in your account. Use it, or delete it first.",
        )
        .with("field", "publicKey")
        .with("id", same.id.to_string()));
    }
    if keys.len() >= MAX_SSH_KEYS {
        return Err(ApiError::invalid_action(
            "You have the maximum of 50 SSH keys. Delete one first.",
            &["remove-key"],
        ));
    }
    Ok(())
}

/// A public key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SshKey {
    /// SSH key id.
    pub id: SshKeyId,
    /// Name that the user gave the key.
    pub name: String,
    /// The algorithm as OpenSSH names it, such as `ssh-ed25519`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The strength as `ssh-keygen -l` says it: the modulus of an RSA key, the curve of any other,
    /// in bits.
    pub bits: u32,
    /// The fingerprint as OpenSSH writes it: `SHA256:` and 43 characters of base64.
    pub fingerprint: String,
    /// The key in one line, without a comment.
    pub public_key: String,
    /// Time of creation.
    pub created_at: Timestamp,
}
