//! SSH keys: public keys that users sign in to servers with. Only the key is stored, without its
//! comment, which can name the user's machine.

use serde::{Deserialize, Serialize};

use crate::{SshKeyId, Timestamp};

/// Maximum number of SSH keys per user.
pub const MAX_SSH_KEYS: usize = 50;

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
