//! Hashes of other systems, in the form in which they are stored until their users sign in.
//!
//! | stored form | from |
//! |---|---|
//! | `$2a$`, `$2b$`, `$2y$` + cost, salt and digest | bcrypt |
//! | `$wp$2y$` + the same | WordPress 6.8: bcrypt of an HMAC-SHA-384 of the password |
//! | `$P$`, `$H$` + rounds, salt and digest | phpass: earlier WordPress, phpBB |
//! | `$pbkdf2-sha1$`, `-sha256$`, `-sha512$` + `i=ROUNDS$SALT$DIGEST` | Django, Keycloak |
//! | `$scrypt$ln=LOG_N,r=R,p=P$SALT$DIGEST` | better-auth, and PHC strings |
//! | `$firebase-scrypt$ln=LOG_N,r=R,sep=SEPARATOR,key=SIGNER$SALT$DIGEST` | Firebase |
//!
//! Binary values are in Base64 without padding, as in PHC strings. A hash that would take too long
//! to verify is not read.

use std::{borrow::Cow, num::NonZeroU32, str::FromStr};

use aws_lc_rs::{
    cipher::{AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey},
    hmac,
    iv::FixedLength,
    pbkdf2,
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use bcrypt::HashParts;
use provost_domain::password::{compatible, composed};
use subtle::ConstantTimeEq;

mod phpass;

use phpass::Phpass;

/// Why a hash of another system is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnusableHash {
    /// No password can be checked against it.
    #[error(
        "This hash has a form that cannot be verified. The user is created without a password and \
         chooses one by the link in the email."
    )]
    Unknown,
    /// Verifying a password would take too long.
    #[error(
        "Verifying this hash takes too long: bcrypt may have a cost of at most 16, PBKDF2 and \
         phpass 10,000,000 rounds, scrypt 64 MiB, Argon2 96 MiB and 1 GiB over all passes. Remove \
         the hash, so that the user chooses a new password."
    )]
    TooCostly,
}

/// Highest cost of bcrypt.
const MAX_BCRYPT_COST: u32 = 16;
/// Highest number of rounds of PBKDF2 and phpass.
pub(super) const MAX_ROUNDS: u32 = 10_000_000;
/// Bytes of memory that scrypt may use, over all lanes.
const MAX_SCRYPT_MEMORY: u64 = 64 * 1024 * 1024;
/// Longest stored form, in bytes.
const MAX_LENGTH: usize = 2048;
/// Shortest digest that is compared, in bytes: a shorter one would match other passwords too.
const MIN_DIGEST: usize = 16;
/// Longest password that is compared, in bytes: some forms hash the whole password in every round.
const MAX_PASSWORD: usize = 4096;

/// A hash of another system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Imported {
    Bcrypt {
        text: String,
        wordpress: bool,
    },
    Phpass(Phpass),
    Pbkdf2 {
        digest_name: &'static str,
        rounds: NonZeroU32,
        salt: Vec<u8>,
        digest: Vec<u8>,
    },
    Scrypt {
        cost: ScryptCost,
        salt: Vec<u8>,
        digest: Vec<u8>,
    },
    Firebase {
        cost: ScryptCost,
        separator: Vec<u8>,
        signer: Vec<u8>,
        salt: Vec<u8>,
        digest: Vec<u8>,
    },
}

/// The parameters of scrypt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ScryptCost {
    log_n: u8,
    r: u32,
    p: u32,
}

impl ScryptCost {
    pub(super) fn new(log_n: u8, r: u32, p: u32) -> Result<Self, UnusableHash> {
        if log_n == 0 || r == 0 || p == 0 {
            return Err(UnusableHash::Unknown);
        }
        let memory = 1_u64
            .checked_shl(u32::from(log_n))
            .and_then(|n| n.checked_mul(128))
            .and_then(|bytes| bytes.checked_mul(u64::from(r)))
            .and_then(|bytes| bytes.checked_mul(u64::from(p)));
        match memory {
            Some(memory) if log_n < 32 && memory <= MAX_SCRYPT_MEMORY => Ok(Self { log_n, r, p }),
            _ => Err(UnusableHash::TooCostly),
        }
    }

    fn derive(self, password: &[u8], salt: &[u8], out: &mut [u8]) -> Option<()> {
        let params = scrypt::Params::new(self.log_n, self.r, self.p).ok()?;
        scrypt::scrypt(password, salt, &params, out).ok()
    }
}

impl Imported {
    /// Reads the stored form.
    pub(super) fn read(text: &str) -> Result<Self, UnusableHash> {
        if text.len() > MAX_LENGTH {
            return Err(UnusableHash::Unknown);
        }
        if text.starts_with("$2") {
            return Self::bcrypt(text, false);
        }
        if let Some(rest) = text.strip_prefix("$wp")
            && rest.starts_with("$2y$")
        {
            return Self::bcrypt(rest, true);
        }
        if text.starts_with("$P$") || text.starts_with("$H$") {
            return Phpass::read(text).map(Self::Phpass);
        }
        let parts: Vec<&str> = text.split('$').collect();
        let ["", name, parameters, salt, digest] = parts.as_slice() else {
            return Err(UnusableHash::Unknown);
        };
        let (salt, digest) = (decoded(salt)?, decoded(digest)?);
        let parameters = Parameters::read(parameters)?;
        match *name {
            "scrypt" => {
                let cost = parameters.cost(parameters.number("p")?)?;
                Self::scrypt(cost, salt, digest)
            }
            "firebase-scrypt" => Self::firebase(
                parameters.cost(1)?,
                decoded(parameters.text("sep")?)?,
                decoded(parameters.text("key")?)?,
                salt,
                digest,
            ),
            name => Self::pbkdf2(
                name.strip_prefix("pbkdf2-").ok_or(UnusableHash::Unknown)?,
                parameters.number("i")?,
                salt,
                digest,
            ),
        }
    }

    fn bcrypt(text: &str, wordpress: bool) -> Result<Self, UnusableHash> {
        // `$2x$` marks the hashes of a faulty program, which no correct one can verify.
        let known = ["$2a$", "$2b$", "$2y$"].iter().any(|version| text.starts_with(version));
        let parts = HashParts::from_str(text).ok().filter(|_| known);
        match parts.map(|parts| parts.get_cost()) {
            Some(0..=3) | None => Err(UnusableHash::Unknown),
            Some(cost) if cost > MAX_BCRYPT_COST => Err(UnusableHash::TooCostly),
            Some(_) => Ok(Self::Bcrypt { text: text.to_owned(), wordpress }),
        }
    }

    /// A hash by PBKDF2 with HMAC of this digest: `sha1`, `sha256` or `sha512`.
    pub(super) fn pbkdf2(
        digest_name: &str,
        rounds: u64,
        salt: Vec<u8>,
        digest: Vec<u8>,
    ) -> Result<Self, UnusableHash> {
        let known = ["sha1", "sha256", "sha512"].into_iter().find(|name| *name == digest_name);
        let digest_name = known.ok_or(UnusableHash::Unknown)?;
        if digest.len() < MIN_DIGEST {
            return Err(UnusableHash::Unknown);
        }
        if rounds > u64::from(MAX_ROUNDS) {
            return Err(UnusableHash::TooCostly);
        }
        let rounds = u32::try_from(rounds).ok().and_then(NonZeroU32::new);
        let rounds = rounds.ok_or(UnusableHash::Unknown)?;
        Ok(Self::Pbkdf2 { digest_name, rounds, salt, digest })
    }

    /// A hash by scrypt.
    pub(super) fn scrypt(
        cost: ScryptCost,
        salt: Vec<u8>,
        digest: Vec<u8>,
    ) -> Result<Self, UnusableHash> {
        let long_enough = (MIN_DIGEST..=128).contains(&digest.len());
        long_enough.then_some(Self::Scrypt { cost, salt, digest }).ok_or(UnusableHash::Unknown)
    }

    /// A hash by Firebase: the signer key of the project, encrypted under a key that scrypt derives.
    pub(super) fn firebase(
        cost: ScryptCost,
        separator: Vec<u8>,
        signer: Vec<u8>,
        salt: Vec<u8>,
        digest: Vec<u8>,
    ) -> Result<Self, UnusableHash> {
        if digest.len() < MIN_DIGEST || digest.len() != signer.len() {
            return Err(UnusableHash::Unknown);
        }
        Ok(Self::Firebase { cost, separator, signer, salt, digest })
    }

    /// Whether a password matches, as typed or in the form that its system hashes.
    pub(super) fn matches(&self, password: &str) -> bool {
        if password.len() > MAX_PASSWORD {
            return false;
        }
        let mut right = false;
        // Every form is checked, so that the time depends only on the given password.
        for form in self.forms(password) {
            right |= self.check(&form).unwrap_or(false);
        }
        right
    }

    /// The forms in which a password may have been hashed: as typed; composed, since keyboards
    /// differ; and as its system changes it.
    fn forms<'a>(&self, password: &'a str) -> Vec<Cow<'a, str>> {
        let own = match self {
            // WordPress leaves out blanks at the ends.
            Self::Phpass(_) | Self::Bcrypt { wordpress: true, .. } => {
                Cow::Borrowed(password.trim_matches([' ', '\t', '\n', '\r', '\0', '\u{b}']))
            }
            Self::Scrypt { .. } => compatible(password),
            _ => composed(password),
        };
        let typed = Cow::Borrowed(password);
        if own == typed { vec![typed] } else { vec![typed, own] }
    }

    fn check(&self, password: &str) -> Option<bool> {
        let bytes = password.as_bytes();
        match self {
            Self::Bcrypt { text, wordpress: false } => bcrypt::verify(bytes, text).ok(),
            Self::Bcrypt { text, wordpress: true } => {
                let key = hmac::Key::new(hmac::HMAC_SHA384, b"wp-sha384");
                let hashed = STANDARD.encode(hmac::sign(&key, bytes));
                bcrypt::verify(hashed, text).ok()
            }
            Self::Phpass(phpass) => Some(phpass.matches(bytes)),
            Self::Pbkdf2 { digest_name, rounds, salt, digest } => {
                let (algorithm, length) = match *digest_name {
                    "sha1" => (pbkdf2::PBKDF2_HMAC_SHA1, 20),
                    "sha256" => (pbkdf2::PBKDF2_HMAC_SHA256, 32),
                    _ => (pbkdf2::PBKDF2_HMAC_SHA512, 64),
                };
                // Each further block would cost as much as the first and tell nothing more.
                let digest = digest.get(..length.min(digest.len()))?;
                let mut out = vec![0; digest.len()];
                pbkdf2::derive(algorithm, *rounds, salt, bytes, &mut out);
                Some(out.ct_eq(digest).into())
            }
            Self::Scrypt { cost, salt, digest } => {
                let mut out = vec![0; digest.len()];
                cost.derive(bytes, salt, &mut out)?;
                Some(out.ct_eq(digest).into())
            }
            Self::Firebase { cost, separator, signer, salt, digest } => {
                let salt = [salt.as_slice(), separator].concat();
                let mut derived = [0; 64];
                cost.derive(bytes, &salt, &mut derived)?;
                let key = UnboundCipherKey::new(&AES_256, derived.get(..32)?).ok()?;
                let mut out = signer.clone();
                let start = EncryptionContext::Iv128(FixedLength::from([0; 16]));
                EncryptingKey::ctr(key).ok()?.less_safe_encrypt(&mut out, start).ok()?;
                Some(out.ct_eq(digest).into())
            }
        }
    }

    /// The stored form.
    pub(super) fn to_text(&self) -> String {
        let encode = |bytes: &[u8]| STANDARD_NO_PAD.encode(bytes);
        match self {
            Self::Bcrypt { text, wordpress } if *wordpress => format!("$wp{text}"),
            Self::Bcrypt { text, .. } => text.clone(),
            Self::Phpass(phpass) => phpass.text.clone(),
            Self::Pbkdf2 { digest_name, rounds, salt, digest } => {
                format!("$pbkdf2-{digest_name}$i={rounds}${}${}", encode(salt), encode(digest))
            }
            Self::Scrypt { cost: ScryptCost { log_n, r, p }, salt, digest } => {
                format!("$scrypt$ln={log_n},r={r},p={p}${}${}", encode(salt), encode(digest))
            }
            Self::Firebase {
                cost: ScryptCost { log_n, r, .. },
                separator,
                signer,
                salt,
                digest,
            } => {
                format!(
                    "$firebase-scrypt$ln={log_n},r={r},sep={},key={}${}${}",
                    encode(separator),
                    encode(signer),
                    encode(salt),
                    encode(digest)
                )
            }
        }
    }
}

fn decoded(text: &str) -> Result<Vec<u8>, UnusableHash> {
    STANDARD_NO_PAD.decode(text).map_err(|_| UnusableHash::Unknown)
}

/// The parameters of a PHC string: `i=210000` or `ln=14,r=8,p=1`.
struct Parameters<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Parameters<'a> {
    fn read(text: &'a str) -> Result<Self, UnusableHash> {
        let pairs = text.split(',').map(|pair| pair.split_once('=').ok_or(UnusableHash::Unknown));
        pairs.collect::<Result<_, _>>().map(Self)
    }

    fn text(&self, name: &str) -> Result<&'a str, UnusableHash> {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| *value).ok_or(UnusableHash::Unknown)
    }

    fn number(&self, name: &str) -> Result<u64, UnusableHash> {
        self.text(name)?.parse().map_err(|_| UnusableHash::Unknown)
    }

    fn cost(&self, lanes: u64) -> Result<ScryptCost, UnusableHash> {
        let costly = |_| UnusableHash::TooCostly;
        ScryptCost::new(
            u8::try_from(self.number("ln")?).map_err(costly)?,
            u32::try_from(self.number("r")?).map_err(costly)?,
            u32::try_from(lanes).map_err(costly)?,
        )
    }
}
