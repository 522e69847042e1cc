//! Random filters, searches and orders, with values that users have.

use provost_domain::{
    Timestamp,
    time::{DAY, HOUR},
};
use provost_search::{
    EnrollmentTest, Field, Filter, Kind, Moment, Query, Search, SearchMode, Selection, SortBy,
    SortKey, Term, TextTest, synthetic::Numbers,
};

use super::naive::{self, User};

pub fn query(n: &mut Numbers, users: &[User], now: Timestamp) -> Query {
    let mut selection = Selection::all();
    for _ in 0..n.skewed(7) {
        let filter = filter(n, users, now, 3);
        let field = filter.fields().first().copied();
        selection = match field {
            Some(field) if n.percent(70) => selection.with(field.name(), filter),
            _ => selection.with_expression(filter),
        };
    }
    let mut query = Query::new(selection);
    if n.percent(50) {
        let mode = [
            SearchMode::Fuzzy,
            SearchMode::Fuzzy,
            SearchMode::Fuzzy,
            SearchMode::Substring,
            SearchMode::Prefix,
            SearchMode::Exact,
        ][n.below(6) as usize];
        let (emails, phones) = (n.percent(85), n.percent(85));
        query.search = Some(Search { text: search(n, users), mode, emails, phones });
    }
    for _ in 0..n.skewed(3) {
        let sortable: Vec<Field> =
            Field::ALL.iter().copied().filter(|field| field.uses().sort).collect();
        let by = match n.below(12) {
            0 => SortBy::Relevance,
            _ => SortBy::Field(sortable[n.below(sortable.len() as u64) as usize]),
        };
        query.sort.push(SortKey { by, descending: n.percent(50) });
    }
    query
}

fn one<'a, T>(n: &mut Numbers, things: &'a [T]) -> &'a T {
    &things[n.below(things.len() as u64) as usize]
}

pub fn filter(n: &mut Numbers, users: &[User], now: Timestamp, depth: usize) -> Filter {
    if depth > 0 && n.percent(25) {
        let inner: Vec<Filter> =
            (0..n.below(4)).map(|_| filter(n, users, now, depth - 1)).collect();
        return if n.percent(50) { Filter::And(inner) } else { Filter::Or(inner) };
    }
    if n.percent(15) {
        return Filter::Not(Box::new(filter(n, users, now, depth.saturating_sub(1))));
    }
    match n.below(30) {
        0 => return Filter::locked(),
        1 => return Filter::active_in_last_days(n.below(90) as u32),
        2 => return Filter::inactive_for_days(n.below(400) as u32),
        3 => {
            let roles = vec!["admin".to_owned(), "editor".to_owned()];
            return Filter::holds_permission([("course.update".to_owned(), roles)]);
        }
        _ => {}
    }
    Filter::Term(term(n, users, now))
}

fn term(n: &mut Numbers, users: &[User], now: Timestamp) -> Term {
    let field = *one(n, Field::ALL);
    let user = one(n, users);
    if n.percent(10) {
        return Term::Present(field);
    }
    match field.kind() {
        Kind::Flag => Term::Present(field),
        Kind::Number => {
            let mut bound = || n.percent(60).then(|| n.skewed(2_000));
            Term::Number { field, min: bound(), max: bound() }
        }
        Kind::Instant => {
            let mut moment = || match n.below(4) {
                0 => None,
                1 => Some(Moment::FromNow(n.below(2_000) as i64 * HOUR - 1_900 * HOUR)),
                2 => Some(Moment::At(user.record.updated_at)),
                _ => Some(Moment::At(now.plus(-(n.below(1_500) as i64) * DAY))),
            };
            Term::Instant { field, from: moment(), until: moment() }
        }
        Kind::Date if n.percent(70) => {
            let mut age = || n.percent(60).then(|| n.below(80) as u16);
            let (min, max) = (age(), age());
            let zone = n.one_of(&["UTC", "Asia/Dhaka", "America/Los_Angeles"]).to_owned();
            Term::Age { min, max, zone }
        }
        Kind::Date => {
            let other = one(n, users).record.date_of_birth;
            Term::Date { field, from: user.record.date_of_birth, until: other }
        }
        Kind::Enrollments => enrollment(n, user),
        _ => text(n, users, field, now),
    }
}

fn enrollment(n: &mut Numbers, user: &User) -> Term {
    let of = user.record.enrollments.first();
    let mut test = EnrollmentTest::default();
    if n.percent(50) {
        test.program_ids = of.map(|of| vec![of.program_id.clone(), "prg_0000".to_owned()]);
    }
    if n.percent(30) {
        test.program_types = Some(vec!["Course".to_owned()]);
    }
    if n.percent(50) {
        test.statuses = Some(vec![n.one_of(&["active", "completed", "nowhere"]).to_owned()]);
    }
    test.min_progress = n.percent(30).then(|| n.below(10_001) as u16);
    test.max_progress = n.percent(30).then(|| n.below(10_001) as u16);
    Term::Enrollment(test)
}

fn text(n: &mut Numbers, users: &[User], field: Field, now: Timestamp) -> Term {
    let mut values = Vec::new();
    for _ in 0..n.skewed(4) + u64::from(n.percent(95)) {
        let user = one(n, users);
        let texts: Vec<&str> = match field.kind() {
            Kind::Keywords | Kind::TimedKeywords => naive::list(&user.record, field, now),
            _ if field == Field::Id => Vec::new(),
            _ => naive::text(&user.record, field).into_iter().collect(),
        };
        values.push(match texts.first() {
            Some(text) => text.to_string(),
            None if field == Field::Id => user.record.id.to_string(),
            None => "nothing".to_owned(),
        });
    }
    let test = match n.below(14) {
        0..6 => TextTest::Equal,
        6 => TextTest::StartsWith,
        7 => TextTest::Contains,
        8 => TextTest::EndsWith,
        9 => TextTest::Greater,
        10 => TextTest::GreaterOrEqual,
        11 => TextTest::Less,
        12 => TextTest::LessOrEqual,
        _ => TextTest::StartsWith,
    };
    for value in &mut values {
        let length = value.chars().count();
        let keep = 1 + n.below(4) as usize;
        *value = match test {
            TextTest::StartsWith => value.chars().take(keep).collect(),
            TextTest::EndsWith => value.chars().skip(length.saturating_sub(keep)).collect(),
            TextTest::Contains => value.chars().skip(length / 2).take(keep).collect(),
            _ if n.percent(30) => value.to_uppercase(),
            _ => value.clone(),
        };
    }
    Term::Text { field, test, values }
}

/// A text as people type it: words of one or two users, whole or in part, in order or not, with
/// mistakes.
pub fn search(n: &mut Numbers, users: &[User]) -> String {
    let record = &one(n, users).record;
    let name = record.name.clone().unwrap_or_default();
    let email = record.email.clone().unwrap_or_default();
    let username = record.username.clone().unwrap_or_default();
    let text = match n.below(24) {
        0..5 => {
            let mut words: Vec<&str> = name.split_whitespace().collect();
            if n.percent(50) {
                words.reverse();
            }
            words.truncate(1 + n.below(2) as usize);
            words.join(" ")
        }
        5 => name,
        6..8 => part(n, &name),
        8 => email,
        9 | 10 => part(n, &email),
        11 => part(n, &username),
        12 => phone(n, &record.phone.clone().unwrap_or_else(|| "+4930901820".to_owned())),
        13 => record.unique_id.clone().unwrap_or_default().to_lowercase(),
        14 => record.id.to_string().to_lowercase(),
        15 => format!("\"{name}\""),
        16 => format!("{} {}", part(n, &name), part(n, &email)),
        17 => n
            .one_of(&["_", "%", "\"", "(", ".*", "a|b", "ng", "山", "о", "é", "🌠", "🇧🇩"])
            .to_owned(),
        18 => email.replace('+', " "),
        19 => record.external_id.clone().unwrap_or_else(|| "sis".to_owned()),
        20 => name.replace(['-', '\'', '’'], ""),
        21 => username.replace('_', "-"),
        _ => name.split_whitespace().next_back().unwrap_or("anna").to_owned(),
    };
    let text = if n.percent(35) { with_mistake(n, &text) } else { text };
    let text = if n.percent(10) { text.to_uppercase() } else { text };
    if text.trim().is_empty() { "anna".to_owned() } else { text }
}

fn part(n: &mut Numbers, text: &str) -> String {
    let length = text.chars().count() as u64;
    if length < 2 {
        return "ma".to_owned();
    }
    let from = if n.percent(40) { 0 } else { n.below(length) };
    text.chars().skip(from as usize).take(1 + n.below(9) as usize).collect()
}

fn phone(n: &mut Numbers, phone: &str) -> String {
    let digits = &phone[1..];
    match n.below(6) {
        0 => phone.to_owned(),
        1 => format!("00{digits}"),
        2 => format!("0{} {}", &digits[2..5], &digits[5..]),
        3 => format!("({}) {}-{}", &digits[2..5], &digits[5..7], &digits[7..]),
        4 => digits[digits.len() - 6..].to_owned(),
        _ => format!("{} {}", &digits[..4], &digits[4..]),
    }
}

fn with_mistake(n: &mut Numbers, text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    if characters.len() < 4 {
        return text.to_owned();
    }
    for _ in 0..1 + n.below(2) {
        let at = n.below(characters.len() as u64 - 1) as usize;
        match n.below(4) {
            0 => characters.swap(at, at + 1),
            1 => {
                characters.remove(at);
            }
            2 => characters.insert(at, 'x'),
            _ => characters[at] = 'e',
        }
    }
    characters.into_iter().collect()
}
