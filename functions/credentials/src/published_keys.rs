//! SSH keys with public private keys: anyone can sign with them.

/// The fingerprints, as OpenSSH writes them.
const PUBLISHED: &[&str] = &[
    // The keys that Vagrant ships with its boxes.
    "SHA256:1M4RzhMyWuFS/86uPY/ce2prh/dVTHW7iD2RhpquOZA",
    "SHA256:WkvqjnyPAeC0cbPErYiGP9vqHdgL1MqqvPdIe3lvHgI",
    // The test vectors of Ed25519 (RFC 8032, section 7.1).
    "SHA256:bbXpuKG6zhzdmnxq256TlqzFBzRl2f6OOg722cYNbU8",
    "SHA256:F34nin7tcaYH6WR5LSWSfj6weFBPfBpuyUUoPFP9YjA",
    "SHA256:s3Z2A+mldeflHo5TMMEUA7MlkMg96xvtqH9DGLHHZmE",
    "SHA256:ygncDm+bRKbQfQFmIZIy7G1yLvpOATCb+D1dWLd+WwQ",
    "SHA256:LuQFmSsJbAkjYpb1LObnHa6mOAGiucbY/zOy8nrd28I",
    // The test vectors of ECDSA on P-256, P-384 and P-521 (RFC 6979, appendices A.2.5 to A.2.7),
    // and the P-256 key of the scalar 1.
    "SHA256:hfuNWmjIYvsBGZ6dpCLTTAEa5LxbZABRHHVoynAxFlo",
    "SHA256:r2gb6ll4RdAhNje52WqzvC1ICUeSzSZMbpRpQKNxTQw",
    "SHA256:OKhGsQFTbsHhYl6O3WOTYhhcpWrB+ocpaF9jPa5h/Ag",
    "SHA256:SFMVDOrhOSBssOVH9hIcK/Z2XVf1oSVMjNCL8u2aICY",
    // The test data of Go's package `golang.org/x/crypto/ssh`.
    "SHA256:PsCW780uRQ7Gd9AEuC41tJmMyunRxzZdcGmuQn5ZRFI",
    "SHA256:vpjmIQqFt+isvIX86lyWzvbyXTxM4DQQOkn2W6Vcq3M",
    "SHA256:To03tlxBwlF8JMeme0rKWaOfF+mLWlpUrqMtiIOm9Tg",
    "SHA256:ZhSCpguE+QlI0gjpp2qCdOpZKe3DCNC98J2p0xjDQpA",
    "SHA256:DbuSF5a8c3JMmpZ5WiK8oLAx97Uu8zIAFReb/NyTPuo",
    "SHA256:mV1mPX4S6TE+odyfWDXGrC5fvQbLh+w8o2NK3q2MmYw",
    // The Ed25519 key in PiUNora's image of 24 November 2021.
    "SHA256:MlQfTrr4GkwEXWhIdaO2UQqraKMWLwNos2gDRkahH9g",
];

/// Whether the private key for this fingerprint was published.
pub(crate) fn is_published(fingerprint: &str) -> bool {
    PUBLISHED.contains(&fingerprint)
}
