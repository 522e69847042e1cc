//! Evaluates a filter over the columns of a segment.

use std::ops::Range;

use provost_domain::{Timestamp, UserId};

use super::local_date;
use crate::{
    Field, Filter, Kind, Moment, Term, TextTest,
    column::{Bits, TextColumn},
    record::days,
    segment::{Segment, Text},
    text::{digits, identifier_form, normal_form},
};

/// The rows of a set that match a filter.
pub(crate) fn evaluate(filter: &Filter, segment: &Segment, within: &Bits, now: Timestamp) -> Bits {
    match filter {
        Filter::And(filters) => {
            // What costs most looks at the fewest rows.
            let mut filters: Vec<&Filter> = filters.iter().collect();
            filters.sort_by_key(|filter| cost(filter));
            let mut matched = within.clone();
            for filter in filters {
                matched = evaluate(filter, segment, &matched, now);
            }
            matched
        }
        Filter::Or(filters) => {
            let mut matched = Bits::none(within.len());
            for filter in filters {
                matched.or(&evaluate(filter, segment, within, now));
            }
            matched
        }
        Filter::Not(filter) => {
            let mut matched = evaluate(filter, segment, within, now);
            matched.invert();
            matched.and(within);
            matched
        }
        Filter::Term(term) => evaluate_term(term, segment, within, now),
    }
}

/// How much it costs to look at a row, roughly.
fn cost(filter: &Filter) -> u32 {
    match filter {
        Filter::And(filters) | Filter::Or(filters) => filters.iter().map(cost).sum(),
        Filter::Not(filter) => cost(filter),
        Filter::Term(term) => match term.field().kind() {
            Kind::Keyword | Kind::Flag => 1,
            Kind::Number | Kind::Instant | Kind::Date => 2,
            Kind::Keywords | Kind::TimedKeywords => 4,
            Kind::Enrollments => 8,
            // These look at all texts, or at a few, whatever the set.
            Kind::Identifier | Kind::Exact | Kind::Phone | Kind::Text => 0,
        },
    }
}

fn evaluate_term(term: &Term, segment: &Segment, within: &Bits, now: Timestamp) -> Bits {
    match term {
        Term::Text { field, test, values } => text(segment, within, *field, *test, values, now),
        Term::Present(field) => match field.kind() {
            Kind::Flag => segment.flag_within(*field, within),
            Kind::Keywords | Kind::TimedKeywords => {
                let column = segment.list(*field);
                let any = vec![true; column.dictionary.codes()];
                column.select(within, &any, now.millis())
            }
            _ => {
                let mut present = segment.present(*field);
                present.and(within);
                present
            }
        },
        Term::Number { field, min, max } => {
            let bound = |number: &Option<u64>, absent| {
                number.map_or(absent, |number| i64::try_from(number).unwrap_or(i64::MAX))
            };
            let (min, max) = (bound(min, i64::MIN), bound(max, i64::MAX));
            segment.integer(*field).select(within, |value| (value >= min) & (value <= max))
        }
        Term::Instant { field, from, until } => {
            let bound = |moment: &Option<Moment>, absent| {
                moment.map_or(absent, |moment| moment.millis(now))
            };
            between(segment, within, *field, bound(from, i64::MIN), bound(until, i64::MAX))
        }
        Term::Date { field, from, until } => {
            let (from, until) = (from.map_or(i64::MIN, days), until.map_or(i64::MAX, days));
            between(segment, within, *field, from, until)
        }
        Term::Age { min, max, zone } => {
            // The filter was validated, so the zone is known.
            let zone = super::zone(zone).unwrap_or(jiff::tz::TimeZone::UTC);
            let today = local_date(now, &zone);
            let oldest = max.map(|years| born_by(today, years.saturating_add(1)) + 1);
            let youngest = min.map(|years| born_by(today, years) + 1);
            let (from, until) = (oldest.unwrap_or(i64::MIN), youngest.unwrap_or(i64::MAX));
            between(segment, within, Field::DateOfBirth, from, until)
        }
        Term::Enrollment(test) => segment.enrollments().select(within, test),
    }
}

fn between(segment: &Segment, within: &Bits, field: Field, from: i64, until: i64) -> Bits {
    segment.integer(field).select(within, |value| (value >= from) & (value < until))
}

/// The last date, in days, on which somebody of at least that age was born.
fn born_by(today: jiff::civil::Date, years: u16) -> i64 {
    let year = today.year() - i16::try_from(years).unwrap_or(i16::MAX).min(today.year());
    let same_day = jiff::civil::Date::new(year, today.month(), today.day());
    // On 29 February, those born on 28 February of a common year have had their birthday, and those
    // born on 1 March have not.
    let born = same_day.or_else(|_| jiff::civil::Date::new(year, 2, 28));
    born.map_or(i64::MIN / 2, days)
}

fn text(
    segment: &Segment,
    within: &Bits,
    field: Field,
    test: TextTest,
    values: &[String],
    now: Timestamp,
) -> Bits {
    match field.kind() {
        Kind::Keyword => {
            let column = segment.keyword(field);
            column.select(within, &column.dictionary.matching(test, values))
        }
        Kind::Keywords | Kind::TimedKeywords => {
            let column = segment.list(field);
            column.select(within, &column.dictionary.matching(test, values), now.millis())
        }
        kind => {
            let mut matched = Bits::none(within.len());
            for value in values {
                let form = match kind {
                    Kind::Exact => value.clone(),
                    Kind::Phone => digits(value),
                    Kind::Text => normal_form(value),
                    _ => identifier_form(value),
                };
                match Text::of(field) {
                    // A text is never empty, so a value that is compares with none.
                    Some(_) if form.is_empty() => {}
                    Some(text) => in_column(segment.text(text), test, &form, &mut matched),
                    None => in_ids(segment, test, &form, &mut matched),
                }
            }
            matched.and(within);
            matched
        }
    }
}

fn in_column(column: &TextColumn, test: TextTest, value: &str, matched: &mut Bits) {
    let value = value.as_bytes();
    let below = || column.partition(|text| text < value);
    let up_to = || column.partition(|text| text <= value);
    let mut add = |ranks: Range<usize>| ranks.for_each(|rank| matched.set(column.row(rank)));
    match test {
        TextTest::Equal => add(column.equal_to(value)),
        TextTest::StartsWith => add(column.with_prefix(value)),
        TextTest::Greater => add(up_to()..column.len()),
        TextTest::GreaterOrEqual => add(below()..column.len()),
        TextTest::Less => add(0..below()),
        TextTest::LessOrEqual => add(0..up_to()),
        TextTest::Contains => column.containing(value, |rank, _| matched.set(column.row(rank))),
        TextTest::EndsWith => {
            for rank in 0..column.len() {
                if column.text(rank).ends_with(value) {
                    matched.set(column.row(rank));
                }
            }
        }
    }
}

fn in_ids(segment: &Segment, test: TextTest, value: &str, matched: &mut Bits) {
    if test == TextTest::Equal {
        let id = value.parse::<UserId>().ok();
        if let Some(row) = id.and_then(|id| segment.row(id)) {
            matched.set(row);
        }
        return;
    }
    for row in 0..segment.rows() {
        let id = segment.id(row).to_string().to_ascii_lowercase();
        if test.holds(&id, value) {
            matched.set(row);
        }
    }
}
