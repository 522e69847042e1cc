//! What a route changes.

/// The effect of a route. It decides what impersonation allows, not the method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Changes nothing.
    Read,
    /// Changes something.
    Write,
    /// Involves credentials, keys, deletions, exports or money.
    Sensitive,
}

impl Effect {
    /// The effect in a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Sensitive => "sensitive",
        }
    }
}
