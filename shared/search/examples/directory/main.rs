//! Measures the user index: `directory build USERS FOLDER` makes the index of that many made-up
//! users in a folder, and `directory serve FOLDER` loads it and runs queries. `directory compare
//! USERS FOLDER` also writes the users and the answers, for other engines to be compared with.
//!
//! Times are CPU times of the one thread, so they hardly depend on what else the machine does.

#![allow(clippy::print_stdout, reason = "a measurement prints its figures")]

mod compare;
mod folder;
mod queries;

use std::{future::Future, path::Path, pin::pin, task::Context, task::Poll, task::Waker};

use folder::FolderStore;
use provost_domain::{Timestamp, UserId};
use provost_search::{
    UserRecord,
    protocol::{Compaction, IndexReader, Manifest, commit, compact, rebuild},
    storage::{StorageError, UserPage, UserSource},
    synthetic::{Numbers, Population},
};
use ulid::Ulid;

const NOW: i64 = 1_795_942_800_000;
const MEMORY: usize = 1 << 30;
const PAGE: u64 = 5_000;

type Failure = Box<dyn std::error::Error>;

/// Runs what never waits.
fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}

/// The CPU time of this thread so far, in milliseconds.
fn cpu() -> f64 {
    // Linux brings the figure up to date when a thread waits.
    std::thread::sleep(std::time::Duration::from_micros(1));
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|first| first.parse::<f64>().ok());
    nanoseconds.unwrap_or_default() / 1e6
}

/// A line of the status of this process in mebibytes, such as `VmRSS`.
fn memory(name: &str) -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    let kib = line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok());
    kib.unwrap_or_default() / 1024.0
}

/// A population as the table of users, of which some have changed.
struct Source {
    population: Population,
    changed: Vec<(UserId, u64)>,
}

impl UserSource for Source {
    async fn read(&self, ids: &[UserId]) -> Result<Vec<UserRecord>, StorageError> {
        let number = |id| self.changed.iter().find(|(other, _)| other == id);
        let changed = ids.iter().filter_map(number);
        Ok(changed.map(|(_, number)| self.population.user(*number, 2)).collect())
    }

    async fn page(&self, after: Option<String>) -> Result<UserPage, StorageError> {
        let from: u64 = after.and_then(|after| after.parse().ok()).unwrap_or_default();
        let to = (from + PAGE).min(self.population.users);
        let records = (from..to).map(|number| self.population.user(number, 1)).collect();
        Ok(UserPage { records, next: (to < self.population.users).then(|| to.to_string()) })
    }
}

fn population(users: u64) -> Population {
    Population { seed: 1, users, now: Timestamp::from_millis(NOW) }
}

fn ids(seed: u64) -> impl FnMut() -> Ulid {
    let mut n = Numbers::new(seed);
    move || Ulid((NOW as u128) << 80 | u128::from(n.next()))
}

fn build(users: u64, folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    let store = FolderStore::new(folder);
    let now = Timestamp::from_millis(NOW);
    let mut source = Source { population: population(users), changed: Vec::new() };
    // What making up the users costs, to take it off.
    let before = cpu();
    let sample = 20_000.min(users);
    for number in 0..sample {
        std::hint::black_box(source.population.user(number, 1));
    }
    let generation = (cpu() - before) * users as f64 / sample as f64;
    let before = cpu();
    let rebuilt = run(rebuild(&store, &source, now, ids(0)))?;
    println!(
        "{users} users: rebuild {:.0} ms CPU without making up the users, base {:.2} MB, peak RSS {:.0} MiB",
        cpu() - before - generation,
        rebuilt.base.length as f64 / 1e6,
        memory("VmHWM"),
    );
    for count in [1, 100, 1_000] {
        let numbers = (0..count).map(|number| number * 97 % users);
        source.changed = numbers.map(|number| (source.population.id(number), number)).collect();
        let changed: Vec<UserId> = source.changed.iter().map(|(id, _)| *id).collect();
        let before = cpu();
        let committed = run(commit(&store, &source, &changed, now, ids(count)))?;
        let bytes = committed.delta.length;
        println!("{count} changed: {bytes} bytes, {:.2} ms CPU", cpu() - before);
    }
    Ok(())
}

fn serve(folder: &Path) -> Result<(), Failure> {
    let store = FolderStore::new(folder);
    let now = Timestamp::from_millis(NOW);
    let before = cpu();
    let mut reader = IndexReader::new(MEMORY);
    run(reader.refresh(&store, now))?;
    println!(
        "load {:.0} ms CPU, RSS {:.0} MiB, peak while loading {:.0} MiB",
        cpu() - before,
        memory("VmRSS"),
        memory("VmHWM"),
    );
    let users = run(Manifest::read(&store))?.map_or(0, |(manifest, _)| manifest.base.rows);
    queries::measure(reader.index(), &population(users), now)?;
    println!("RSS after the queries {:.0} MiB", memory("VmRSS"));
    drop(reader);
    let before = cpu();
    let limits = Compaction { deltas: 1, memory: MEMORY, ..Compaction::default() };
    run(compact(&store, limits, now, ids(1 << 40)))?;
    println!("compaction {:.0} ms CPU, peak RSS {:.0} MiB", cpu() - before, memory("VmHWM"));
    Ok(())
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["build", users, folder] => build(users.parse()?, Path::new(folder)),
        ["serve", folder] => serve(Path::new(folder)),
        ["compare", users, folder] => compare::write(users.parse()?, Path::new(folder)),
        _ => Err("usage: directory build|compare USERS FOLDER | directory serve FOLDER".into()),
    }
}
