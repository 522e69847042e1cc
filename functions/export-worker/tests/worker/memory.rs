//! Memory: an export four times as large needs no more memory. Measured in a separate process,
//! because other tests would change the figures.

use crate::support::*;

const MIB: usize = 1 << 20;

/// The process's peak memory since the last reset, in KiB.
fn peak() -> u64 {
    let status =
        std::fs::read_to_string("/proc/self/status").expect("/proc/self/status is readable");
    status
        .lines()
        .find_map(|line| {
            line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse().ok()
        })
        .expect("VmHWM is a number")
}

/// Resets the peak.
fn reset_peak() {
    std::fs::write("/proc/self/clear_refs", "5").expect("/proc/self/clear_refs is writable");
}

#[test]
#[cfg(target_os = "linux")]
fn a_larger_export_needs_no_more_memory() {
    let this = std::env::current_exe().expect("the path of this test");
    let output = std::process::Command::new(this)
        .args(["--exact", "memory::exports_of_growing_size", "--ignored"])
        .output()
        .expect("the process starts");
    let said = String::from_utf8_lossy(&output.stdout);
    // A filter that matches no test also succeeds.
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "started by the test above, in a process of its own"]
async fn exports_of_growing_size() {
    let world = world().await;
    let bytes = noise(16 * MIB);
    let mut peaks = Vec::new();
    for (name, files) in [("warm", 2), ("small", 4), ("large", 16)] {
        let person = world.person(name).await;
        for file in 0..files {
            add_file(&world, person.id, &format!("film-{file}.bin"), bytes.clone()).await;
        }
        let (id, _) = job_for(&world, person.id).await;
        reset_peak();
        assert!(!deliver(&world, id).await);
        peaks.push(peak());
        eprintln!("{} MiB: peak {} KiB, the local bucket and table included", files * 16, peak());
    }
    assert!(peaks[2] < peaks[1] + 32 * 1024, "256 MiB take much more than 64 MiB: {peaks:?}");
    world.settle().await;
}
