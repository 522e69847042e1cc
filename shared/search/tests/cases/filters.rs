//! Filters: complements, missing values, times and dates.

use jiff::civil::date;
use provost_search::{
    Enrollment, EnrollmentTest, FacetRequest, Field, Filter, Index, Kind, Moment, Term, TextTest,
    TimedPermission, UserRecord, synthetic::Population,
};

use super::*;

fn between(field: Field, from: &str, until: &str) -> Filter {
    Filter::instant(field, Some(Moment::At(at(from))), Some(Moment::At(at(until))))
}

#[test]
fn a_negation_is_the_complement_also_for_users_without_a_value() {
    let population = Population { seed: 3, users: 400, now: now() };
    let mut users: Vec<UserRecord> = (0..400).map(|number| population.user(number, 1)).collect();
    users.push(user(1));
    let index = Index::from_records(&users);
    for field in Field::ALL {
        let filter = match field.kind() {
            Kind::Identifier | Kind::Exact | Kind::Phone | Kind::Text | Kind::Keyword => {
                Filter::Term(Term::Text {
                    field: *field,
                    test: TextTest::Contains,
                    values: vec!["a".to_owned(), "1".to_owned(), "B".to_owned()],
                })
            }
            Kind::Keywords => Filter::any_of(*field, ["learner", "google", "law", "email"]),
            Kind::TimedKeywords => Filter::any_of(*field, ["report.read"]),
            Kind::Number => Filter::number(*field, Some(3), Some(900)),
            Kind::Instant => Filter::instant(*field, None, Some(Moment::days_ago(300))),
            Kind::Date => {
                Filter::Term(Term::Age { min: Some(30), max: None, zone: "UTC".to_owned() })
            }
            Kind::Flag | Kind::Enrollments => Filter::present(*field),
        };
        let yes = matching(&index, filter.clone()).len();
        let no = matching(&index, filter.not()).len();
        assert_eq!(yes + no, users.len(), "{field}");
        let present = matching(&index, Filter::present(*field)).len();
        assert!(yes <= present, "{field} matches users without a value");
    }
}

#[test]
fn an_external_id_is_filtered_as_it_is_written() {
    let with = |number, id: &str| UserRecord { external_id: Some(id.to_owned()), ..user(number) };
    let index = Index::from_records(&[with(0, "Sis-A"), with(1, "sis-a"), with(2, "é"), user(3)]);
    for (value, expected) in [
        ("Sis-A", &[0][..]),
        ("sis-a", &[1]),
        ("SIS-A", &[]),
        ("é", &[2]),
        ("e\u{301}", &[]),
        ("", &[]),
    ] {
        let found = matching(&index, Filter::any_of(Field::ExternalId, [value]));
        assert_eq!(found, expected, "{value:?}");
    }
    assert_eq!(matching(&index, Filter::present(Field::ExternalId)), [0, 1, 2]);
}

#[test]
fn a_text_of_blanks_counts_as_absent() {
    let city = |number, city: &str| UserRecord { city: Some(city.to_owned()), ..user(number) };
    let index = Index::from_records(&[
        user(0),
        city(1, ""),
        city(2, "   "),
        city(3, "\u{a0}"),
        city(4, "Dhaka"),
    ]);
    assert_eq!(matching(&index, Filter::present(Field::City)), [4]);
    assert_eq!(matching(&index, Filter::any_of(Field::City, [""])), Vec::<u64>::new());
    assert_eq!(matching(&index, Filter::any_of(Field::City, ["DHAKA"]).not()), [0, 1, 2, 3]);
}

#[test]
fn days_tile() {
    let created = |number, time: &str| UserRecord { created_at: at(time), ..user(number) };
    let index = Index::from_records(&[
        created(0, "2026-11-25T23:59:59.999Z"),
        created(1, "2026-11-26T00:00:00.000Z"),
        created(2, "2026-11-26T23:59:59.999Z"),
        created(3, "2026-11-27T00:00:00.000Z"),
    ]);
    let day = between(Field::CreatedAt, "2026-11-26T00:00:00.000Z", "2026-11-27T00:00:00.000Z");
    assert_eq!(matching(&index, day), [1, 2]);
}

#[test]
fn somebody_born_on_29_february_is_a_year_older_on_1_march() {
    let index = Index::from_records(&[
        UserRecord { date_of_birth: Some(date(2004, 2, 29)), ..user(0) },
        UserRecord { date_of_birth: Some(date(2003, 3, 1)), ..user(1) },
        user(2),
    ]);
    let age = |day: &str, min, max| {
        let selection = Selection::all().with_expression(Filter::Term(Term::Age {
            min,
            max,
            zone: "UTC".to_owned(),
        }));
        let now = at(&format!("{day}T12:00:00.000Z"));
        let ids = index.ids(&Query::new(selection), now).expect("ids");
        let mut numbers: Vec<u64> =
            ids.iter().map(|id| (id.ulid().0 & 0xffff_ffff) as u64).collect();
        numbers.sort_unstable();
        numbers
    };
    let is = |day, years| age(day, Some(years), Some(years));
    assert_eq!(is("2027-02-28", 22), [0]);
    assert_eq!(is("2027-03-01", 23), [0]);
    assert_eq!(is("2028-02-28", 23), [0]);
    assert_eq!(is("2028-02-29", 24), [0, 1]);
    assert_eq!(is("2024-02-29", 20), [0, 1]);
    for day in ["2026-02-28", "2026-03-01", "2027-02-28", "2028-02-29", "2028-03-01"] {
        let split = [age(day, None, Some(22)), age(day, Some(23), None)].concat();
        assert_eq!(split.len(), 2, "on {day}, each is in exactly one half");
    }
}

#[test]
fn the_date_of_the_time_zone_decides_the_age() {
    let born = UserRecord { date_of_birth: Some(date(2008, 11, 29)), ..user(0) };
    let index = Index::from_records(&[born]);
    let count = |zone: &str| {
        let adult = Term::Age { min: Some(18), max: None, zone: zone.to_owned() };
        let selection = Selection::all().with_expression(Filter::Term(adult));
        index.count(&Query::new(selection), at("2026-11-28T18:30:00.000Z")).expect("a count")
    };
    assert_eq!((count("Asia/Dhaka"), count("UTC")), (1, 0));
}

#[test]
fn who_never_signed_in_is_in_no_window_of_sign_ins() {
    let login = |number, time: Option<&str>| UserRecord {
        last_login_at: time.map(at),
        last_active_at: time.map(at),
        ..user(number)
    };
    let index = Index::from_records(&[
        login(0, None),
        login(1, Some("2025-12-31T00:00:00.000Z")),
        login(2, Some("2026-11-28T00:00:00.000Z")),
    ]);
    let border = Moment::At(at("2026-01-01T00:00:00.000Z"));
    let before = Filter::instant(Field::LastLoginAt, None, Some(border));
    let after = Filter::instant(Field::LastLoginAt, Some(border), None);
    let never = Filter::present(Field::LastLoginAt).not();
    assert_eq!(matching(&index, before.clone()), [1]);
    assert_eq!(matching(&index, never.clone()), [0]);
    assert_eq!(matching(&index, Filter::Or(vec![before, after, never])).len(), 3);
    assert_eq!(matching(&index, Filter::inactive_for_days(90)), [0, 1]);
    assert_eq!(matching(&index, Filter::active_in_last_days(2)), [2]);
}

#[test]
fn a_lock_ends_by_itself() {
    let until = Some(at("2026-11-29T12:00:00.000Z"));
    let index = Index::from_records(&[UserRecord { locked_until: until, ..user(0) }]);
    let locked = Query::new(Selection::all().with("is_locked", Filter::locked()));
    let count = |time: &str| index.count(&locked, at(time)).expect("a count");
    assert_eq!(count("2026-11-29T11:59:59.000Z"), 1);
    assert_eq!(count("2026-11-29T12:00:00.000Z"), 0);
    assert_eq!(count("2026-11-29T12:00:01.000Z"), 0);
}

#[test]
fn total_list_facet_and_statistics_see_the_end_of_a_lock_together() {
    let until = Some(at("2026-11-29T12:00:00.000Z"));
    let index = Index::from_records(&[UserRecord { locked_until: until, ..user(0) }, user(1)]);
    let query = Query::new(Selection::all().with("is_locked", Filter::locked()));
    for (time, locked) in [("2026-11-29T11:59:59.000Z", 1), ("2026-11-29T12:00:01.000Z", 0)] {
        let first = Page::Offset { offset: 0, limit: 10 };
        let list = index.query(&query, &first, "usr_staff", at(time)).expect("a page");
        let facets = index.facets(&query, &[FacetRequest::new(Field::Status)], at(time));
        let facet: u64 = facets.expect("facets")[0].values.iter().map(|value| value.count).sum();
        let everybody = Query::new(Selection::all());
        let stats = index.stats(&everybody, "UTC", at(time)).expect("statistics");
        assert_eq!((list.hits.len(), list.total), (locked, locked), "{time}");
        assert_eq!((facet, stats.locked), (locked as u64, locked as u64), "{time}");
    }
}

#[test]
fn a_denial_overrides_a_role_until_it_expires() {
    let denial = TimedPermission {
        name: "course.update".to_owned(),
        expires_at: Some(at("2026-11-29T12:00:00.000Z")),
    };
    let editor = UserRecord { roles: vec!["editor".to_owned()], ..user(0) };
    let denied = UserRecord { denials: vec![denial], id: id(1), ..editor.clone() };
    let index = Index::from_records(&[editor, denied, user(2)]);
    let filter =
        Filter::holds_permission([("course.update".to_owned(), vec!["editor".to_owned()])]);
    let query = Query::new(Selection::all().with("permission", filter));
    assert_eq!(index.count(&query, at("2026-11-29T11:59:59.999Z")), Ok(1));
    assert_eq!(index.count(&query, at("2026-11-29T12:00:00.000Z")), Ok(2));
}

#[test]
fn one_enrolment_must_meet_all_conditions() {
    let enrollment = |program: &str, status: &str, progress| Enrollment {
        program_id: program.to_owned(),
        program_type: "course".to_owned(),
        status: status.to_owned(),
        progress,
    };
    let enrollments = vec![enrollment("A", "completed", 10_000), enrollment("B", "active", 1_000)];
    let index = Index::from_records(&[UserRecord { enrollments, ..user(0) }]);
    let program = EnrollmentTest { program_ids: Some(vec!["B".to_owned()]), ..Default::default() };
    let completed =
        EnrollmentTest { statuses: Some(vec!["completed".to_owned()]), ..program.clone() };
    let half = EnrollmentTest { min_progress: Some(5_000), ..program.clone() };
    let count = |test| matching(&index, Filter::Term(Term::Enrollment(test))).len();
    assert_eq!((count(program), count(completed), count(half)), (1, 0, 0));
}

#[test]
fn words_of_a_grammar_are_names_like_any_other() {
    let index = names(&["OR", "and", "not (x)", "Say \"hi\" \\ Co", "O'Neil", "René"]);
    for (number, name) in ["or", "AND", "Not (x)", "say \"HI\" \\ co", "O\u{2019}neil", "rene"]
        .into_iter()
        .enumerate()
    {
        assert_eq!(matching(&index, Filter::any_of(Field::Name, [name])), [number as u64]);
    }
}

#[test]
fn a_filter_without_values_matches_nobody() {
    let index = names(&["Ada"]);
    let none: [&str; 0] = [];
    assert!(matching(&index, Filter::any_of(Field::Name, none)).is_empty());
    assert!(matching(&index, Filter::none()).is_empty());
    assert_eq!(matching(&index, Filter::all()), [0]);
}
