//! Comparisons of filter expressions: which are possible for an attribute, and what they mean.

use jiff::civil::Date;
use provost_domain::{TimeZone, Timestamp};

use super::{
    attribute::{Attribute, Part},
    decimal::Decimal,
    operator::Operator::{
        self, Contains, EndsWith, Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual,
        StartsWith,
    },
    token::Value,
};
use crate::{
    EnrollmentTest, Field, Filter, Kind, Moment, Term,
    query::{Vocabulary, conditions, times::When, values::Form},
};

/// A code and a sentence.
type Wrong = (&'static str, String);

/// What an attribute can be compared with, and by which rules.
#[derive(Debug)]
pub(super) struct Comparison<'a> {
    pub attribute: Attribute,
    pub zone: &'a TimeZone,
    pub vocabulary: &'a Vocabulary<'a>,
}

fn wrong(sentence: impl Into<String>) -> Wrong {
    ("invalid", sentence.into())
}

impl Comparison<'_> {
    /// There is a value.
    pub(super) fn present(&self) -> Result<Filter, String> {
        match self.attribute {
            Attribute::Field(field) if field.kind() == Kind::Flag => Err(FLAG.to_owned()),
            Attribute::Flag(_) => Err(FLAG.to_owned()),
            Attribute::Field(field) => Ok(Filter::present(field)),
            Attribute::Age => Ok(Filter::present(Field::DateOfBirth)),
            Attribute::Permission => Err(PERMISSION.to_owned()),
            Attribute::Enrollment(_) => Ok(enrollment(EnrollmentTest::default())),
        }
    }

    /// The attribute compares with a value in a way.
    pub(super) fn compare(&self, operator: Operator, value: &Value<'_>) -> Result<Filter, Wrong> {
        // What does not equal a value is everything else, users without any value included.
        if operator == NotEqual {
            return self.compare(Equal, value).map(Filter::not);
        }
        match self.attribute {
            Attribute::Flag(condition) => flag(operator, value).map(condition),
            Attribute::Field(field) => self.field(field, operator, value),
            Attribute::Age => self.age(operator, value),
            Attribute::Permission => match (operator, value) {
                (Equal, Value::Text(name)) => {
                    conditions::permission("filter", &[name], self.vocabulary)
                        .map_err(|error| of_error(&error))
                }
                _ => Err(wrong(PERMISSION)),
            },
            Attribute::Enrollment(part) => enrolled(part, operator, value),
        }
    }

    fn field(&self, field: Field, operator: Operator, value: &Value<'_>) -> Result<Filter, Wrong> {
        if *value == Value::Null && field.kind() != Kind::Flag {
            return match operator {
                Equal => Ok(Filter::present(field).not()),
                _ => Err(wrong("null can only be compared by `eq` and `ne`.")),
            };
        }
        match field.kind() {
            Kind::Flag => flag(operator, value).map(|yes| Filter::flag(field, yes)),
            Kind::Number => {
                let range = range(operator, value, 0)?;
                Ok(range.map_or_else(Filter::none, |(min, max)| Filter::number(field, min, max)))
            }
            Kind::Instant => self.instant(field, operator, value),
            Kind::Date => date(field, operator, value),
            Kind::Enrollments => Err(wrong(
                "Compare a part of an enrolment, such as enrollments[program_id eq \"…\" and \
                 status eq \"completed\"].",
            )),
            Kind::Identifier
            | Kind::Exact
            | Kind::Phone
            | Kind::Text
            | Kind::Keyword
            | Kind::Keywords
            | Kind::TimedKeywords => self.text(field, operator, value),
        }
    }

    fn text(&self, field: Field, operator: Operator, value: &Value<'_>) -> Result<Filter, Wrong> {
        let Value::Text(text) = value else {
            return Err(wrong("Compare this attribute with a text in double quotes."));
        };
        let form = Form::of(field);
        let is_list = matches!(field.kind(), Kind::Keywords | Kind::TimedKeywords | Kind::Phone);
        if (operator.is_order() && is_list) || (operator != Equal && form == Form::Role) {
            let sentence = if form == Form::Role {
                "Compare roles by `eq` and `ne`, with the id or the name of a role."
            } else {
                "The values of this attribute have no order. Use eq, ne, co, sw or ew."
            };
            return Err(wrong(sentence));
        }
        // A part of a known value is not known itself.
        let form = if operator == Equal { form } else { Form::Text };
        let value =
            form.check("filter", text, self.vocabulary).map_err(|error| of_error(&error))?;
        Ok(Filter::Term(Term::Text { field, test: operator.test(), values: vec![value] }))
    }

    fn instant(
        &self,
        field: Field,
        operator: Operator,
        value: &Value<'_>,
    ) -> Result<Filter, Wrong> {
        let Value::Text(text) = value else { return Err(wrong(TIME)) };
        let when = When::parse(text).map_err(wrong)?;
        let first = when.first(self.zone);
        let after = match when {
            When::Date(_) if !matches!(operator, GreaterOrEqual | Less) => {
                return Err(wrong(
                    "A date is a whole day, so it can only be compared by `ge` and `lt`. Write a \
                     time, such as 2026-11-20T16:00:00Z.",
                ));
            }
            When::Time { exact: false, .. } => first,
            When::Time { exact: true, .. } | When::Date(_) => first.plus(1),
        };
        let window = |from: Option<Timestamp>, until: Option<Timestamp>| {
            Filter::instant(field, from.map(Moment::At), until.map(Moment::At))
        };
        match operator {
            // Between two milliseconds, the window is empty.
            Equal => Ok(window(Some(first), Some(after))),
            Greater => Ok(window(Some(after), None)),
            GreaterOrEqual => Ok(window(Some(first), None)),
            Less => Ok(window(None, Some(first))),
            LessOrEqual => Ok(window(None, Some(after))),
            NotEqual | Contains | StartsWith | EndsWith => Err(wrong(TIME)),
        }
    }

    fn age(&self, operator: Operator, value: &Value<'_>) -> Result<Filter, Wrong> {
        let Some((min, max)) = range(operator, value, 0)? else { return Ok(Filter::none()) };
        let year = |bound: u64| u16::try_from(bound).unwrap_or(u16::MAX);
        Ok(Filter::Term(Term::Age {
            min: min.map(year),
            max: max.map(year),
            zone: self.zone.to_string(),
        }))
    }
}

const FLAG: &str = "Compare this attribute with true or false, by `eq` or `ne`.";
const PERMISSION: &str = "Compare permissions by `eq` and `ne`, with the name of a permission.";
const TIME: &str = "Compare this attribute with a time in double quotes, such as \
                    \"2026-11-20T16:00:00Z\", by eq, ne, gt, ge, lt or le.";
const NUMBER: &str = "Compare this attribute with a number without exponent, by eq, ne, gt, ge, lt \
                      or le.";
const DATE: &str = "Compare this attribute with a date in double quotes, such as \"1990-05-01\", \
                    by eq, ne, gt, ge, lt or le.";

fn flag(operator: Operator, value: &Value<'_>) -> Result<bool, Wrong> {
    match (operator, value) {
        (Equal, Value::Bool(yes)) => Ok(*yes),
        _ => Err(wrong(FLAG)),
    }
}

/// The whole numbers that compare in a way, after moving the point `shift` places to the right.
fn range(
    operator: Operator,
    value: &Value<'_>,
    shift: usize,
) -> Result<Option<super::decimal::Range>, Wrong> {
    match value {
        Value::Number(text) if operator == Equal || operator.is_order() => {
            let number = Decimal::parse(text, shift).ok_or_else(|| wrong(NUMBER))?;
            Ok(number.range(operator))
        }
        _ => Err(wrong(NUMBER)),
    }
}

fn date(field: Field, operator: Operator, value: &Value<'_>) -> Result<Filter, Wrong> {
    let Value::Text(text) = value else { return Err(wrong(DATE)) };
    let is_date = text.len() == 10 && text.is_ascii();
    let date: Date = text.parse().ok().filter(|_| is_date).ok_or_else(|| wrong(DATE))?;
    let next = date.tomorrow().unwrap_or(date);
    let (from, until) = match operator {
        Equal => (Some(date), Some(next)),
        Greater => (Some(next), None),
        GreaterOrEqual => (Some(date), None),
        Less => (None, Some(date)),
        LessOrEqual => (None, Some(next)),
        NotEqual | Contains | StartsWith | EndsWith => return Err(wrong(DATE)),
    };
    Ok(Filter::Term(Term::Date { field, from, until }))
}

fn enrollment(test: EnrollmentTest) -> Filter {
    Filter::Term(Term::Enrollment(test))
}

fn enrolled(part: Part, operator: Operator, value: &Value<'_>) -> Result<Filter, Wrong> {
    let mut test = EnrollmentTest::default();
    if part == Part::Progress {
        let Some((min, max)) = range(operator, value, 2)? else { return Ok(Filter::none()) };
        let bound = |bound: u64| u16::try_from(bound).unwrap_or(u16::MAX);
        (test.min_progress, test.max_progress) = (min.map(bound), max.map(bound));
        return Ok(enrollment(test));
    }
    let (Equal, Value::Text(text)) = (operator, value) else {
        return Err(wrong("Compare this part of an enrolment with a text, by `eq`."));
    };
    let known = |form: crate::query::table::EnrollmentPart| {
        let nothing = Vocabulary { roles: &[], permissions: &[], hidden: &[] };
        let value = form.form().check("filter", text, &nothing);
        value.map(|value| Some(vec![value])).map_err(|error| of_error(&error))
    };
    match part {
        Part::ProgramId => {
            test.program_ids = known(crate::query::table::EnrollmentPart::ProgramIds)?;
        }
        Part::ProgramType => {
            test.program_types = known(crate::query::table::EnrollmentPart::ProgramType)?;
        }
        Part::Status => test.statuses = known(crate::query::table::EnrollmentPart::Status)?,
        Part::Progress => {}
    }
    Ok(enrollment(test))
}

/// The code and the sentence of an error about a value.
fn of_error(error: &provost_domain::ApiError) -> Wrong {
    match error.fields.first() {
        Some(field) if field.allowed.is_empty() => (field.code, field.message.clone()),
        Some(field) => {
            (field.code, format!("{} Allowed: {}.", field.message, field.allowed.join(", ")))
        }
        None => wrong(error.detail.clone()),
    }
}
