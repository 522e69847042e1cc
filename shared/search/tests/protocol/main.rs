//! The protocol of the stored index, in random interleavings.

mod simulation;
mod stored;

use simulation::{Variant, run};

fn wrong_runs(runs: std::ops::Range<u64>, variant: Variant) -> u64 {
    runs.filter(|seed| run(*seed, variant).any()).count() as u64
}

/// Runs interleavings on two threads, and returns how many went wrong.
fn wrong_of(runs: u64, variant: Variant) -> u64 {
    let half = runs / 2;
    let other = std::thread::spawn(move || wrong_runs(half..runs, variant));
    wrong_runs(0..half, variant) + other.join().expect("the other half")
}

#[test]
fn no_interleaving_shows_a_wrong_state() {
    for seed in 0..1_000 {
        let faults = run(seed, Variant::Real);
        assert!(!faults.any(), "interleaving {seed}: {faults:?}");
    }
}

#[test]
#[ignore = "takes some minutes; tests/bench/directory.sh runs it"]
fn no_interleaving_of_twenty_thousand_shows_a_wrong_state() {
    assert_eq!(wrong_of(20_000, Variant::Real), 0);
}

#[test]
fn to_add_the_same_delta_after_a_conflict_is_wrong() {
    assert!((0..20_000).any(|seed| run(seed, Variant::SameDelta).resurrected));
}

#[test]
fn to_read_the_users_before_the_manifest_is_wrong() {
    assert!((0..20_000).any(|seed| run(seed, Variant::UsersFirst).resurrected));
}
