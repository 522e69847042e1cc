//! Filter expressions in the grammar of SCIM (RFC 7644, section 3.4.2.2).
//!
//! Names of attributes and operators are read in any case. `and` binds more closely than `or`, and
//! `not` applies to the brackets after it. `enrollments[…]` asks for one enrolment that meets the
//! whole expression inside.

mod attribute;
mod comparison;
mod decimal;
mod enrollment;
mod operator;
mod token;

use provost_domain::{ApiError, TimeZone};

use super::{HiddenField, Vocabulary, errors};
use crate::{Filter, filter::InvalidFilter};
use attribute::Attribute;
use comparison::Comparison;
use operator::Operator;
use token::{Lexer, Token};

/// Maximum length of an expression, in bytes.
pub const MAX_LENGTH: usize = 4096;
/// Maximum number of brackets around a condition.
pub const MAX_DEPTH: usize = 12;
/// Maximum number of conditions.
pub const MAX_TERMS: usize = 64;

/// Reads an expression. `zone` is the time zone whose date counts for ages and dates.
///
/// # Errors
/// `VALIDATION_FAILED` on `filter`, with the position of what is wrong as a number of characters;
/// `PERMISSION_DENIED` for an attribute that the caller may not see.
pub fn parse(
    expression: &str,
    zone: &TimeZone,
    vocabulary: &Vocabulary<'_>,
) -> Result<Filter, ApiError> {
    parse_in(expression, "filter", zone, vocabulary)
}

/// Reads an expression that was sent in the parameter `place`.
pub(super) fn parse_in(
    expression: &str,
    place: &str,
    zone: &TimeZone,
    vocabulary: &Vocabulary<'_>,
) -> Result<Filter, ApiError> {
    if expression.len() > MAX_LENGTH {
        let sentence = format!("This expression is too long. Use at most {MAX_LENGTH} bytes.");
        return Err(ApiError::field(place, "too_long", sentence));
    }
    let lexer = Lexer::new(expression);
    let mut parser = Parser { lexer, terms: 0, depth: 0, zone, vocabulary, within: None };
    parser.whole().map_err(|problem| problem.into_error(expression, place))
}

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Problem {
    /// Where, in bytes from the start.
    at: usize,
    what: What,
}

#[derive(Debug, Clone, PartialEq)]
enum What {
    /// A code and a sentence.
    Invalid(&'static str, String),
    /// The attribute is hidden from the caller.
    Hidden(HiddenField),
}

impl Problem {
    fn new(at: usize, code: &'static str, sentence: impl Into<String>) -> Self {
        Self { at, what: What::Invalid(code, sentence.into()) }
    }

    fn syntax(at: usize, sentence: impl Into<String>) -> Self {
        Self::new(at, "syntax", sentence)
    }

    fn into_error(self, expression: &str, place: &str) -> ApiError {
        let before = expression.get(..self.at).unwrap_or(expression);
        let position = before.chars().count() + 1;
        let error = match self.what {
            What::Invalid(code, sentence) => {
                ApiError::field(place, code, format!("At character {position}: {sentence}"))
            }
            What::Hidden(hidden) => errors::hidden(place, hidden),
        };
        error.with("position", position)
    }
}

/// A parser that goes down one level for each bracket, and never deeper than [`MAX_DEPTH`].
struct Parser<'a> {
    lexer: Lexer<'a>,
    terms: usize,
    depth: usize,
    zone: &'a TimeZone,
    vocabulary: &'a Vocabulary<'a>,
    /// The attribute before the square bracket that is open.
    within: Option<&'a str>,
}

impl<'a> Parser<'a> {
    fn whole(&mut self) -> Result<Filter, Problem> {
        let filter = self.any()?;
        let (at, token) = self.lexer.next()?;
        match token {
            Token::End => {}
            Token::Close => {
                return Err(Problem::syntax(at, "This bracket closes none. Remove it."));
            }
            _ => return Err(Problem::syntax(at, "Write `and` or `or` between two conditions.")),
        }
        filter.validate().map_err(|invalid| match invalid {
            InvalidFilter::TooDeep => too_deep(0),
            other => Problem::syntax(0, other.to_string()),
        })?;
        Ok(filter)
    }

    /// Conditions with `or` between them.
    fn any(&mut self) -> Result<Filter, Problem> {
        let mut all = vec![self.every()?];
        while self.lexer.take_word("or")? {
            all.push(self.every()?);
        }
        Ok(joined(all, Filter::Or))
    }

    /// Conditions with `and` between them.
    fn every(&mut self) -> Result<Filter, Problem> {
        let mut all = vec![self.one()?];
        while self.lexer.take_word("and")? {
            all.push(self.one()?);
        }
        Ok(joined(all, Filter::And))
    }

    /// A condition, or an expression in brackets.
    fn one(&mut self) -> Result<Filter, Problem> {
        let (at, token) = self.lexer.next()?;
        match token {
            Token::Open => self.inside(at, &Token::Close),
            Token::Word(word) if word.eq_ignore_ascii_case("not") => {
                let (at, token) = self.lexer.next()?;
                match token {
                    Token::Open => self.inside(at, &Token::Close).map(Filter::not),
                    _ => Err(Problem::syntax(at, "Write an opening bracket after `not`.")),
                }
            }
            Token::Word(name) => self.condition(at, name),
            Token::End => Err(Problem::syntax(at, "A condition is missing at the end.")),
            _ => Err(Problem::syntax(at, "Write the name of an attribute here.")),
        }
    }

    /// The expression after an opening bracket, up to the closing one.
    fn inside(&mut self, at: usize, end: &Token<'_>) -> Result<Filter, Problem> {
        if self.depth == MAX_DEPTH {
            return Err(too_deep(at));
        }
        self.depth += 1;
        let filter = self.any()?;
        self.depth -= 1;
        let (close, token) = self.lexer.next()?;
        match token {
            token if token == *end => Ok(filter),
            Token::End => Err(Problem::syntax(at, "This bracket is never closed.")),
            _ => Err(Problem::syntax(
                close,
                "Write `and` or `or` between two conditions, or close the bracket.",
            )),
        }
    }

    fn condition(&mut self, at: usize, name: &'a str) -> Result<Filter, Problem> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            let sentence = format!("There are too many conditions. Use at most {MAX_TERMS}.");
            return Err(Problem::new(at, "too_many_filter_values", sentence));
        }
        if let (square, Token::OpenSquare) = self.lexer.peek()? {
            self.lexer.next()?;
            return self.in_square_brackets(at, name, square);
        }
        let attribute = Attribute::parse(name, self.within)
            .map_err(|sentence| Problem::new(at, "unknown_attribute", sentence))?;
        let filter = self.compared(attribute)?;
        match self.vocabulary.hidden_in(&filter) {
            Some(hidden) => Err(Problem { at, what: What::Hidden(hidden) }),
            None => Ok(filter),
        }
    }

    fn compared(&mut self, attribute: Attribute) -> Result<Filter, Problem> {
        let (at, token) = self.lexer.next()?;
        let Token::Word(word) = token else {
            return Err(Problem::syntax(at, "Write an operator here, such as `eq` or `pr`."));
        };
        let comparison = Comparison { attribute, zone: self.zone, vocabulary: self.vocabulary };
        if word.eq_ignore_ascii_case("pr") {
            return comparison.present().map_err(|sentence| Problem::new(at, "invalid", sentence));
        }
        let Some(operator) = Operator::parse(word) else {
            return Err(Problem::syntax(
                at,
                "This operator is unknown. Use eq, ne, co, sw, ew, gt, ge, lt, le or pr.",
            ));
        };
        let (at, value) = self.lexer.value()?;
        comparison
            .compare(operator, &value)
            .map_err(|(code, sentence)| Problem::new(at, code, sentence))
    }

    /// `emails[…]` and `enrollments[…]`.
    fn in_square_brackets(
        &mut self,
        at: usize,
        name: &'a str,
        square: usize,
    ) -> Result<Filter, Problem> {
        let wrong = || {
            Problem::syntax(
                square,
                "Square brackets are possible after emails, phoneNumbers and enrollments, and not \
                 inside each other.",
            )
        };
        if self.within.is_some() {
            return Err(wrong());
        }
        let attribute = Attribute::parse(name, None)
            .map_err(|sentence| Problem::new(at, "unknown_attribute", sentence))?;
        let one_value = attribute.is_one_value();
        if one_value.is_none() && !attribute.is_enrollments() {
            return Err(wrong());
        }
        self.within = Some(name);
        let inner = self.inside(square, &Token::CloseSquare)?;
        self.within = None;
        match one_value {
            // The expression is about a value, so there must be one.
            Some(field) => Ok(Filter::And(vec![Filter::present(field), inner])),
            None => enrollment::one_that_meets(&inner)
                .map_err(|sentence| Problem::new(square, "invalid", sentence)),
        }
    }
}

fn too_deep(at: usize) -> Problem {
    Problem::new(at, "too_deep", format!("Brackets are nested too deep. Use at most {MAX_DEPTH}."))
}

/// One filter of several, without another of the same kind directly inside.
fn joined(mut filters: Vec<Filter>, join: fn(Vec<Filter>) -> Filter) -> Filter {
    if filters.len() == 1
        && let Some(only) = filters.pop()
    {
        return only;
    }
    join(filters)
}
