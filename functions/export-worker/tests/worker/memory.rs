//! Memory: an export of four times the size needs no more of it. Measured in a process of its own,
//! since other tests would move the figures.

use crate::support::*;

const MIB: usize = 1 << 20;

/// The most memory that the process has had since the mark was last wiped, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
    status
        .lines()
        .find_map(|line| {
            line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse().ok()
        })
        .expect("a figure")
}

/// Wipes the mark.
fn wipe() {
    std::fs::write("/proc/self/clear_refs", "5").expect("Linux lets a process do so");
}

#[test]
#[cfg(target_os = "linux")]
fn a_larger_export_needs_no_more_memory() {
    let this = std::env::current_exe().expect("this test");
    let output = std::process::Command::new(this)
        .args(["--exact", "memory::exports_of_growing_size", "--ignored"])
        .output()
        .expect("it starts");
    let said = String::from_utf8_lossy(&output.stdout);
    // A filter that names no test succeeds as well.
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
        wipe();
        assert!(!deliver(&world, id).await);
        peaks.push(peak());
        eprintln!("{} MiB: peak {} KiB, the local bucket and table included", files * 16, peak());
    }
    assert!(peaks[2] < peaks[1] + 32 * 1024, "256 MiB take much more than 64 MiB: {peaks:?}");
    world.settle().await;
}
