//! A stored index: damaged objects, erasure, tokens, and manifests of later releases.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use provost_domain::{Timestamp, UserId};
use provost_search::{
    Field, Filter, Page, Query, Search, Selection, UserRecord,
    protocol::{
        Compaction, IndexReader, MANIFEST, Manifest, ProtocolError, Refreshed, check_erasure,
        clean, commit, compact, rebuild,
    },
    storage::{Condition, MemoryStore, ObjectStore, StorageError, UserPage, UserSource, Written},
    synthetic::Numbers,
};
use ulid::Ulid;

const START: i64 = 1_795_942_800_000;
const HOUR: i64 = 3_600_000;
const MEMORY: usize = 1 << 24;

fn run<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("objects in memory are there at once"),
    }
}

fn at(hours: i64) -> Timestamp {
    Timestamp::from_millis(START + hours * HOUR)
}

fn ids(hours: i64) -> impl FnMut() -> Ulid {
    let mut n = Numbers::new(hours as u64);
    move || Ulid((at(hours).millis() as u128) << 80 | u128::from(n.next()))
}

/// Users in memory.
#[derive(Default)]
struct Table(Vec<UserRecord>);

impl UserSource for Table {
    async fn read(&self, ids: &[UserId]) -> Result<Vec<UserRecord>, StorageError> {
        Ok(self.0.iter().filter(|user| ids.contains(&user.id)).cloned().collect())
    }

    async fn page(&self, _: Option<String>) -> Result<UserPage, StorageError> {
        Ok(UserPage { records: self.0.clone(), next: None })
    }
}

fn user(number: u64, version: u64, name: &str) -> UserRecord {
    let id = UserId::new(Ulid((START as u128) << 80 | u128::from(number)));
    let mut user = UserRecord::new(id, version, "active", at(0));
    user.name = Some(name.to_owned());
    user.city = Some(format!("City of {name}"));
    user.email = Some(format!("{}@example.org", name.to_lowercase()));
    user
}

/// An index of Ada and Bob.
fn two_users() -> (Table, MemoryStore) {
    let table = Table(vec![user(1, 1, "Ada"), user(2, 1, "Bob")]);
    let store = MemoryStore::default();
    run(rebuild(&store, &table, at(0), ids(0))).expect("a rebuild");
    (table, store)
}

fn reader(store: &MemoryStore) -> IndexReader {
    let mut reader = IndexReader::new(MEMORY);
    run(reader.refresh(store, at(0))).expect("a refresh");
    reader
}

fn names(reader: &IndexReader, text: &str) -> usize {
    let search = Some(Search::new(text));
    let query = Query { search, ..Query::new(Selection::all()) };
    let page = Page::Offset { offset: 0, limit: 10 };
    reader.index().query(&query, &page, "usr_staff", at(0)).expect("an answer").total
}

fn compact_now(store: &MemoryStore, hours: i64) {
    let limits = Compaction { deltas: 1, rows: 1, memory: MEMORY };
    run(compact(store, limits, at(hours), ids(hours))).expect("a compaction");
}

#[test]
fn a_reader_follows_commits_and_compactions() {
    let (mut table, store) = two_users();
    let mut reader = reader(&store);
    assert_eq!(run(reader.refresh(&store, at(1))).expect("a refresh"), Refreshed::Unchanged);
    assert_eq!(reader.as_of(), at(1));
    table.0[0] = user(1, 2, "Adele");
    let committed = run(commit(&store, &table, &[table.0[0].id], at(1), ids(1)));
    assert_eq!(committed.expect("a commit").deltas, 1);
    compact_now(&store, 2);
    // The reader stays on its base and applies the delta that the new base contains.
    assert_eq!(run(reader.refresh(&store, at(2))).expect("a refresh"), Refreshed::Deltas(1));
    assert_eq!(names(&reader, "adele"), 1);
}

#[test]
fn a_damaged_base_is_replaced_by_the_one_before() {
    let (mut table, store) = two_users();
    table.0.push(user(3, 1, "Cleo"));
    run(commit(&store, &table, &[table.0[2].id], at(1), ids(1))).expect("a commit");
    compact_now(&store, 1);
    let (manifest, _) = run(Manifest::read(&store)).expect("a manifest").expect("a manifest");
    store.corrupt(&manifest.base.key, |bytes| bytes[40] ^= 1);
    let mut late = IndexReader::new(MEMORY);
    assert_eq!(run(late.refresh(&store, at(1))).expect("a refresh"), Refreshed::EarlierBase);
    assert_eq!(names(&late, "cleo"), 1);
    // Without the one before it is an error, and never a wrong total.
    store.remove(&manifest.previous[0].base.key);
    let error = run(IndexReader::new(MEMORY).refresh(&store, at(1)));
    assert!(matches!(error, Err(ProtocolError::Damaged { .. })));
    run(rebuild(&store, &table, at(2), ids(2))).expect("a rebuild");
    assert_eq!(names(&self::reader(&store), "cleo"), 1);
}

#[test]
fn without_an_index_there_is_an_error() {
    let store = MemoryStore::default();
    let missing = run(IndexReader::new(MEMORY).refresh(&store, at(0)));
    assert!(matches!(missing, Err(ProtocolError::Missing)));
    let committed = run(commit(&store, &Table::default(), &[], at(0), ids(0)));
    assert!(matches!(committed, Err(ProtocolError::Missing)));
}

#[test]
fn an_erased_user_leaves_memory_and_every_object() {
    let (mut table, store) = two_users();
    let mut warm = reader(&store);
    let ada = table.0.remove(0);
    run(commit(&store, &table, &[ada.id], at(1), ids(1))).expect("a commit");
    run(warm.refresh(&store, at(1))).expect("a refresh");
    assert_eq!((warm.index().len(), names(&warm, "ada")), (1, 0));
    let city = Filter::present(Field::City);
    let query = Query::new(Selection::all().with("city", city));
    assert_eq!(warm.index().count(&query, at(1)), Ok(1));

    let check = |hours: i64| {
        run(clean(&store, at(hours))).expect("a cleaning");
        let texts = ["Ada", "ada@example.org", "City of Ada"];
        run(check_erasure(&store, ada.id, &texts, MEMORY)).expect("a check")
    };
    let manifest = || run(Manifest::read(&store)).expect("a manifest").expect("a manifest").0;
    assert_eq!(manifest().erasure_since, Some(at(1)));
    assert_eq!(check(1).holding.len(), 2, "the base and the tombstone");
    // Due because somebody was erased, whatever the limits.
    let limits = Compaction { deltas: 1000, rows: 1000, memory: MEMORY };
    run(compact(&store, limits, at(2), ids(2))).expect("a compaction");
    assert!(!check(2).is_clean(), "readers may still be loading the base before");
    assert!(check(4).is_clean());
    assert_eq!(manifest().erasure_since, None);
    assert_eq!(store.sizes().len(), 2, "the manifest and one base");
}

#[test]
fn objects_of_interrupted_writers_are_removed_after_an_hour() {
    let (table, store) = two_users();
    let orphan = format!("delta/{}", ids(1)());
    store.write(&orphan, b"left".to_vec(), &Condition::Absent);
    let left = run(check_erasure(&store, table.0[0].id, &[], MEMORY)).expect("a check");
    assert_eq!(left.unreadable, std::slice::from_ref(&orphan));
    assert!(run(clean(&store, at(1))).expect("a cleaning").is_empty());
    assert_eq!(run(clean(&store, at(3))).expect("a cleaning"), [orphan]);
}

#[test]
fn a_caller_reads_their_own_changes() {
    let (mut table, store) = two_users();
    let reader = reader(&store);
    table.0[0] = user(1, 2, "Adele");
    let bob = table.0.remove(1).id;
    let changed = [(table.0[0].id, 2), (bob, 2)];
    let index = run(reader.with_changes(&table, &changed)).expect("an index");
    assert_eq!((index.len(), index.version(changed[0].0)), (1, Some(2)));
    // What the index already knows is not read again.
    struct Unreachable;
    impl UserSource for Unreachable {
        async fn read(&self, _: &[UserId]) -> Result<Vec<UserRecord>, StorageError> {
            Err(StorageError::new("unreachable"))
        }
        async fn page(&self, _: Option<String>) -> Result<UserPage, StorageError> {
            Err(StorageError::new("unreachable"))
        }
    }
    assert!(run(reader.with_changes(&Unreachable, &[(changed[0].0, 1)])).is_ok());
    assert!(run(reader.with_changes(&Unreachable, &changed)).is_err());
}

#[test]
fn a_manifest_keeps_what_a_later_release_added() {
    let (table, store) = two_users();
    store.corrupt(MANIFEST, |bytes| {
        let mut value: serde_json::Value = serde_json::from_slice(bytes).expect("JSON");
        value["shards"] = 1.into();
        *bytes = value.to_string().into_bytes();
    });
    run(commit(&store, &table, &[table.0[0].id], at(1), ids(1))).expect("a commit");
    let object = store.read(MANIFEST).expect("a manifest");
    let value: serde_json::Value = serde_json::from_slice(&object.bytes).expect("JSON");
    assert_eq!((&value["shards"], &value["generation"]), (&1.into(), &2.into()));
    // A later format is not read as this one.
    let later = value.to_string().replace("\"format\":1", "\"format\":2").into_bytes();
    let written = run(store.put(MANIFEST, later, Condition::Tag(object.tag)));
    assert!(matches!(written, Ok(Written::Stored(_))));
    let refused = run(IndexReader::new(MEMORY).refresh(&store, at(1)));
    assert!(matches!(refused, Err(ProtocolError::Manifest)));
    run(rebuild(&store, &table, at(2), ids(2))).expect("a rebuild");
    assert_eq!(reader(&store).index().len(), 2);
}

/// Gives the base the number of other text rules, as another release writes it. `named` is whether
/// its manifests have the number.
fn by_another_release(store: &MemoryStore, rules: u8, named: bool) {
    use sha2::{Digest, Sha256};
    let (mut manifest, tag) = run(Manifest::read(store)).expect("a manifest").expect("a manifest");
    // After what says what it is, the format and the compression.
    store.corrupt(&manifest.base.key, |bytes| bytes[6] = rules);
    let base = run(store.get(&manifest.base.key)).expect("an object").expect("an object");
    manifest.base.sha256 =
        Sha256::digest(&base.bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    if named {
        manifest.text_rules = rules;
    }
    assert!(run(manifest.next(at(0)).write(store, Some(tag))).expect("a write"));
}

#[test]
fn an_index_with_other_text_rules_is_never_read_and_is_made_again() {
    for named in [true, false] {
        let (mut table, store) = two_users();
        let mut reader = reader(&store);
        by_another_release(&store, 1, named);
        assert!(
            run(IndexReader::new(MEMORY).refresh(&store, at(1))).is_err_and(|e| e.is_missing())
        );
        let limits = Compaction { deltas: 0, rows: 0, memory: MEMORY };
        let compacted = run(compact(&store, limits, at(1), || ids(1)()));
        assert!(compacted.is_err_and(|error| error.needs_rebuild()));
        table.0[0] = user(1, 2, "Adele");
        let committed = run(commit(&store, &table, &[table.0[0].id], at(1), ids(1)));
        assert_eq!(committed.is_err_and(|error| error.needs_rebuild()), named);
        // A reader that has read the index before keeps what it has, and says that it is old.
        let refreshed = run(reader.refresh(&store, at(1)));
        assert_eq!(refreshed.is_err_and(|error| error.is_missing()), named);
        run(rebuild(&store, &table, at(2), ids(2))).expect("a rebuild");
        assert_eq!(names(&self::reader(&store), "adele"), 1);
        run(reader.refresh(&store, at(2))).expect("a refresh");
        assert_eq!(names(&reader, "adele"), 1);
    }
}

#[test]
fn a_manifest_of_the_last_release_has_its_text_rules() {
    let (_, store) = two_users();
    let object = run(store.get(MANIFEST)).expect("a manifest").expect("a manifest");
    let mut manifest: serde_json::Value = serde_json::from_slice(&object.bytes).expect("JSON");
    assert!(manifest.as_object_mut().expect("an object").remove("textRules").is_some());
    let read: Manifest = serde_json::from_value(manifest).expect("a manifest");
    assert_eq!(read.text_rules, 2);
}
