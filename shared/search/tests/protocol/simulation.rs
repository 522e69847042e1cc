//! Runs writers, compactors, rebuilds and readers step by step in a random order, and lets them
//! crash and lose answers.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

use provost_domain::{Timestamp, UserId};
use provost_search::{
    UserRecord,
    protocol::{
        Compaction, IndexReader, Manifest, ProtocolError, check_erasure, clean, commit, compact,
        put_delta, read_changes, rebuild,
    },
    storage::{
        Condition, Fetched, MemoryStore, ObjectStore, StorageError, StoredObject, UserPage,
        UserSource, Written,
    },
    synthetic::Numbers,
};
use ulid::Ulid;

const START: i64 = 1_795_942_800_000;
const HOUR: i64 = 3_600_000;
const MEMORY: usize = 1 << 24;
const USERS: u64 = 4;

/// How a writer adds its changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// As the crate does it.
    Real,
    /// After a conflict, adds the delta that it already has to the newer manifest.
    SameDelta,
    /// Reads the users before the manifest.
    UsersFirst,
}

/// What all tasks share.
#[derive(Clone)]
struct World {
    store: Arc<MemoryStore>,
    table: Arc<Mutex<BTreeMap<UserId, UserRecord>>>,
    chance: Arc<Mutex<Chance>>,
    now: Arc<Mutex<i64>>,
}

struct Chance {
    numbers: Numbers,
    faults: bool,
    /// Writes whose answer was lost and that arrive later.
    delayed: Vec<(String, Vec<u8>, Condition)>,
    /// Tasks that have read something on which a write depends.
    ids: u64,
}

/// Lets the other tasks go on.
async fn step() {
    let mut waited = false;
    std::future::poll_fn(|context| {
        if waited {
            return Poll::Ready(());
        }
        waited = true;
        // Some futures are only polled again after this.
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl World {
    fn percent(&self, percent: u64) -> bool {
        let mut chance = self.chance.lock().expect("the chance");
        chance.faults && chance.numbers.percent(percent)
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(*self.now.lock().expect("the time"))
    }

    fn id_source(&self) -> impl FnMut() -> Ulid + use<> {
        let world = self.clone();
        move || {
            let time = world.now().millis() as u128;
            let mut chance = world.chance.lock().expect("the chance");
            chance.ids += 1;
            Ulid(time << 80 | u128::from(chance.ids))
        }
    }
}

impl ObjectStore for World {
    async fn get(&self, key: &str) -> Result<Option<StoredObject>, StorageError> {
        step().await;
        let object = self.store.read(key);
        if self.percent(2) { Err(StorageError::new("lost")) } else { Ok(object) }
    }

    async fn get_if_changed(&self, key: &str, tag: &str) -> Result<Fetched, StorageError> {
        step().await;
        self.store.get_if_changed(key, tag).await
    }

    async fn put(
        &self,
        key: &str,
        bytes: Vec<u8>,
        condition: Condition,
    ) -> Result<Written, StorageError> {
        step().await;
        if self.percent(4) {
            // The request is under way for longer than its sender waits.
            let mut chance = self.chance.lock().expect("the chance");
            chance.delayed.push((key.to_owned(), bytes, condition));
            return Err(StorageError::new("timed out"));
        }
        let written = self.store.write(key, bytes, &condition);
        step().await;
        if self.percent(4) { Err(StorageError::new("lost")) } else { Ok(written) }
    }

    async fn delete(&self, key: &str) -> Result<(), StorageError> {
        step().await;
        self.store.remove(key);
        Ok(())
    }

    async fn list(&self) -> Result<Vec<String>, StorageError> {
        step().await;
        self.store.list().await
    }
}

impl UserSource for World {
    async fn read(&self, ids: &[UserId]) -> Result<Vec<UserRecord>, StorageError> {
        step().await;
        let table = self.table.lock().expect("the table");
        Ok(ids.iter().filter_map(|id| table.get(id)).cloned().collect())
    }

    async fn page(&self, after: Option<String>) -> Result<UserPage, StorageError> {
        step().await;
        let table = self.table.lock().expect("the table");
        let mut rest = table.values().filter(|user| after.as_ref() < Some(&user.id.to_string()));
        let records: Vec<UserRecord> = rest.by_ref().take(2).cloned().collect();
        let next = rest.next().and_then(|_| records.last()).map(|user| user.id.to_string());
        Ok(UserPage { records, next })
    }
}

type Task = Pin<Box<dyn Future<Output = Outcome>>>;

enum Outcome {
    Written(Vec<UserId>, bool),
    Read(Box<Reader>),
    Other,
}

/// A reader, and the highest version of each user that it has seen.
struct Reader {
    index: IndexReader,
    seen: BTreeMap<UserId, u64>,
}

impl Reader {
    fn new() -> Self {
        Self { index: IndexReader::new(MEMORY), seen: BTreeMap::new() }
    }

    /// Whether no user was seen in an earlier version than before. A removed user has the highest.
    fn goes_forward(&mut self) -> bool {
        let mut forward = true;
        for (id, seen) in &mut self.seen {
            let version = match self.index.index().version(*id) {
                // Not seen so far.
                None if *seen == 0 => continue,
                None => u64::MAX,
                Some(version) => version,
            };
            forward &= version >= *seen;
            *seen = version;
        }
        forward
    }
}

/// What went wrong in a run.
#[derive(Debug, Default, Clone, Copy)]
pub struct Faults {
    /// A reader saw a user in an earlier version than before.
    pub backwards: bool,
    /// In the end, the index was not the table.
    pub wrong: bool,
    /// In the end, a user who was erased was in the index.
    pub resurrected: bool,
    /// In the end, an object contained an erased user.
    pub traces: bool,
}

impl Faults {
    pub const fn any(self) -> bool {
        self.backwards || self.wrong || self.resurrected || self.traces
    }
}

async fn commit_variant(
    world: &World,
    users: &[UserId],
    variant: Variant,
) -> Result<(), ProtocolError> {
    let mut ids = world.id_source();
    if variant == Variant::Real {
        return commit(world, world, users, world.now(), ids).await.map(|_| ());
    }
    for _ in 0..20 {
        let early = match variant {
            Variant::UsersFirst => Some(read_changes(world, users).await?),
            _ => None,
        };
        let manifest = Manifest::read(world).await?;
        let Some((mut manifest, mut tag)) = manifest else { return Err(ProtocolError::Missing) };
        let changes = match early {
            Some(changes) => changes,
            None => read_changes(world, users).await?,
        };
        let delta = put_delta(world, &changes, ids()).await?;
        loop {
            let next = manifest.with_delta(delta.clone(), true, world.now());
            if next.write(world, Some(tag.clone())).await? {
                return Ok(());
            }
            if variant == Variant::UsersFirst {
                break;
            }
            let Some(newer) = Manifest::read(world).await? else { break };
            (manifest, tag) = newer;
        }
    }
    Err(ProtocolError::Contention)
}

/// Runs one random interleaving.
pub fn run(seed: u64, variant: Variant) -> Faults {
    let mut n = Numbers::new(seed);
    let chance =
        Chance { numbers: Numbers::new(!seed), faults: false, delayed: Vec::new(), ids: 0 };
    let world = World {
        store: Arc::default(),
        table: Arc::default(),
        chance: Arc::new(Mutex::new(chance)),
        now: Arc::new(Mutex::new(START)),
    };
    let mut simulation = Simulation {
        erased: BTreeSet::new(),
        events: Vec::new(),
        tasks: Vec::new(),
        readers: vec![Reader::new(), Reader::new()],
        faults: Faults::default(),
        version: 0,
        next_user: 0,
        variant,
        world,
    };
    for _ in 0..USERS {
        simulation.change(&mut n, true);
    }
    let first = simulation.world.clone();
    simulation.finish(Box::pin(async move {
        let ids = first.id_source();
        rebuild(&first, &first, first.now(), ids).await.expect("a first base");
        Outcome::Other
    }));
    // Without network faults in the variants: they must fail by their order alone.
    simulation.set_faults(variant == Variant::Real);
    for _ in 0..120 {
        simulation.random_step(&mut n);
    }
    simulation.settle(&mut n);
    simulation.faults
}

struct Simulation {
    world: World,
    erased: BTreeSet<UserId>,
    /// Changed users that still have to be written.
    events: Vec<UserId>,
    tasks: Vec<(Task, Vec<UserId>)>,
    readers: Vec<Reader>,
    faults: Faults,
    version: u64,
    next_user: u64,
    variant: Variant,
}

impl Simulation {
    fn set_faults(&self, faults: bool) {
        self.world.chance.lock().expect("the chance").faults = faults;
    }

    /// Creates, changes or erases a user.
    fn change(&mut self, n: &mut Numbers, create: bool) {
        self.version += 1;
        let mut table = self.world.table.lock().expect("the table");
        let known: Vec<UserId> = table.keys().copied().collect();
        let id = if create || known.is_empty() {
            self.next_user += 1;
            UserId::new(Ulid((START as u128) << 80 | u128::from(self.next_user)))
        } else {
            known[n.below(known.len() as u64) as usize]
        };
        if !create && n.percent(25) {
            table.remove(&id);
            self.erased.insert(id);
        } else {
            let created = Timestamp::from_millis(START);
            let mut user = UserRecord::new(id, self.version, "active", created);
            user.name = Some(format!("name of {}", self.version));
            table.insert(id, user);
        }
        self.events.push(id);
    }

    fn random_step(&mut self, n: &mut Numbers) {
        match n.below(100) {
            0..12 => self.change(n, n.clone().percent(20)),
            12..24 => self.start_writer(n),
            24..28 => self.start_compactor(),
            28 => self.start_rebuild(),
            29..34 => self.start_reader(),
            34..36 if self.variant == Variant::Real && !self.tasks.is_empty() => {
                // A crash: the messages come again.
                let at = n.below(self.tasks.len() as u64) as usize;
                let (task, events) = self.tasks.swap_remove(at);
                drop(task);
                self.events.extend(events);
                if self.readers.len() < 2 && n.percent(50) {
                    self.readers.push(Reader::new());
                }
            }
            36..39 => {
                let delayed = &mut self.world.chance.lock().expect("the chance").delayed;
                if !delayed.is_empty() {
                    let at = n.below(delayed.len() as u64) as usize;
                    let (key, bytes, condition) = delayed.swap_remove(at);
                    self.world.store.write(&key, bytes, &condition);
                }
            }
            _ => self.poll_one(n),
        }
    }

    fn start_writer(&mut self, n: &mut Numbers) {
        if self.events.is_empty() {
            return;
        }
        let count = 1 + n.below(2.min(self.events.len() as u64)) as usize;
        let users: Vec<UserId> = self.events.drain(..count).collect();
        let (world, variant) = (self.world.clone(), self.variant);
        let events = users.clone();
        let task = async move {
            let done = commit_variant(&world, &users, variant).await.is_ok();
            Outcome::Written(users, done)
        };
        self.tasks.push((Box::pin(task), events));
    }

    fn start_compactor(&mut self) {
        let world = self.world.clone();
        let task = async move {
            let limits = Compaction { deltas: 2, rows: 3, memory: MEMORY };
            let mut ids = world.id_source();
            let _ = compact(&world, limits, world.now(), &mut ids).await;
            let _ = clean(&world, world.now()).await;
            Outcome::Other
        };
        self.tasks.push((Box::pin(task), Vec::new()));
    }

    fn start_rebuild(&mut self) {
        let world = self.world.clone();
        let task = async move {
            let ids = world.id_source();
            let _ = rebuild(&world, &world, world.now(), ids).await;
            Outcome::Other
        };
        self.tasks.push((Box::pin(task), Vec::new()));
    }

    fn start_reader(&mut self) {
        let Some(mut reader) = self.readers.pop() else { return };
        for id in self.world.table.lock().expect("the table").keys() {
            reader.seen.entry(*id).or_insert(0);
        }
        let world = self.world.clone();
        let task = async move {
            let _ = reader.index.refresh(&world, world.now()).await;
            Outcome::Read(Box::new(reader))
        };
        self.tasks.push((Box::pin(task), Vec::new()));
    }

    /// Lets a task do one step, or several while the others stand still.
    fn poll_one(&mut self, n: &mut Numbers) {
        if self.tasks.is_empty() {
            return;
        }
        let at = n.below(self.tasks.len() as u64) as usize;
        let steps = if n.percent(70) { 1 } else { 1 + n.below(30) };
        for _ in 0..steps {
            let polled = self.tasks[at].0.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            if let Poll::Ready(outcome) = polled {
                let _ = self.tasks.swap_remove(at);
                self.take(outcome);
                return;
            }
        }
    }

    fn take(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Written(users, false) => self.events.extend(users),
            Outcome::Written(_, true) | Outcome::Other => {}
            Outcome::Read(mut reader) => {
                self.faults.backwards |= !reader.goes_forward();
                self.readers.push(*reader);
            }
        }
    }

    /// Runs a task to its end.
    fn finish(&mut self, mut task: Task) {
        loop {
            let polled = task.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            if let Poll::Ready(outcome) = polled {
                return self.take(outcome);
            }
        }
    }

    /// Ends everything that is under way, delivers what is left, and compares.
    fn settle(&mut self, n: &mut Numbers) {
        self.set_faults(false);
        while !self.tasks.is_empty() {
            self.poll_one(n);
        }
        let delayed = std::mem::take(&mut self.world.chance.lock().expect("the chance").delayed);
        for (key, bytes, condition) in delayed {
            self.world.store.write(&key, bytes, &condition);
        }
        while !self.events.is_empty() {
            self.start_writer(n);
            while !self.tasks.is_empty() {
                self.poll_one(n);
            }
        }
        self.readers.push(Reader::new());
        for _ in 0..self.readers.len() {
            self.start_reader();
        }
        while !self.tasks.is_empty() {
            self.poll_one(n);
        }
        let table = self.world.table.lock().expect("the table").clone();
        for reader in &self.readers {
            let index = reader.index.index();
            let same = index.len() == table.len()
                && table.values().all(|user| index.version(user.id) == Some(user.version));
            self.faults.wrong |= !same;
            let back = self.erased.iter().any(|id| index.version(*id).is_some());
            self.faults.resurrected |= back;
        }
        self.erase_traces();
    }

    /// Compacts, waits until nobody needs the objects before, removes them, and looks for erased
    /// users.
    fn erase_traces(&mut self) {
        for _ in 0..2 {
            self.start_compactor();
            let (task, _) = self.tasks.pop().expect("the compactor");
            self.finish(task);
            *self.world.now.lock().expect("the time") += 2 * HOUR;
        }
        let traces = Cell::new(false);
        let left = RefCell::new(None);
        let world = self.world.clone();
        for id in &self.erased {
            let check = check_erasure(&world, *id, &[], MEMORY);
            let mut check = Box::pin(check);
            loop {
                if let Poll::Ready(report) =
                    check.as_mut().poll(&mut Context::from_waker(Waker::noop()))
                {
                    let report = report.expect("objects in memory");
                    traces.set(traces.get() || !report.is_clean());
                    *left.borrow_mut() = Some(report.objects);
                    break;
                }
            }
        }
        self.faults.traces = traces.get();
    }
}
