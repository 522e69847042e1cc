//! `provost export verify` and `provost export decrypt`.

use std::path::{Path, PathBuf};

use provost_archive::{About, Archive, ArchiveOptions, Compression, Identity};

use crate::program::provost;

/// An archive and its key in a directory.
fn archive(directory: &Path) -> (PathBuf, PathBuf) {
    let identity = Identity::generate();
    let mut archive =
        Archive::create(ArchiveOptions::new(vec![identity.recipient()], 1_795_190_400)).unwrap();
    let mut bytes = Vec::new();
    archive.begin_member("profile.json", Compression::Deflate).unwrap();
    archive.write(br#"{"firstName":"Ada"}"#).unwrap();
    archive.add_records(1).unwrap();
    archive.end_member().unwrap();
    archive.finish_with_manifest(About::new("psn_1")).unwrap();
    while let Some(part) = archive.take_part().unwrap() {
        bytes.extend_from_slice(&part.bytes);
    }
    let (file, key) = (directory.join("ada.zip.age"), directory.join("key.txt"));
    std::fs::write(&file, bytes).unwrap();
    identity.reveal(|text| std::fs::write(&key, format!("# a comment\n{text}\n")).unwrap());
    (file, key)
}

#[tokio::test]
async fn a_valid_archive_is_verified_and_unpacked() {
    let directory = tempfile::tempdir().unwrap();
    let (file, key) = archive(directory.path());
    let (file, key) = (file.to_str().unwrap(), key.to_str().unwrap());
    let verified =
        provost(directory.path(), &["export", "verify", file, "--identity", key], "").await;
    assert!(verified.ok && verified.out.contains("1 records"), "{verified:?}");
    let out = directory.path().join("unpacked");
    let unpacked = provost(
        directory.path(),
        &["export", "decrypt", file, "-i", "-", "--out", out.to_str().unwrap()],
        &std::fs::read_to_string(key).unwrap(),
    )
    .await;
    assert!(unpacked.ok, "{unpacked:?}");
    assert_eq!(std::fs::read(out.join("profile.json")).unwrap(), br#"{"firstName":"Ada"}"#);
    let beside = provost(directory.path(), &["export", "decrypt", file, "-i", key], "").await;
    assert!(beside.ok && directory.path().join("ada/index.html").is_file(), "{beside:?}");
}

#[tokio::test]
async fn a_damaged_archive_or_a_wrong_key_leaves_no_files_behind() {
    let directory = tempfile::tempdir().unwrap();
    let (file, key) = archive(directory.path());
    let other = tempfile::tempdir().unwrap();
    let (_, wrong) = archive(other.path());
    let out = directory.path().join("unpacked");
    let refused = provost(
        directory.path(),
        &[
            "export",
            "decrypt",
            file.to_str().unwrap(),
            "-i",
            wrong.to_str().unwrap(),
            "-o",
            out.to_str().unwrap(),
        ],
        "",
    )
    .await;
    assert!(!refused.ok && refused.err.starts_with("provost: "), "{refused:?}");
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() - 100;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let damaged = provost(
        directory.path(),
        &["export", "verify", file.to_str().unwrap(), "-i", key.to_str().unwrap()],
        "",
    )
    .await;
    assert!(!damaged.ok, "{damaged:?}");
    assert!(!out.join("profile.json").exists());
    let absent = provost(
        directory.path(),
        &["export", "verify", "no-such-file", "-i", key.to_str().unwrap()],
        "",
    )
    .await;
    assert!(!absent.ok && absent.err.contains("no-such-file could not be opened"), "{absent:?}");
}
