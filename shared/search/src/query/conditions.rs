//! From the filter parameters to the conditions of a query.

use std::collections::BTreeSet;

use provost_domain::{ApiError, TimeZone};

use super::{
    Vocabulary,
    enrollments::{Enrollments, Part},
    errors,
    given::{Given, Type},
    key::{Key, Other},
    scim,
    table::{EnrollmentPart, Meaning, PARAMETERS, Parameter, Pattern},
    times::When,
    values::{Form, STATUSES, USER_TYPES, one_of},
};
use crate::{EnrollmentTest, Field, Filter, Selection, Term, TextTest};

/// Largest number of days that a filter can go back.
const MAX_DAYS: u64 = 3650;
/// Largest age in years.
const MAX_AGE: u64 = 150;

/// What the filter parameters of a request mean.
struct Reader<'a, 'v> {
    given: &'a [Given<'a>],
    vocabulary: &'a Vocabulary<'v>,
    zone: TimeZone,
    selection: Selection,
    enrollments: Enrollments,
}

/// Reads the time zone of the request.
///
/// # Errors
/// `VALIDATION_FAILED` for an unknown one.
pub(super) fn zone(given: &[Given<'_>]) -> Result<TimeZone, ApiError> {
    let Some(given) = find(given, Other::Zone) else { return Ok(TimeZone::UTC) };
    given.text(Type::Text)?.parse().map_err(|_| {
        errors::invalid(
            &given.place,
            "This time zone is not known. Use a name of the IANA database, such as Asia/Dhaka.",
        )
    })
}

/// Reads one of the parameters that are not in the table of filters.
pub(super) fn find<'a, 'k>(given: &'a [Given<'k>], other: Other) -> Option<&'a Given<'k>> {
    given.iter().find(|given| given.key == Key::Other(other))
}

/// Reads all filter parameters. Without a status, deleted users are left out.
///
/// # Errors
/// `VALIDATION_FAILED` for a value that is not valid or contradicts another one,
/// `PERMISSION_DENIED` for a field that the caller may not see.
pub(super) fn read(
    given: &[Given<'_>],
    vocabulary: &Vocabulary<'_>,
) -> Result<Selection, ApiError> {
    let zone = zone(given)?;
    let selection = Selection::all();
    let mut reader =
        Reader { given, vocabulary, zone, selection, enrollments: Enrollments::default() };
    reader.check_together()?;
    let mut has_status = false;
    for one in given {
        if let Key::Filter { parameter, pattern, negated } = one.key {
            let parameter = &PARAMETERS[parameter];
            has_status |= matches!(parameter.meaning, Meaning::Status);
            reader.add(one, parameter, pattern, negated)?;
        }
    }
    reader.check_windows()?;
    let Reader { mut selection, enrollments, zone, .. } = reader;
    if let Some(filter) = enrollments.filter() {
        selection = selection.with("enrollments", filter);
    }
    if let Some(one) = find(given, Other::Expression) {
        let filter = scim::parse_in(one.text(Type::Text)?, &one.place, &zone, vocabulary)?;
        selection = selection.with_expression(filter);
    }
    if !has_status {
        selection = selection.with("status", Filter::any_of(Field::Status, ["deleted"]).not());
    }
    Ok(selection)
}

/// Whether the parameters leave out any user besides the deleted ones.
pub(super) fn restricts(given: &[Given<'_>]) -> bool {
    given.iter().any(|one| match one.key {
        Key::Filter { parameter, negated, .. } => {
            let any = one.values.iter().any(|value| value.text == "all");
            !matches!(PARAMETERS[parameter].meaning, Meaning::Status) || negated || !any
        }
        key => key == Key::Other(Other::Expression),
    })
}

impl<'a> Reader<'a, '_> {
    fn add(
        &mut self,
        given: &Given<'_>,
        parameter: &Parameter,
        pattern: Option<Pattern>,
        negated: bool,
    ) -> Result<(), ApiError> {
        let place = given.place.as_str();
        let filter = match parameter.meaning {
            Meaning::Enrollment(part) => {
                if let Some(hidden) = self.vocabulary.hides(Field::Enrollments) {
                    return Err(errors::hidden(place, hidden));
                }
                let part = self.enrollment_part(given, part)?;
                self.enrollments.add(part, negated);
                return Ok(());
            }
            Meaning::Status => match self.statuses(given, negated)? {
                Some(filter) => filter,
                None => return Ok(()),
            },
            Meaning::UserType => {
                let types = given.texts(Type::Text)?.into_iter();
                let types = types.map(|text| Ok(is_of_type(one_of(USER_TYPES, place, text)?)));
                Filter::Or(types.collect::<Result<_, ApiError>>()?)
            }
            Meaning::Values(field) => self.values(given, parameter, field, pattern)?,
            Meaning::Permission => {
                let names = given.texts(Type::Text)?;
                permission(place, &names, self.vocabulary)?
            }
            Meaning::Flag(condition) => condition(truth(given)?),
            Meaning::Min(field, most) => Filter::number(field, Some(number(given, most)?), None),
            Meaning::Max(field, most) => Filter::number(field, None, Some(number(given, most)?)),
            Meaning::MinAge => self.age(Some(small(given, MAX_AGE)?), None),
            Meaning::MaxAge => self.age(None, Some(small(given, MAX_AGE)?)),
            Meaning::From(field) => {
                Filter::instant(field, Some(crate::Moment::At(self.time(given)?)), None)
            }
            Meaning::Until(field) => {
                Filter::instant(field, None, Some(crate::Moment::At(self.time(given)?)))
            }
            Meaning::Days(condition) => match number(given, MAX_DAYS)? {
                0 => return Err(out_of_range(place, 1, MAX_DAYS)),
                days => condition(u32::try_from(days).unwrap_or(u32::MAX)),
            },
        };
        if let Some(hidden) = self.vocabulary.hidden_in(&filter) {
            return Err(errors::hidden(place, hidden));
        }
        let selection = std::mem::take(&mut self.selection);
        self.selection = selection.with(parameter.part_name(), filter.negated_if(negated));
        Ok(())
    }

    /// The condition on the status; none for `all`.
    fn statuses(&self, given: &Given<'_>, negated: bool) -> Result<Option<Filter>, ApiError> {
        let texts = given.texts(Type::Text)?;
        if texts.contains(&"all") {
            return match texts.len() {
                1 if !negated => Ok(None),
                _ => Err(errors::invalid(
                    &given.place,
                    "`all` means every status. Write `status=all` alone, or name the statuses.",
                )),
            };
        }
        let known = texts.into_iter().map(|text| one_of(STATUSES, &given.place, text));
        Ok(Some(Filter::any_of(Field::Status, known.collect::<Result<Vec<_>, _>>()?)))
    }

    fn values(
        &self,
        given: &Given<'_>,
        parameter: &Parameter,
        field: Field,
        pattern: Option<Pattern>,
    ) -> Result<Filter, ApiError> {
        let form = Form::of(field);
        let mut values: Vec<String> = Vec::new();
        for text in given.texts(Type::Text)? {
            let value = form.check(&given.place, text, self.vocabulary)?;
            if !values.contains(&value) {
                values.push(value);
            }
        }
        let test = match pattern {
            None if form == Form::Locale => return Ok(locales(values)),
            None if self.matches_all(parameter)? => return Ok(Filter::all_of(field, values)),
            None => TextTest::Equal,
            Some(Pattern::Prefix) => TextTest::StartsWith,
            Some(Pattern::Contains) => TextTest::Contains,
        };
        Ok(Filter::Term(Term::Text { field, test, values }))
    }

    /// Whether `_match` asks for all values of a parameter.
    fn matches_all(&self, parameter: &Parameter) -> Result<bool, ApiError> {
        let at = |key| matches!(key, Key::Match(at) if PARAMETERS[at].name == parameter.name);
        let Some(given) = self.given.iter().find(|given| at(given.key)) else { return Ok(false) };
        one_of(&["any", "all"], &given.place, given.text(Type::Text)?).map(|wanted| wanted == "all")
    }

    fn age(&self, min: Option<u16>, max: Option<u16>) -> Filter {
        Filter::Term(Term::Age { min, max, zone: self.zone.to_string() })
    }

    fn time(&self, given: &Given<'_>) -> Result<provost_domain::Timestamp, ApiError> {
        when(given).map(|when| when.first(&self.zone))
    }

    fn enrollment_part(&self, given: &Given<'_>, part: EnrollmentPart) -> Result<Part, ApiError> {
        let mut test = EnrollmentTest::default();
        // In one order, so that the order of the request does not make another filter.
        let listed = || -> Result<Vec<String>, ApiError> {
            let form = part.form();
            let texts = given.texts(Type::Text)?.into_iter();
            let values = texts.map(|text| form.check(&given.place, text, self.vocabulary));
            Ok(values.collect::<Result<BTreeSet<_>, _>>()?.into_iter().collect())
        };
        match part {
            EnrollmentPart::Status => test.statuses = Some(listed()?),
            EnrollmentPart::ProgramType => test.program_types = Some(listed()?),
            EnrollmentPart::ProgramIds => {
                let programs: Vec<String> = listed()?;
                let is_part = |p: &&Parameter| {
                    matches!(p.meaning, Meaning::Enrollment(EnrollmentPart::ProgramIds))
                };
                if let Some(parameter) = PARAMETERS.iter().find(is_part)
                    && self.matches_all(parameter)?
                {
                    return Ok(Part::EachOf(programs));
                }
                test.program_ids = Some(programs);
            }
            EnrollmentPart::MinProgress => test.min_progress = Some(progress(given)?),
            EnrollmentPart::MaxProgress => test.max_progress = Some(progress(given)?),
        }
        Ok(Part::Test(test))
    }

    /// The value of a filter parameter that is not negated.
    fn positive(&self, name: &str) -> Option<&'a Given<'a>> {
        self.given.iter().find(|given| match given.key {
            Key::Filter { parameter, pattern: None, negated: false } => {
                PARAMETERS[parameter].name == name
            }
            _ => false,
        })
    }

    /// Parameters that have a meaning only with another one, or only without it.
    fn check_together(&self) -> Result<(), ApiError> {
        if let Some(days) = self.positive("created_in_last_days")
            && self.positive("created_after").is_some()
        {
            return Err(errors::together(&days.place, "created_after"));
        }
        for given in self.given {
            let Key::Match(at) = given.key else { continue };
            self.matches_all(&PARAMETERS[at])?;
            let used = |key| matches!(key, Key::Filter { parameter, .. } if parameter == at);
            if !self.given.iter().any(|other| used(other.key)) {
                return Err(errors::needs(&given.place, PARAMETERS[at].name));
            }
        }
        Ok(())
    }

    /// Windows that end before they begin.
    fn check_windows(&self) -> Result<(), ApiError> {
        for parameter in PARAMETERS {
            if let Some(stem) = parameter.name.strip_suffix("_after") {
                self.check_times(parameter.name, &format!("{stem}_before"))?;
            }
            if let Some(stem) = parameter.name.strip_suffix("_min") {
                self.check_numbers(parameter.name, &format!("{stem}_max"))?;
            }
        }
        Ok(())
    }

    fn check_times(&self, after: &str, before: &str) -> Result<(), ApiError> {
        let (Some(from), Some(until)) = (self.positive(after), self.positive(before)) else {
            return Ok(());
        };
        if self.time(from)? < self.time(until)? {
            return Ok(());
        }
        let sentence = match (when(from)?, when(until)?) {
            (When::Date(first), When::Date(end)) if first == end => format!(
                "No time is in this window, since `{before}` is exclusive. To include {end}, write \
                 {before}={}.",
                end.tomorrow().unwrap_or(end)
            ),
            _ => format!(
                "No time is in this window. `{after}` must be before `{before}`, which is \
                 exclusive."
            ),
        };
        Err(errors::empty_window(&from.place, sentence))
    }

    fn check_numbers(&self, min: &str, max: &str) -> Result<(), ApiError> {
        let (Some(least), Some(most)) = (self.positive(min), self.positive(max)) else {
            return Ok(());
        };
        let hundredths = |given: &Given<'_>| {
            let text = given.text(Type::Number)?;
            parse_hundredths(text).ok_or_else(|| out_of_range(&given.place, 0, u64::MAX))
        };
        if hundredths(least)? <= hundredths(most)? {
            return Ok(());
        }
        let sentence = format!("No number is in this window. `{min}` must not be above `{max}`.");
        Err(errors::empty_window(&least.place, sentence))
    }
}

fn is_of_type(user_type: &str) -> Filter {
    Filter::present(match user_type {
        "admin" => Field::IsAdmin,
        "instructor" => Field::IsInstructor,
        _ => Field::IsLearner,
    })
}

/// Locales that are one of these or a regional form of it.
pub(super) fn locales(tags: Vec<String>) -> Filter {
    let regional = tags.iter().map(|tag| format!("{tag}-")).collect();
    Filter::Or(vec![
        Filter::any_of(Field::Locale, tags),
        Filter::Term(Term::Text {
            field: Field::Locale,
            test: TextTest::StartsWith,
            values: regional,
        }),
    ])
}

/// Users that effectively hold one of the permissions.
///
/// # Errors
/// `VALIDATION_FAILED` on `place` for an unknown permission.
pub(super) fn permission(
    place: &str,
    names: &[&str],
    vocabulary: &Vocabulary<'_>,
) -> Result<Filter, ApiError> {
    let known = vocabulary.permissions.iter().map(|permission| permission.name.as_str());
    let mut holders = Vec::new();
    for name in names {
        let found = vocabulary.permission(name);
        let found = found.ok_or_else(|| errors::unknown_value(place, name, known.clone()))?;
        holders.push((found.name.clone(), found.roles.clone()));
    }
    Ok(Filter::holds_permission(holders))
}

fn when(given: &Given<'_>) -> Result<When, ApiError> {
    When::parse(given.text(Type::Text)?).map_err(|wrong| errors::invalid(&given.place, wrong))
}

/// Reads `true` or `false`.
pub(super) fn truth(given: &Given<'_>) -> Result<bool, ApiError> {
    one_of(&["true", "false"], &given.place, given.text(Type::Bool)?).map(|text| text == "true")
}

/// Reads a whole number from 0 to `most`.
pub(super) fn number(given: &Given<'_>, most: u64) -> Result<u64, ApiError> {
    let text = given.text(Type::Number)?;
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|number| digits && *number <= most);
    number.ok_or_else(|| out_of_range(&given.place, 0, most))
}

fn small(given: &Given<'_>, most: u64) -> Result<u16, ApiError> {
    number(given, most).map(|number| u16::try_from(number).unwrap_or(u16::MAX))
}

pub(super) fn out_of_range(place: &str, least: u64, most: u64) -> ApiError {
    let sentence = if most == u64::MAX {
        format!("This must be a number that is not below {least}.")
    } else {
        format!("This must be a whole number from {least} to {most}.")
    };
    errors::invalid(place, sentence)
}

/// Reads a progress of 0 to 100 percent, with at most two decimals, in hundredths of a percent.
fn progress(given: &Given<'_>) -> Result<u16, ApiError> {
    let hundredths = parse_hundredths(given.text(Type::Number)?)
        .and_then(|hundredths| u16::try_from(hundredths).ok())
        .filter(|hundredths| *hundredths <= 10_000);
    hundredths.ok_or_else(|| {
        errors::invalid(
            &given.place,
            "This must be a number from 0 to 100 with at most two decimals, such as 62.5.",
        )
    })
}

/// A number that is not negative and has at most two decimals, in hundredths.
pub(super) fn parse_hundredths(text: &str) -> Option<u64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(decimals) || decimals.len() > 2 {
        return None;
    }
    let hundredths: u64 = format!("{decimals:0<2}").parse().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(100)?.checked_add(hundredths)
}
