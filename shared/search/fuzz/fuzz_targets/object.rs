//! Stored objects of any bytes, with the right length and checksum: an error, or an index that
//! answers every query and can be compacted. The bytes are a base, a delta or the manifest.

#![no_main]

use std::{
    future::Future,
    pin::pin,
    sync::OnceLock,
    task::{Context, Poll, Waker},
};

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use provost_domain::Timestamp;
use provost_search::{
    FacetRequest, Field, Granularity, GrowthRequest, Index, Page, Query, Search, Selection,
    SortKey, SuggestRequest, UserRecord,
    protocol::{Compaction, IndexReader, MANIFEST, Manifest, commit, compact, rebuild},
    storage::{Condition, MemoryStore, ObjectStore, StorageError, UserPage, UserSource},
    synthetic::Population,
};
use ulid::Ulid;

fn now() -> Timestamp {
    Timestamp::from_millis(1_795_942_800_000)
}
/// The most bytes that the columns of an object may unpack to.
const MEMORY: usize = 1 << 20;
const USERS: u64 = 9;

/// Runs what never waits.
fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}

/// A few made-up users, of whom the first no longer exists.
struct Users(Population);

impl UserSource for Users {
    async fn read(&self, ids: &[provost_domain::UserId]) -> Result<Vec<UserRecord>, StorageError> {
        let users = (1..USERS).map(|number| self.0.user(number, 2));
        Ok(users.filter(|user| ids.contains(&user.id)).collect())
    }

    async fn page(&self, _: Option<String>) -> Result<UserPage, StorageError> {
        let records = (0..USERS).map(|number| self.0.user(number, 1)).collect();
        Ok(UserPage { records, next: None })
    }
}

/// A base, a delta as it is stored, the same without packing, and a manifest.
fn sound() -> &'static [Vec<u8>; 4] {
    static SOUND: OnceLock<[Vec<u8>; 4]> = OnceLock::new();
    SOUND.get_or_init(|| {
        let store = MemoryStore::default();
        let users = Users(Population { seed: 5, users: USERS, now: now() });
        let rebuilt = run(rebuild(&store, &users, now(), || Ulid(1))).expect("a base");
        let changed: Vec<_> = (0..4).map(|number| users.0.id(number)).collect();
        let committed = run(commit(&store, &users, &changed, now(), || Ulid(2))).expect("a delta");
        let bytes = |key: &str| store.read(key).expect("an object").bytes;
        let base = bytes(&rebuilt.base.key);
        // A delta is the columns of a base and a list of removed users.
        let mut plain = base.clone();
        plain[..4].copy_from_slice(b"PVUD");
        plain.push(1);
        plain.extend(users.0.id(0).ulid().0.to_be_bytes());
        plain.extend([9, 1]);
        [base, bytes(&committed.delta.key), plain, bytes(MANIFEST)]
    })
}

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let object = &sound()[seed as usize / 64 % 4];
    if !seed.is_multiple_of(64) && size > 16 || object.len() > max_size {
        return fuzzer_mutate(data, size, max_size);
    }
    data[..object.len()].copy_from_slice(object);
    object.len()
});

fuzz_target!(|bytes: &[u8]| {
    let [base, ..] = sound();
    let store = MemoryStore::default();
    let put = |key: &str, bytes: &[u8]| {
        let _ = run(store.put(key, bytes.to_vec(), Condition::Absent));
    };
    if bytes.starts_with(b"{") {
        put(MANIFEST, bytes);
    } else {
        let object = |key: &str, bytes: &[u8]| {
            put(key, bytes);
            reference(key, bytes)
        };
        let is_delta = bytes.starts_with(b"PVUD");
        let manifest = Manifest::new(object("base/1", if is_delta { base } else { bytes }), now());
        let manifest = match is_delta {
            true => manifest.with_delta(object("delta/1", bytes), true, now()),
            false => manifest,
        };
        let _ = run(manifest.write(&store, None));
    }
    let mut reader = IndexReader::new(MEMORY);
    if run(reader.refresh(&store, now())).is_err() {
        return;
    }
    ask(reader.index());
    let limits = Compaction { deltas: 0, rows: 0, memory: MEMORY };
    if run(compact(&store, limits, now(), || Ulid(3))).is_ok() {
        let mut compacted = IndexReader::new(MEMORY);
        run(compacted.refresh(&store, now())).expect("what was compacted can be read");
        assert_eq!(compacted.index().len(), reader.index().len());
    }
});

fn reference(key: &str, bytes: &[u8]) -> provost_search::protocol::ObjectRef {
    use sha2::{Digest, Sha256};
    let sha256 = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let key = key.to_owned();
    provost_search::protocol::ObjectRef { key, length: bytes.len() as u64, sha256, rows: 0 }
}

/// Asks everything that looks at columns; errors are answers too.
fn ask(index: &Index) {
    let all = || Query::new(Selection::all());
    let answer = |query: &Query| {
        for offset in [0, 3] {
            let page = Page::Offset { offset, limit: 5 };
            let Ok(results) = index.query(query, &page, "usr_staff", now()) else { continue };
            for cursor in [results.next, results.previous].into_iter().flatten() {
                let _ = index.query(query, &Page::Cursor { cursor, limit: 5 }, "usr_staff", now());
            }
        }
    };
    for field in Field::ALL {
        for key in [SortKey::ascending(*field), SortKey::descending(*field)] {
            answer(&Query { sort: vec![key], ..all() });
        }
        let suggest = SuggestRequest {
            field: *field,
            text: "a".to_owned(),
            min_count: 1,
            offset: 0,
            limit: 10,
        };
        let _ = index.suggest(&all(), &suggest, now());
        let _ = index.facets(&all(), &[FacetRequest::new(*field)], now());
    }
    for text in ["a", "an", "example", "exampel", "1234", "\"de la\"", "usr_1", "a@b.example"] {
        answer(&Query { search: Some(Search::new(text)), ..all() });
    }
    let _ = index.stats(&Selection::all(), "Asia/Dhaka", now());
    let growth = GrowthRequest {
        granularity: Granularity::Monthly,
        from: jiff::civil::date(2025, 11, 29),
        until: jiff::civil::date(2026, 11, 29),
        zone: "Europe/Berlin".to_owned(),
    };
    let _ = index.growth(&Selection::all(), &growth, now());
}
