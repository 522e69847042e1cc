//! How complete the profile of a user is.

use schemars::JsonSchema;
use serde::Serialize;

use super::Profile;
use crate::User;

/// The parts of a profile: name in the API, weight in percent, whether a profile without it is
/// incomplete. The weights add up to 100.
const PARTS: [(&str, u8, bool); 10] = [
    ("name", 15, true),
    ("email_verified", 20, true),
    ("country", 10, true),
    ("phone", 10, false),
    ("date_of_birth", 10, false),
    ("avatar", 10, false),
    ("bio", 10, false),
    ("city", 5, false),
    ("designation", 5, false),
    ("timezone", 5, false),
];

/// How complete the profile of a user is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "ProfileCompleteness")]
pub struct Completeness {
    /// Weight of the parts that are there, 0 to 100: `email_verified` 20, `name` 15, `country`,
    /// `phone`, `date_of_birth`, `avatar` and `bio` 10 each, `city`, `designation` and `timezone` 5
    /// each.
    pub score: u8,
    /// Whether `name`, `email_verified` and `country` are there.
    pub complete: bool,
    /// Parts that are missing.
    pub missing: Vec<&'static str>,
}

impl Completeness {
    /// The completeness of a user's profile.
    pub fn of(user: &User, profile: &Profile) -> Self {
        let written = |text: &Option<String>| text.as_ref().is_some_and(|it| !it.trim().is_empty());
        let is_there = |part: &str| match part {
            "name" => !user.name().trim().is_empty(),
            "email_verified" => user.email_verified,
            "country" => profile.country.is_some(),
            "phone" => user.phone.is_some(),
            "date_of_birth" => written(&profile.date_of_birth),
            "avatar" => written(&profile.avatar_key) || written(&profile.avatar_url),
            "bio" => written(&profile.bio),
            "city" => written(&profile.city),
            "designation" => written(&profile.designation),
            _ => written(&profile.timezone),
        };
        let (mut score, mut complete, mut missing) = (0, true, Vec::new());
        for (part, weight, required) in PARTS {
            if is_there(part) {
                score += weight;
            } else {
                complete &= !required;
                missing.push(part);
            }
        }
        Self { score, complete, missing }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_add_up_to_a_hundred() {
        assert_eq!(PARTS.iter().map(|(_, weight, _)| u32::from(*weight)).sum::<u32>(), 100);
    }
}
