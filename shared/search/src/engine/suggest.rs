//! Lists the values of a field: what a box for a filter offers while somebody types.

use provost_domain::Timestamp;
use serde::Serialize;

use crate::{Field, Index, Query, QueryError, text::normal_form};

/// Which values of a field are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuggestRequest {
    /// The field.
    pub field: Field,
    /// What was typed so far; may be empty. A value fits if it, or a word in it, begins with this.
    pub text: String,
    /// Values of fewer users are left out: 5 for a caller who may not see personal data, since a
    /// rare value may point at a person.
    pub min_count: u64,
    /// How many values are skipped.
    pub offset: usize,
    /// How many values are returned at most.
    pub limit: usize,
}

/// Values of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suggestions {
    /// The values: those that begin with the text first, then those of most users, then in the
    /// order of the texts.
    pub values: Vec<Suggestion>,
    /// How many values there are on all pages.
    pub total: usize,
}

/// A value of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// The value in its most frequent spelling.
    pub value: String,
    /// The number of users that have it.
    pub count: u64,
}

impl Index {
    /// The values of a field among the users that match a query.
    ///
    /// # Errors
    /// Says what is wrong with the query, or that the values of the field cannot be listed.
    pub fn suggest(
        &self,
        query: &Query,
        request: &SuggestRequest,
        now: Timestamp,
    ) -> Result<Suggestions, QueryError> {
        query.validate()?;
        if !request.field.uses().suggest {
            return Err(QueryError::Field(request.field));
        }
        let typed = normal_form(&request.text);
        let matched = self.matched(query, None, now);
        let counted = self.count_values(request.field, &matched.sets, now);
        let mut values: Vec<(bool, Suggestion)> = counted
            .into_iter()
            .filter(|(_, value)| value.count >= request.min_count.max(1))
            .filter_map(|(form, value)| {
                let begins = form.starts_with(&typed);
                let fits = begins || has_word_with(&form, &typed);
                let suggestion = Suggestion { value: value.spelling, count: value.count };
                fits.then_some((!begins, suggestion))
            })
            .collect();
        values.sort_unstable_by(|(a_rank, a), (b_rank, b)| {
            let count = b.count.cmp(&a.count);
            a_rank.cmp(b_rank).then(count).then_with(|| a.value.cmp(&b.value))
        });
        let total = values.len();
        let page = values.into_iter().skip(request.offset).take(request.limit);
        Ok(Suggestions { values: page.map(|(_, value)| value).collect(), total })
    }
}

/// Whether a word in a text, after the first, begins with what was typed.
fn has_word_with(form: &str, typed: &str) -> bool {
    form.match_indices(typed).any(|(at, _)| {
        let before = form[..at].chars().next_back();
        before.is_some_and(|c| !crate::text::is_word(c))
    })
}
