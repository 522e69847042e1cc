//! The queries that are measured, with values of users of the population.

use jiff::civil::date;
use provost_domain::Timestamp;
use provost_search::{
    FacetRequest, Field, Filter, Granularity, GrowthRequest, Index, Moment, Page, Query, Search,
    Selection, SortKey, SuggestRequest, Term, UserRecord,
    synthetic::{Numbers, Population},
};

use crate::{Failure, cpu};

pub const CALLER: &str = "usr_staff";

/// Prints the times of all queries.
pub fn measure(index: &Index, population: &Population, now: Timestamp) -> Result<(), Failure> {
    let sample = sample(population, |_| true);
    let first = Page::Offset { offset: 0, limit: 50 };
    let deep = Page::Offset { offset: population.users as usize / 10, limit: 50 };
    let run = |query: &Query, page: &Page| index.query(query, page, CALLER, now).map(|r| r.total);
    let search = |text: String| Query { search: Some(Search::new(&text)), ..six(false) };
    let all =
        |text: String| Query { search: Some(Search::new(&text)), ..Query::new(Selection::all()) };
    let sorted = |mut query: Query, key| {
        query.sort = vec![key];
        query
    };
    let by_name = SortKey::ascending(Field::Name);
    let active = || Filter::any_of(Field::Status, ["active"]);
    let active = || Query::new(Selection::all().with("status", active()));
    let name = |at: usize| sample[at % sample.len()].name.clone().unwrap_or_default();
    let email = |at: usize| sample[at % sample.len()].email.clone().unwrap_or_default();
    let last = |at: usize| name(at).split(' ').next_back().map(str::to_owned).unwrap_or_default();

    time("exact email, as filter", |at| {
        let filter = Filter::any_of(Field::Email, [email(at)]);
        run(&Query::new(Selection::all().with("email", filter)), &first)
    })?;
    time("6 filters, newest first, exact total", |_| run(&six(true), &first))?;
    time("6 filters, by name, exact total", |_| run(&sorted(six(true), by_name), &first))?;
    time("active, newest first, deep page", |_| run(&active(), &deep))?;
    time("active, by name, deep page", |_| run(&sorted(active(), by_name), &deep))?;
    time("search box, 3 letters", |at| run(&all(last(at).chars().take(3).collect()), &first))?;
    time("search box, full name", |at| run(&all(name(at)), &first))?;
    time("search box, whole email", |at| run(&all(email(at)), &first))?;
    time("search box, last name with typo", |at| run(&all(mistyped(&last(at), at)), &first))?;
    time("search box, full name with typo", |at| run(&all(mistyped(&name(at), at)), &first))?;
    time("last name with typo and 6 filters", |at| run(&search(mistyped(&last(at), at)), &first))?;
    let facets: Vec<FacetRequest> = [Field::Status, Field::Country].map(FacetRequest::new).into();
    time("facets status and country, all users", |_| {
        index.facets(&Query::new(Selection::all()), &facets, now).map(|facets| facets.len())
    })?;
    let facets: Vec<FacetRequest> = [
        Field::Status,
        Field::Country,
        Field::Roles,
        Field::City,
        Field::Gender,
        Field::Locale,
        Field::TimeZone,
        Field::EmailVerified,
    ]
    .map(FacetRequest::new)
    .into();
    time("8 facets under 6 filters", |_| {
        index.facets(&six(true), &facets, now).map(|facets| facets.len())
    })?;
    let growth = GrowthRequest {
        granularity: Granularity::Daily,
        from: date(2025, 11, 29),
        until: date(2026, 11, 29),
        zone: "Europe/Berlin".to_owned(),
    };
    time("growth, daily, one year", |_| {
        index.growth(&Query::new(Selection::all()), &growth, now).map(|growth| growth.points.len())
    })?;
    let suggest = SuggestRequest {
        field: Field::Designation,
        text: "senior da".to_owned(),
        min_count: 1,
        offset: 0,
        limit: 10,
    };
    time("suggestions for `senior da`", |_| {
        index.suggest(&Query::new(Selection::all()), &suggest, now).map(|found| found.total)
    })?;
    time("statistics", |_| {
        let all = Query::new(Selection::all());
        index.stats(&all, "Asia/Dhaka", now).map(|stats| stats.total as usize)
    })?;
    Ok(())
}

/// A hundred users with names in ASCII for which a test holds; their values are looked for.
pub fn sample(population: &Population, test: impl Fn(&str) -> bool) -> Vec<UserRecord> {
    let mut n = Numbers::new(7);
    let fits = |name: &String| name.is_ascii() && name.len() > 8 && test(name);
    let mut sample: Vec<_> = (0..1_000)
        .map(|_| population.user(n.below(population.users), 1))
        .filter(|user| user.name.as_ref().is_some_and(fits))
        .collect();
    sample.truncate(100);
    sample
}

/// Six filters, as staff combine them.
pub fn six(roles: bool) -> Query {
    let age = Term::Age { min: Some(20), max: Some(40), zone: "UTC".to_owned() };
    let recent = Filter::instant(Field::CreatedAt, Some(Moment::days_ago(365)), None);
    let role = if roles { "learner" } else { "instructor" };
    Query::new(
        Selection::all()
            .with("status", Filter::any_of(Field::Status, ["active", "inactive"]))
            .with("country", Filter::any_of(Field::Country, ["BD", "DE", "ES"]))
            .with("email_verified", Filter::flag(Field::EmailVerified, true))
            .with("roles", Filter::any_of(Field::Roles, [role]))
            .with("created", recent)
            .with("age", Filter::Term(age)),
    )
}

/// A text with two neighbouring letters exchanged or one left out; a short one gets one more.
pub fn mistyped(text: &str, at: usize) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let Some(place) = letters.len().checked_sub(3) else { return format!("{text}x") };
    if at.is_multiple_of(2) {
        letters.swap(place, place + 1);
    } else {
        letters.remove(place);
    }
    letters.into_iter().collect()
}

/// Prints the CPU time of a query: the middle one, and the one that 99 of 100 do not exceed.
fn time<E: std::error::Error + 'static>(
    name: &str,
    mut query: impl FnMut(usize) -> Result<usize, E>,
) -> Result<(), Failure> {
    let mut total = query(0)?;
    let mut times = Vec::new();
    for at in 0..100 {
        let before = cpu();
        total = query(at)?;
        times.push(cpu() - before);
    }
    times.sort_by(f64::total_cmp);
    println!("{name:42} p50 {:8.3} ms  p99 {:8.3} ms  (last {total})", times[50], times[98]);
    Ok(())
}
