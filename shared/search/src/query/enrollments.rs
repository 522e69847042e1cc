//! The condition on enrolments: one enrolment must meet all parts of it together.

use crate::{EnrollmentTest, Filter, Term};

/// What a user's enrolments must meet.
#[derive(Debug, Clone, Default, PartialEq)]
struct Wanted {
    /// What one enrolment must meet.
    test: EnrollmentTest,
    /// If not empty: programs of which each must have an enrolment that meets it.
    each_of: Vec<String>,
}

/// A part of the condition.
#[derive(Debug)]
pub(super) enum Part {
    /// What the enrolment must meet. All other parts are absent.
    Test(EnrollmentTest),
    /// Programs in each of which there must be an enrolment.
    EachOf(Vec<String>),
}

/// The parts of the condition that the parameters ask for.
#[derive(Debug, Default)]
pub(super) struct Enrollments {
    wanted: Wanted,
    excluded: Vec<Part>,
}

impl Enrollments {
    /// Adds a part, or what must not be met in addition to the other parts.
    pub(super) fn add(&mut self, part: Part, negated: bool) {
        if negated {
            self.excluded.push(part);
        } else {
            self.wanted.add(&part);
        }
    }

    /// The condition, if there is any. With a negated part, it holds for exactly the users that
    /// meet the other parts and would not meet them with this part added.
    pub(super) fn filter(self) -> Option<Filter> {
        let mut all = Vec::new();
        if self.wanted != Wanted::default() {
            all.push(self.wanted.filter());
        }
        for part in &self.excluded {
            let mut both = self.wanted.clone();
            both.add(part);
            all.push(both.filter().not());
        }
        match all.len() {
            0 | 1 => all.pop(),
            _ => Some(Filter::And(all)),
        }
    }
}

impl Wanted {
    fn add(&mut self, part: &Part) {
        match part {
            Part::Test(test) => intersect(&mut self.test, test),
            Part::EachOf(programs) => self.each_of.extend(programs.iter().cloned()),
        }
    }

    fn filter(&self) -> Filter {
        if self.each_of.is_empty() {
            return Filter::Term(Term::Enrollment(self.test.clone()));
        }
        let within = |program: &String| {
            let mut test = self.test.clone();
            let program_ids = Some(vec![program.clone()]);
            intersect(&mut test, &EnrollmentTest { program_ids, ..EnrollmentTest::default() });
            Filter::Term(Term::Enrollment(test))
        };
        Filter::And(self.each_of.iter().map(within).collect())
    }
}

/// Narrows a test to what passes another one, too.
pub(super) fn intersect(test: &mut EnrollmentTest, other: &EnrollmentTest) {
    let lists = [
        (&mut test.program_ids, &other.program_ids),
        (&mut test.program_types, &other.program_types),
        (&mut test.statuses, &other.statuses),
    ];
    for (values, others) in lists {
        match (values.as_mut(), others) {
            (Some(values), Some(others)) => values.retain(|value| others.contains(value)),
            (None, Some(others)) => *values = Some(others.clone()),
            (_, None) => {}
        }
    }
    test.min_progress = test.min_progress.max(other.min_progress);
    test.max_progress = match (test.max_progress, other.max_progress) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
}
