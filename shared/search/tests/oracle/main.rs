//! Random queries over a stored index that changes all the time, compared with a plain loop over
//! the same records.

mod naive;
mod naive_search;
mod random;

use std::{
    collections::BTreeMap,
    future::Future,
    pin::pin,
    sync::Mutex,
    task::{Context, Poll, Waker},
};

use naive::User;
use provost_domain::{Timestamp, UserId};
use provost_search::{
    Cursor, FacetRequest, Field, Index, Kind, Page, Query, UserRecord,
    protocol::{Compaction, IndexReader, clean, commit, compact, rebuild},
    storage::{MemoryStore, StorageError, UserPage, UserSource},
    synthetic::{Numbers, Population},
};
use ulid::Ulid;

const NOW: i64 = 1_795_942_800_000;
const CALLER: &str = "usr_caller";
const MEMORY: usize = 1 << 28;

/// Runs what never waits.
fn run<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("objects in memory are there at once"),
    }
}

#[derive(Default)]
struct Table(Mutex<BTreeMap<UserId, UserRecord>>);

impl UserSource for Table {
    async fn read(&self, ids: &[UserId]) -> Result<Vec<UserRecord>, StorageError> {
        let table = self.0.lock().expect("the table");
        Ok(ids.iter().filter_map(|id| table.get(id)).cloned().collect())
    }

    async fn page(&self, after: Option<String>) -> Result<UserPage, StorageError> {
        let table = self.0.lock().expect("the table");
        let from = after.map_or(0, |after| after.parse().expect("a position"));
        let records: Vec<UserRecord> = table.values().skip(from).take(100).cloned().collect();
        let next = (records.len() == 100).then(|| (from + 100).to_string());
        Ok(UserPage { records, next })
    }
}

/// A table of users, the index of it, and a reader.
struct World {
    n: Numbers,
    population: Population,
    table: Table,
    store: MemoryStore,
    reader: IndexReader,
    next_user: u64,
    version: u64,
    now: Timestamp,
}

impl World {
    fn new(seed: u64, users: u64) -> Self {
        let now = Timestamp::from_millis(NOW);
        let population = Population { seed, users: 100_000, now };
        let mut world = Self {
            n: Numbers::new(seed),
            population,
            table: Table::default(),
            store: MemoryStore::default(),
            reader: IndexReader::new(MEMORY),
            next_user: 0,
            version: 1,
            now,
        };
        for _ in 0..users {
            world.add_user();
        }
        world.rebuild();
        world
    }

    fn id_source(&mut self) -> impl FnMut() -> Ulid + use<> {
        let mut n = Numbers::new(self.n.next());
        let time = self.now.millis() as u128;
        move || Ulid(time << 80 | u128::from(n.next()))
    }

    fn add_user(&mut self) -> UserId {
        // Spread over the population, so that new ids lie between old ones.
        let number = self.next_user.wrapping_mul(7919) % self.population.users;
        self.next_user += 1;
        let user = self.population.user(number, self.version);
        let id = user.id;
        self.table.0.lock().expect("the table").insert(id, user);
        id
    }

    fn rebuild(&mut self) {
        let ids = self.id_source();
        run(rebuild(&self.store, &self.table, self.now, ids)).expect("a rebuild");
    }

    /// Changes, adds and removes users, and writes them to the index.
    fn change(&mut self) {
        self.version += 1;
        let mut changed = Vec::new();
        for _ in 0..1 + self.n.skewed(30) {
            let id = self.random_user();
            let mut table = self.table.0.lock().expect("the table");
            match self.n.below(10) {
                0 if table.len() > 50 => {
                    table.remove(&id);
                    changed.push(id);
                }
                1 => {
                    drop(table);
                    changed.push(self.add_user());
                }
                _ => {
                    let number = self.n.below(1_000);
                    let mut other = self.population.user(number, self.version);
                    let user = table.get_mut(&id).expect("the user");
                    let kept = (user.id, user.unique_id.clone(), user.created_at);
                    other.version = self.version;
                    (other.id, other.unique_id, other.created_at) = kept;
                    *user = other;
                    changed.push(id);
                }
            }
        }
        let ids = self.id_source();
        run(commit(&self.store, &self.table, &changed, self.now, ids)).expect("a commit");
        self.now = self.now.plus(self.n.below(60_000) as i64);
        let ids = self.id_source();
        match self.n.below(40) {
            0 => self.rebuild(),
            1 | 2 => {
                let limits = Compaction { deltas: 1, ..Compaction::default() };
                run(compact(&self.store, limits, self.now, {
                    let mut ids = ids;
                    move || ids()
                }))
                .expect("a compaction");
            }
            3 => {
                self.now = self.now.plus(3_700_000);
                run(clean(&self.store, self.now)).expect("a cleaning");
            }
            4 => self.reader = IndexReader::new(MEMORY),
            _ => {}
        }
    }

    fn random_user(&mut self) -> UserId {
        let table = self.table.0.lock().expect("the table");
        let at = self.n.below(table.len() as u64) as usize;
        *table.keys().nth(at).expect("a user")
    }

    /// The users of the table; those that have not changed are taken from before.
    fn users(&self, before: Vec<User>) -> Vec<User> {
        let mut known: BTreeMap<UserId, User> =
            before.into_iter().map(|user| (user.record.id, user)).collect();
        let table = self.table.0.lock().expect("the table");
        let user = |record: &UserRecord| match known.remove(&record.id) {
            Some(user) if user.record == *record => user,
            _ => User::new(record.clone()),
        };
        table.values().map(user).collect()
    }

    fn check(&mut self, users: &[User]) {
        let query = random::query(&mut self.n, users, self.now);
        let index = self.reader.index().clone();
        let expected = naive::answer(users, &query, self.now);
        let ids = naive::ids(&expected.users);
        let context = || format!("{query:#?}");

        let offset = self.n.skewed(ids.len() as u64 + 20) as usize;
        let limit = 1 + self.n.skewed(60) as usize;
        let results = index
            .query(&query, &Page::Offset { offset, limit }, CALLER, self.now)
            .unwrap_or_else(|error| panic!("{error}: {}", context()));
        let page = &ids[offset.min(ids.len())..(offset + limit).min(ids.len())];
        let got: Vec<UserId> = results.hits.iter().map(|hit| hit.id).collect();
        assert_eq!(results.total, ids.len(), "total of {}", context());
        assert_eq!(results.literal_total, expected.literal, "literal total of {}", context());
        assert_eq!(results.stage, expected.stage, "stage of {}", context());
        assert_eq!(got, page, "page {offset}+{limit} of {}", context());
        assert_eq!(results.next.is_some(), offset + limit < ids.len(), "next of {}", context());

        if let Some(search) = &query.search {
            for hit in &results.hits {
                assert!(!hit.matches.is_empty(), "{search:?} does not explain {}", hit.id);
            }
        }
        if self.n.percent(20) {
            self.walk(&index, &query, &ids);
        }
        if self.n.percent(30) {
            self.facets(&index, &query, users, expected.stage);
        }
    }

    /// Goes through all pages by cursor, forwards and backwards.
    fn walk(&mut self, index: &Index, query: &Query, ids: &[UserId]) {
        let limit = 1 + self.n.below(90) as usize;
        let mut page = Page::Offset { offset: 0, limit };
        let mut got: Vec<UserId> = Vec::new();
        let mut last: Option<Cursor> = None;
        loop {
            let results = index.query(query, &page, CALLER, self.now).expect("a page");
            got.extend(results.hits.iter().map(|hit| hit.id));
            assert_eq!(results.total, ids.len());
            let Some(next) = results.next else { break };
            last = results.previous.or(last);
            page = Page::Cursor { cursor: next, limit };
            let cursor = Cursor::from_bytes(&match &page {
                Page::Cursor { cursor, .. } => cursor.to_bytes(),
                Page::Offset { .. } => Vec::new(),
            });
            assert!(cursor.is_ok());
        }
        assert_eq!(got, ids, "forwards: {query:#?}");
        let Some(mut cursor) = last else { return };
        let mut backwards: Vec<UserId> = Vec::new();
        loop {
            let page = Page::Cursor { cursor, limit };
            let results = index.query(query, &page, CALLER, self.now).expect("a page");
            let ids = results.hits.iter().map(|hit| hit.id);
            backwards.splice(0..0, ids);
            match results.previous {
                Some(previous) => cursor = previous,
                None => break,
            }
        }
        assert_eq!(backwards, ids[..backwards.len()], "backwards: {query:#?}");
    }

    fn facets(
        &mut self,
        index: &Index,
        query: &Query,
        users: &[User],
        stage: provost_search::Stage,
    ) {
        let fields: Vec<Field> =
            Field::ALL.iter().copied().filter(|field| field.uses().facet).collect();
        let mut requests = Vec::new();
        for _ in 0..3 {
            let field = fields[self.n.below(fields.len() as u64) as usize];
            requests.push(FacetRequest::new(field));
        }
        requests.extend(query.selection.parts().iter().filter_map(|part| {
            let field: Field = part.parameter.as_deref()?.parse().ok()?;
            field.uses().facet.then(|| FacetRequest::new(field))
        }));
        let facets = index.facets(query, &requests, self.now).expect("facets");
        for (facet, request) in facets.iter().zip(&requests) {
            let counted = naive::without(users, query, &request.parameter, stage, self.now);
            assert_eq!(facet.users, counted.len(), "users of {:?} in {query:#?}", request);
            let mut counts: BTreeMap<String, u64> = BTreeMap::new();
            for user in counted {
                let mut values: Vec<String> = match facet.field.kind() {
                    Kind::Flag => vec![naive::flag(&user.record, facet.field).to_string()],
                    Kind::Keyword => naive::text(&user.record, facet.field)
                        .into_iter()
                        .map(str::to_owned)
                        .collect(),
                    _ => {
                        let list = naive::list(&user.record, facet.field, self.now);
                        list.into_iter().map(str::to_owned).collect()
                    }
                };
                values.sort_unstable();
                values.dedup();
                for value in values {
                    *counts.entry(value).or_default() += 1;
                }
            }
            let got: BTreeMap<String, u64> =
                facet.values.iter().map(|value| (value.value.clone(), value.count)).collect();
            assert_eq!(got, counts, "{:?} in {query:#?}", request);
        }
    }
}

fn compare_random_queries(seed: u64, rounds: usize, queries: usize) {
    let mut world = World::new(seed, 300);
    let mut users = Vec::new();
    for _ in 0..rounds {
        for _ in 0..1 + world.n.skewed(6) {
            world.change();
        }
        run(world.reader.refresh(&world.store, world.now)).expect("a refresh");
        users = world.users(users);
        assert_eq!(world.reader.index().len(), users.len());
        for _ in 0..queries {
            world.check(&users);
        }
    }
}

// Twenty thousand queries in four tests, which run at the same time.

#[test]
fn queries_have_the_answers_of_a_plain_loop_1() {
    compare_random_queries(1, 250, 20);
}

#[test]
fn queries_have_the_answers_of_a_plain_loop_2() {
    compare_random_queries(2, 250, 20);
}

#[test]
fn queries_have_the_answers_of_a_plain_loop_3() {
    compare_random_queries(3, 250, 20);
}

#[test]
fn queries_have_the_answers_of_a_plain_loop_4() {
    compare_random_queries(4, 250, 20);
}
