//! Days, times, ages and what depends on the time of the query.

use jiff::civil::date;
use provost_search::{Filter, Moment, Term};

use crate::world::*;

/// The first instant that a query's first condition includes.
fn first_instant(query: &str) -> String {
    let list = read(query).unwrap_or_else(|error| panic!("{query}: {error:?}"));
    match &list.selection.parts()[0].filter {
        Filter::Term(Term::Instant { from: Some(Moment::At(at)), .. }) => at.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn days_tile() {
    let window = |from: u8, until: u8| {
        found(&format!("status=all&created_after=2026-11-{from}&created_before=2026-11-{until}"))
    };
    assert_eq!(window(26, 27), "Ada Bela");
    assert_eq!(window(27, 28), "Cleo");
    assert_eq!(window(28, 29), "Eve");
    assert_eq!(window(26, 29), "Ada Bela Cleo Eve");
}

#[test]
fn the_end_of_a_window_is_exclusive_and_the_error_says_so() {
    let same_day = "created_after=2026-11-26&created_before=2026-11-26";
    assert_eq!(refused(same_day), ("created_after".to_owned(), "empty_window"));
    let sentence = sentence(read(same_day));
    assert!(sentence.contains("exclusive") && sentence.contains("2026-11-27"), "{sentence}");
}

#[test]
fn a_plus_that_arrives_as_a_blank_is_refused_with_how_to_write_it() {
    for query in [
        "created_after=2026-11-01T00:00:00+06:00",
        "created_after=2026-11-01T00:00:00%2006:00",
        "last_login_before=2026-11-01+00:00:00.5+00:00",
    ] {
        let sentence = sentence(read(query));
        assert!(sentence.contains("write %2B"), "{sentence}");
    }
    let encoded = "created_after=2026-11-01T00:00:00%2B06:00";
    assert_eq!(first_instant(encoded), "2026-10-31T18:00:00.000Z");
    assert!(sentence(read("created_after=2026-11-01T00:00:00")).contains("offset"));
}

#[test]
fn a_day_without_midnight_begins_at_its_first_instant() {
    for (zone, day, first) in [
        ("America/Santiago", "2026-09-06", "2026-09-06T04:00:00.000Z"),
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00.000Z"),
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00.000Z"),
        ("Asia/Kathmandu", "2026-11-28", "2026-11-27T18:15:00.000Z"),
    ] {
        assert_eq!(first_instant(&format!("tz={zone}&created_after={day}")), first);
        assert_eq!(first_instant(&format!("created_after={day}&tz={zone}")), first);
    }
}

#[test]
fn who_was_born_on_29_february_is_older_on_1_march() {
    let mut leap = user("Leap", NOW);
    leap.date_of_birth = Some(date(2004, 2, 29));
    let mut march = user("March", NOW);
    march.date_of_birth = Some(date(2003, 3, 1));
    let users = [leap, march];
    let age = |name: &str, day: &str| {
        (0..30)
            .find(|age| {
                let query = format!("age_min={age}&age_max={age}");
                found_among_at(&users, &query, &format!("{day}T12:00:00Z")).contains(name)
            })
            .unwrap()
    };
    assert_eq!(age("Leap", "2027-02-28"), 22);
    assert_eq!(age("Leap", "2027-03-01"), 23);
    assert_eq!(age("Leap", "2028-02-29"), 24);
    assert_eq!(age("March", "2024-02-29"), 20);
    for day in ["2027-02-28", "2027-03-01", "2026-11-28"] {
        let found = |query| found_among_at(&users, query, &format!("{day}T00:00:00Z")).len();
        assert_eq!(found("age_max=22") + found("age_min=23"), 2);
    }
}

#[test]
fn an_age_is_that_of_the_date_in_the_time_zone() {
    let mut born = user("Born", NOW);
    born.date_of_birth = Some(date(2008, 11, 29));
    let users = [born];
    let found = |query| found_among_at(&users, query, "2026-11-28T18:30:00Z").len();
    assert_eq!(found("age_min=18&tz=Asia/Dhaka"), 1);
    assert_eq!(found("age_min=18&tz=UTC"), 0);
    assert_eq!(found("age_min=18"), 0);
}

#[test]
fn who_never_signed_in_is_neither_before_nor_after_a_time() {
    let everybody = "Ada Bela Dora Eve";
    assert_eq!(found("last_login_before=2026-01-01"), "");
    assert_eq!(found("last_login_after=2026-01-01"), "Ada");
    assert_eq!(found("never_logged_in=true"), "Bela Dora Eve");
    assert_eq!(found("never_logged_in=false"), "Ada");
    assert_eq!(found(""), everybody);
    // Dora was active 27 days ago; nobody else of those who never were is old enough.
    assert_eq!(found("inactive_for_days=90"), "");
    let old = [user("Old", "2026-08-01T00:00:00Z"), user("New", "2026-09-15T00:00:00Z")];
    let found: Vec<_> = found_among(&old, "inactive_for_days=90").into_iter().collect();
    assert_eq!(found, ["Old"]);
}

#[test]
fn a_lock_ends_by_itself() {
    let mut locked = user("Locked", NOW);
    locked.locked_until = Some(time("2026-11-28T12:00:00Z"));
    let users = [locked];
    let found = |query, now| found_among_at(&users, query, now).len();
    for (now, is_locked) in
        [("2026-11-28T11:59:59Z", 1), ("2026-11-28T12:00:00Z", 0), ("2026-11-28T12:00:01Z", 0)]
    {
        assert_eq!(found("is_locked=true", now), is_locked);
        assert_eq!(found("is_locked=false", now), 1 - is_locked);
    }
}

#[test]
fn a_bound_finer_than_a_millisecond_keeps_its_place() {
    assert_eq!(
        first_instant("created_after=2026-11-26T21:38:21.8617979Z"),
        "2026-11-26T21:38:21.862Z"
    );
}
