//! `enrollments[…]`: one enrolment meets the whole expression.

use crate::{EnrollmentTest, Filter, Term, query::enrollments::intersect};

/// Maximum number of alternatives of an expression.
const MAX_ALTERNATIVES: usize = 64;

/// The users with one enrolment that meets an expression, in which each condition is about an
/// enrolment.
///
/// # Errors
/// A sentence, if the expression has a negation or too many alternatives.
pub(super) fn one_that_meets(expression: &Filter) -> Result<Filter, &'static str> {
    let tests = alternatives(expression)?.into_iter();
    let mut filters: Vec<Filter> = tests.map(|test| Filter::Term(Term::Enrollment(test))).collect();
    match (filters.len(), filters.pop()) {
        (1, Some(only)) => Ok(only),
        (_, last) => Ok(Filter::Or(filters.into_iter().chain(last).collect())),
    }
}

/// The tests of which an enrolment must pass one. The expression is at most as deep as the parser
/// allows.
fn alternatives(expression: &Filter) -> Result<Vec<EnrollmentTest>, &'static str> {
    let tests = match expression {
        Filter::Term(Term::Enrollment(test)) => vec![test.clone()],
        Filter::Or(inner) => {
            let mut all = Vec::new();
            for filter in inner {
                all.extend(alternatives(filter)?);
            }
            all
        }
        Filter::And(inner) => {
            let mut all = vec![EnrollmentTest::default()];
            for filter in inner {
                let others = alternatives(filter)?;
                if all.len() * others.len() > MAX_ALTERNATIVES {
                    return Err(TOO_MANY);
                }
                let both = |test: &EnrollmentTest| {
                    let with = |other| {
                        let mut both = test.clone();
                        intersect(&mut both, other);
                        both
                    };
                    others.iter().map(with).collect::<Vec<_>>()
                };
                all = all.iter().flat_map(both).collect();
            }
            all
        }
        Filter::Not(_) | Filter::Term(_) => {
            return Err(
                "`not`, `ne` and `null` are not possible inside enrollments[…]. Write `not` \
                        before it.",
            );
        }
    };
    if tests.len() > MAX_ALTERNATIVES { Err(TOO_MANY) } else { Ok(tests) }
}

const TOO_MANY: &str = "This expression has too many alternatives. Write a simpler one.";
