//! Faults of records, and the errors for them.

use crate::{ApiError, dns::Record};

/// Maximum length of a CNAME chain within a zone; resolvers give up on longer chains.
pub const MAX_CHAIN: usize = 8;

/// A fault of a record, given the other records of its zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The CNAME leads to itself through others.
    Loop,
    /// The CNAME chain is longer than [`MAX_CHAIN`].
    LongChain,
    /// The host that the record points to is an alias.
    Alias(String),
    /// The zone's own name server has no address in the zone that contains it.
    NoAddress(String),
}

impl Fault {
    pub(super) fn in_content(&self) -> ApiError {
        match self {
            Self::Loop => ApiError::field(
                "content",
                "loop",
                "This CNAME leads back to its own name. Enter a name that has an address.",
            ),
            Self::LongChain => ApiError::field(
                "content",
                "too_long",
                format!(
                    "This chain has more than {MAX_CHAIN} CNAMEs. Enter the name at the end of the chain."
                ),
            ),
            Self::Alias(name) => ApiError::field(
                "content",
                "alias",
                format!(
                    "{name} is an alias (CNAME), and this type of record needs a host with its own address. Enter the host that the alias points to."
                ),
            ),
            Self::NoAddress(name) => ApiError::field(
                "content",
                "no_address",
                format!(
                    "{name} is in this zone and has no address, so resolvers could not find the zone. Add an A or AAAA record for it first."
                ),
            ),
        }
    }

    pub(super) fn in_other(&self, other: &Record) -> ApiError {
        let (kind, name) = (other.kind.as_str(), &other.name);
        let detail = match self {
            Self::Loop => format!(
                "This change would make the CNAME of {name} lead back to itself. Change that record first."
            ),
            Self::LongChain => {
                format!(
                    "This change would make the CNAME of {name} lead through more than {MAX_CHAIN} others. Change that record first."
                )
            }
            Self::Alias(host) => {
                format!(
                    "The {kind} record of {name} points to {host}, which this change makes an alias (CNAME). Change that record first."
                )
            }
            Self::NoAddress(host) => {
                format!(
                    "The {kind} record of {name} points to {host}, which this change leaves without an address. Change that record first."
                )
            }
        };
        ApiError::invalid_action(detail, &["update-record", "remove-record"])
            .with("id", other.id.to_string())
    }
}
