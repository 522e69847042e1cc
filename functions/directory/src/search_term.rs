//! The interpretation of a search text: a complete id is of one kind, any other text can be a
//! unique name or the beginning of a name.

use provost_domain::{ApiError, OrganisationId, ProductId, ServerId, UserId, text};

/// Maximum length of a search text, in characters: that of the longest searchable field.
const MAX_LENGTH: usize = 254;

/// An interpreted search text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchTerm {
    /// A user, and their plan.
    User(UserId),
    /// An organisation.
    Organisation(OrganisationId),
    /// A server.
    Server(ServerId),
    /// A plan, and the users who have it.
    Plan(ProductId),
    /// Anything with this name or a name that begins with the text.
    Text(String),
}

impl SearchTerm {
    /// Interprets a search text.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` on `q` when it is empty, too long or contains an invisible character.
    pub fn read(q: &str) -> Result<Self, ApiError> {
        let typed = text::search("q", q, MAX_LENGTH)?;
        if let Ok(id) = typed.parse() {
            return Ok(Self::User(id));
        }
        if let Ok(id) = typed.parse() {
            return Ok(Self::Organisation(id));
        }
        if let Ok(id) = typed.parse() {
            return Ok(Self::Server(id));
        }
        if let Ok(id) = typed.parse() {
            return Ok(Self::Plan(id));
        }
        Ok(Self::Text(typed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complete_id_is_an_id_and_anything_else_is_text() {
        let search_term = |q: &str| SearchTerm::read(q).unwrap();
        for id in [" usr_01ARZ3NDEKTSV4RRFFQ69G5FAV ", "usr_01arz3ndektsv4rrffq69g5fav"] {
            assert!(matches!(search_term(id), SearchTerm::User(_)), "{id}");
        }
        assert!(matches!(
            search_term("org_01ARZ3NDEKTSV4RRFFQ69G5FAV"),
            SearchTerm::Organisation(_)
        ));
        assert!(matches!(search_term("srv_01ARZ3NDEKTSV4RRFFQ69G5FAV"), SearchTerm::Server(_)));
        assert!(matches!(search_term("prd_01ARZ3NDEKTSV4RRFFQ69G5FAV"), SearchTerm::Plan(_)));
        for text in
            ["usr_01ARZ3NDEKTSV4RRFFQ69G5FA", "ses_01ARZ3NDEKTSV4RRFFQ69G5FAV", "ada", "a", "王"]
        {
            assert_eq!(search_term(text), SearchTerm::Text(text.to_owned()));
        }
        for refused in ["", "  ", "a\nb", "a\0", "\u{202e}ada", &"a".repeat(255)] {
            assert!(SearchTerm::read(refused).is_err(), "{refused:?}");
        }
    }
}
