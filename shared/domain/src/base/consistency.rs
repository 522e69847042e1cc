//! Consistency tokens: what a caller has changed, so that a list which comes from an index can
//! wait for it ("read your writes").

use std::{collections::BTreeMap, fmt, str::FromStr};

use crate::{ApiError, UserId};

/// Maximum number of users in a token.
pub const MAX_USERS: usize = 100;

/// Users with the revision that a change gave them, as `usr_…:17,usr_…:3`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConsistencyToken(BTreeMap<UserId, u64>);

impl ConsistencyToken {
    /// Adds a user; of two revisions of a user, the higher one counts.
    pub fn add(&mut self, user: UserId, revision: u64) {
        let known = self.0.entry(user).or_default();
        *known = revision.max(*known);
    }

    /// Adds everything that another token names.
    pub fn extend(&mut self, other: Self) {
        for (user, revision) in other.0 {
            self.add(user, revision);
        }
    }

    /// Whether it names nobody.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The users and their revisions, in the order of the ids.
    pub fn users(&self) -> impl Iterator<Item = (UserId, u64)> + '_ {
        self.0.iter().map(|(user, revision)| (*user, *revision))
    }
}

impl fmt::Display for ConsistencyToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (user, revision)) in self.users().enumerate() {
            let comma = if position == 0 { "" } else { "," };
            write!(f, "{comma}{user}:{revision}")?;
        }
        Ok(())
    }
}

impl FromStr for ConsistencyToken {
    type Err = ApiError;

    fn from_str(text: &str) -> Result<Self, ApiError> {
        let mut token = Self::default();
        for part in text.split(',') {
            let (user, revision) = part.trim().split_once(':').ok_or_else(invalid)?;
            if !revision.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(invalid());
            }
            token.add(
                user.parse().map_err(|_| invalid())?,
                revision.parse().map_err(|_| invalid())?,
            );
        }
        if token.0.len() > MAX_USERS {
            return Err(ApiError::field(
                "X-Consistency-Token",
                "too_many",
                "The consistency token names more than 100 users. Send the latest tokens.",
            ));
        }
        Ok(token)
    }
}

fn invalid() -> ApiError {
    ApiError::field(
        "X-Consistency-Token",
        "invalid",
        "The consistency token is not valid. Send it as the response to a change had it.",
    )
}

#[cfg(test)]
mod tests {
    use ulid::Ulid;

    use super::*;

    #[test]
    fn a_token_reads_back_and_keeps_the_higher_revision() {
        let user = |number| UserId::new(Ulid::from_parts(1, number));
        let mut token = ConsistencyToken::default();
        token.add(user(2), 3);
        token.add(user(1), 17);
        token.add(user(2), 2);
        let text = token.to_string();
        assert_eq!(text, format!("{}:17,{}:3", user(1), user(2)));
        assert_eq!(text.parse::<ConsistencyToken>().ok(), Some(token));
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let user = UserId::new(Ulid::from_parts(1, 1));
        let almost =
            [format!("{user}"), format!("{user}:"), format!("{user}:+1"), format!("{user}:1,")];
        for text in ["", "x", "usr_1:2", ":3", ","].map(str::to_owned).iter().chain(&almost) {
            assert!(text.parse::<ConsistencyToken>().is_err(), "{text}");
        }
        let many: Vec<_> =
            (0..101).map(|n| format!("{}:1", UserId::new(Ulid::from_parts(1, n)))).collect();
        assert!(many[..100].join(",").parse::<ConsistencyToken>().is_ok());
        assert!(many.join(",").parse::<ConsistencyToken>().is_err());
    }
}
