//! Writes the users and the answers of the index, so that `tests/bench/compare.py` can ask other
//! engines the same.
//!
//! The texts are written in the forms in which the index compares them, so the other engines need
//! no normalisation of their own.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use provost_domain::Timestamp;
use provost_search::{
    FacetRequest, Field, Filter, Index, Page, Query, Search, SearchMode, Selection, SortKey,
    UserRecord,
    protocol::{IndexReader, rebuild},
    synthetic::Population,
    text::{digits, each_token, identifier_form, normal_form, umlaut_form},
};
use serde_json::{Value, json};

use crate::{
    Failure, MEMORY, NOW, Source, cpu,
    folder::FolderStore,
    ids, population,
    queries::{CALLER, mistyped, sample, six},
    run,
};

const LIMIT: usize = 50;

/// Makes the index of that many users in a folder, and writes `users.ndjson` and `queries.json`
/// next to it.
pub fn write(users: u64, folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    let (store, now) = (FolderStore::new(folder), Timestamp::from_millis(NOW));
    let source = Source { population: population(users), changed: Vec::new() };
    let rebuilt = run(rebuild(&store, &source, now, ids(0)))?;
    let mut out = BufWriter::new(File::create(folder.join("users.ndjson"))?);
    for number in 0..users {
        serde_json::to_writer(&mut out, &row(&source.population.user(number, 1)))?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    let mut reader = IndexReader::new(MEMORY);
    run(reader.refresh(&store, now))?;
    let queries = queries(reader.index(), &source.population, now)?;
    let answers = json!({
        "users": users,
        "now": NOW,
        "bytes": rebuilt.base.length,
        "queries": queries,
    });
    serde_json::to_writer(File::create(folder.join("queries.json"))?, &answers)?;
    Ok(())
}

/// A user with all values of the index.
fn row(user: &UserRecord) -> Value {
    let form = |text: &Option<String>| text.as_deref().map(identifier_form);
    let name = user.name.as_deref().map(normal_form);
    let umlaut = user.name.as_deref().and_then(umlaut_form);
    let mut words: Vec<String> = Vec::new();
    for name in [&name, &umlaut].into_iter().flatten() {
        each_token(name, |word| words.push(word.to_owned()));
    }
    words.dedup();
    let identifiers = [&user.unique_id, &user.external_id, &user.username, &user.email];
    let identifiers: Vec<String> = identifiers.into_iter().filter_map(form).collect();
    let timed = |list: &[provost_search::TimedPermission]| -> Vec<Value> {
        let entry = |one: &provost_search::TimedPermission| {
            json!([one.name, one.expires_at.map(Timestamp::millis)])
        };
        list.iter().map(entry).collect()
    };
    let enrollments: Vec<Value> = user
        .enrollments
        .iter()
        .map(|one| json!([one.program_id, one.program_type, one.status, one.progress]))
        .collect();
    let millis = |time: Option<Timestamp>| time.map(Timestamp::millis);
    let mut row = json!({
        "id": user.id.ulid().to_string(),
        "version": user.version,
        "unique_id": form(&user.unique_id),
        "external_id": form(&user.external_id),
        "name": name,
        "username": form(&user.username),
        "email": form(&user.email),
        "phone": user.phone.as_deref().map(digits),
        "words": words.join(" "),
        "identifiers": identifiers.join(" "),
        "expertise": user.expertise,
        "roles": user.roles,
        "auth_methods": user.auth_methods,
        "oauth_providers": user.oauth_providers,
        "grants": timed(&user.grants),
        "denials": timed(&user.denials),
        "enrollments": enrollments,
        "date_of_birth": user.date_of_birth.map(|date| date.to_string()),
        "profile_score": user.profile_score,
        "failed_login_attempts": user.failed_login_attempts,
        "total_time_spent": user.total_time_spent,
    });
    let texts = [
        ("status", Some(&user.status)),
        ("suspension_kind", user.suspension_kind.as_ref()),
        ("deletion_state", user.deletion_state.as_ref()),
        ("portal_tier", user.portal_tier.as_ref()),
        ("gender", user.gender.as_ref()),
        ("country", user.country.as_ref()),
        ("continent", user.continent.as_ref()),
        ("state", user.state.as_ref()),
        ("city", user.city.as_ref()),
        ("timezone", user.timezone.as_ref()),
        ("locale", user.locale.as_ref()),
        ("designation", user.designation.as_ref()),
    ];
    let times = [
        ("created_at", Some(user.created_at)),
        ("updated_at", Some(user.updated_at)),
        ("last_login_at", user.last_login_at),
        ("last_active_at", user.last_active_at),
        ("locked_until", user.locked_until),
        ("suspended_until", user.suspended_until),
        ("deleted_at", user.deleted_at),
        ("purge_after", user.purge_after),
        ("last_learning_activity_at", user.last_learning_activity_at),
    ];
    let flags = [
        ("is_admin", user.is_admin),
        ("is_instructor", user.is_instructor),
        ("is_learner", user.is_learner),
        ("email_verified", user.email_verified),
        ("phone_verified", user.phone_verified),
        ("has_password", user.has_password),
        ("mfa_enabled", user.mfa_enabled),
        ("must_reset_password", user.must_reset_password),
        ("has_avatar", user.has_avatar),
        ("has_bio", user.has_bio),
        ("has_address", user.has_address),
        ("profile_complete", user.profile_complete),
        ("has_legal_hold", user.has_legal_hold),
        ("is_verified", user.is_verified),
        ("id_verified", user.id_verified),
        ("student_verified", user.student_verified),
        ("support_banned", user.support_banned),
    ];
    for (name, text) in texts {
        row[name] = json!(text);
    }
    for (name, time) in times {
        row[name] = json!(millis(time));
    }
    for (name, flag) in flags {
        row[name] = json!(flag);
    }
    row
}

/// The ten queries, each with its values, its answers and its CPU times in milliseconds.
fn queries(index: &Index, population: &Population, now: Timestamp) -> Result<Vec<Value>, Failure> {
    // Plain words of three letters and more: trigrams find no shorter ones, and the index reads a
    // dash in two ways.
    let plain = |word: &str| word.len() >= 3 && word.bytes().all(|b| b.is_ascii_alphabetic());
    let sample = sample(population, |name| name.split(' ').all(plain));
    let name = |user: &UserRecord| user.name.clone().unwrap_or_default();
    let email = |user: &UserRecord| user.email.clone().unwrap_or_default();
    let last = |user: &UserRecord| {
        name(user).split(' ').next_back().map(str::to_owned).unwrap_or_default()
    };
    let by_name = SortKey::ascending(Field::Name);
    let sorted = |query: Query| Query { sort: vec![by_name], ..query };
    let active = Filter::any_of(Field::Status, ["active"]);
    let active = Query::new(Selection::all().with("status", active));
    let exact = |email: String| {
        let filter = Filter::any_of(Field::Email, [email]);
        Query::new(Selection::all().with("email", filter))
    };
    let first = || Page::Offset { offset: 0, limit: LIMIT };
    let deep = || Page::Offset { offset: population.users as usize / 10, limit: LIMIT };
    let engine = Engine { index, now };
    let probes = |text: &dyn Fn(&UserRecord, usize) -> String| -> Vec<(String, String)> {
        let probe = |(at, user): (usize, &UserRecord)| (text(user, at), user.id.ulid().to_string());
        sample.iter().enumerate().map(probe).collect()
    };
    let emails = probes(&|user, _| email(user));
    let filters = [
        engine.filter("exact email, as filter", &emails, &|text| exact(text.to_owned()), first)?,
        engine.filter("6 filters, newest first", &[], &|_| six(true), first)?,
        engine.filter("6 filters, by name", &[], &|_| sorted(six(true)), first)?,
        engine.filter("active, newest first, deep page", &[], &|_| active.clone(), deep)?,
        engine.filter("active, by name, deep page", &[], &|_| sorted(active.clone()), deep)?,
    ];
    let letters = probes(&|user, _| last(user).chars().take(3).collect());
    let typos = probes(&|user, at| mistyped(&last(user), at));
    let searches = [
        engine.search("search box, 3 letters", &letters)?,
        engine.search("search box, full name", &probes(&|user, _| name(user)))?,
        engine.search("search box, whole email", &emails)?,
        engine.search("search box, last name with typo", &typos)?,
    ];
    let mut queries: Vec<Value> = filters.into_iter().chain(searches).collect();
    queries.push(engine.facets()?);
    Ok(queries)
}

struct Engine<'a> {
    index: &'a Index,
    now: Timestamp,
}

impl Engine<'_> {
    fn ask(&self, query: &Query, page: &Page) -> Result<(usize, Vec<String>), Failure> {
        let results = self.index.query(query, page, CALLER, self.now)?;
        let ids = results.hits.iter().map(|hit| hit.id.ulid().to_string()).collect();
        Ok((results.total, ids))
    }

    /// A query without a search: the others must give the same total and the same page.
    fn filter(
        &self,
        name: &str,
        probes: &[(String, String)],
        query: &dyn Fn(&str) -> Query,
        page: impl Fn() -> Page,
    ) -> Result<Value, Failure> {
        let none = [(String::new(), String::new())];
        let probes = if probes.is_empty() { &none } else { probes };
        let page = page();
        let mut times = Vec::new();
        let mut answers = Vec::new();
        self.ask(&query(&probes[0].0), &page)?;
        for at in 0..100 {
            let (text, _) = &probes[at % probes.len()];
            let query = query(text);
            let before = cpu();
            let (total, ids) = self.ask(&query, &page)?;
            times.push(cpu() - before);
            if answers.len() < probes.len() {
                answers.push(json!({ "text": text, "total": total, "ids": ids }));
            }
        }
        Ok(json!({ "name": name, "probes": answers, "times": times }))
    }

    /// A search as the box sends it, with typing mistakes and the best hits first. The others are
    /// compared with the users that match literally, the newest first, which is not timed.
    fn search(&self, name: &str, probes: &[(String, String)]) -> Result<Value, Failure> {
        let page = Page::Offset { offset: 0, limit: LIMIT };
        let query = |text: &str, mode| Query {
            search: Some(Search { mode, ..Search::new(text) }),
            ..Query::new(Selection::all())
        };
        self.ask(&query(&probes[0].0, SearchMode::Fuzzy), &page)?;
        let mut times = Vec::new();
        let mut answers = Vec::new();
        for (text, wanted) in probes {
            let box_query = query(text, SearchMode::Fuzzy);
            let before = cpu();
            let (total, ids) = self.ask(&box_query, &page)?;
            times.push(cpu() - before);
            let mut literal = query(text, SearchMode::Substring);
            literal.sort = vec![SortKey::descending(Field::CreatedAt)];
            let (literal_total, literal_ids) = self.ask(&literal, &page)?;
            answers.push(json!({
                "text": text,
                "words": text.split(' ').map(normal_form).collect::<Vec<_>>(),
                "wanted": wanted,
                "found": ids.contains(wanted),
                "box_total": total,
                "total": literal_total,
                "ids": literal_ids,
            }));
        }
        Ok(json!({ "name": name, "probes": answers, "times": times }))
    }

    fn facets(&self) -> Result<Value, Failure> {
        let requests = [Field::Status, Field::Country].map(FacetRequest::new);
        let all = Query::new(Selection::all());
        let mut times = Vec::new();
        let mut facets = self.index.facets(&all, &requests, self.now)?;
        for _ in 0..100 {
            let before = cpu();
            facets = self.index.facets(&all, &requests, self.now)?;
            times.push(cpu() - before);
        }
        let count = |value: &provost_search::FacetValue| json!([value.value, value.count]);
        let values: Vec<Vec<Value>> =
            facets.iter().map(|facet| facet.values.iter().map(count).collect()).collect();
        let name = "facets status and country, all users";
        Ok(json!({ "name": name, "probes": [{ "facets": values }], "times": times }))
    }
}
