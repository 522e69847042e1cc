//! Data is read back as it was written: bytes, names, counts and hashes.

use std::io::Cursor;

use proptest::{prelude::*, test_runner::RngSeed};
use provost_archive::{About, Compression, Identity, Volume, unpack, verify};

use crate::support::*;

#[test]
fn every_member_is_read_back_and_matches_its_hash_in_the_manifest() {
    let identity = Identity::generate();
    let mut archive = begun(&identity);
    let pictures = noise(300_000, 7);
    add(&mut archive, "profile.json", br#"{"displayName":"Ada"}"#, 1);
    add(&mut archive, "sessions.ndjson", &b"{\"id\":1}\n".repeat(50_000), 50_000);
    add(&mut archive, "files/photo.jpg", &pictures, 1);
    let (bytes, summary) = finished(archive, About::new("psn_7f3a").labelled("Ada Lovelace"));

    let members = opened(&bytes, &identity);
    let manifest = manifest_of(&members);
    assert_eq!(members.len(), 5);
    assert_eq!(members["files/photo.jpg"], pictures);
    assert_eq!(manifest.members.len(), 4, "all but the manifest itself");
    for member in &manifest.members {
        assert_eq!(member.sha256, sha256(&members[&member.name]), "{}", member.name);
        assert_eq!(member.bytes, members[&member.name].len() as u64, "{}", member.name);
    }
    assert_eq!(manifest.totals.records, 50_002);
    assert_eq!(manifest.subject.id, "psn_7f3a");
    assert_eq!(manifest.subject.label.as_deref(), Some("Ada Lovelace"));
    assert_eq!(manifest.created_at, "2026-11-20T16:25:33Z");

    assert_eq!(summary.size, bytes.len() as u64);
    assert_eq!(summary.sha256, sha256(&bytes));
    assert_eq!(summary.members.len(), 5);

    let report = verify(Cursor::new(&bytes), &identity).unwrap();
    assert_eq!(report.manifest, manifest);
    assert_eq!((report.members, report.records), (4, 50_002));
}

#[test]
fn the_page_and_the_manifest_are_the_last_members() {
    let identity = Identity::generate();
    let mut archive = begun(&identity);
    add(&mut archive, "profile.json", b"{}", 1);
    let (_, summary) = finished(archive, About::new("p"));
    let names: Vec<&str> = summary.members.iter().map(provost_archive::Member::name).collect();
    assert_eq!(names, ["profile.json", "index.html", "manifest.json"]);
}

#[test]
fn members_may_be_empty_and_so_may_the_archive() {
    let identity = Identity::generate();
    let mut archive = begun(&identity);
    for (name, compression) in [("a.json", Compression::Deflate), ("b.bin", Compression::Stored)] {
        archive.begin_member(name, compression).unwrap();
        archive.end_member().unwrap();
    }
    let (bytes, _) = finished(archive, About::new("p"));
    let members = opened(&bytes, &identity);
    assert_eq!((members["a.json"].len(), members["b.bin"].len()), (0, 0));
    verify(Cursor::new(bytes), &identity).unwrap();

    let (nothing, _) = finished(begun(&identity), About::new("p"));
    assert_eq!(verify(Cursor::new(nothing), &identity).unwrap().members, 1, "the page");
}

#[test]
fn names_and_text_of_any_script_are_preserved() {
    let identity = Identity::generate();
    let mut archive = begun(&identity);
    let names = [
        "files/履歴書.pdf",
        "files/Ærøskøbing.txt",
        "files/مرحبا.txt",
        "files/👩‍🔬.png",
        "files/né.txt",
    ];
    for name in names {
        add(&mut archive, name, name.as_bytes(), 1);
    }
    let (bytes, _) = finished(archive, About::new("p").labelled("Zoë «Ω» 李"));
    let members = opened(&bytes, &identity);
    for name in names {
        assert_eq!(members[name], name.as_bytes());
    }
    assert_eq!(manifest_of(&members).subject.label.as_deref(), Some("Zoë «Ω» 李"));
}

#[test]
fn every_member_has_the_given_time() {
    let identity = Identity::generate();
    let mut archive = begun(&identity);
    add(&mut archive, "profile.json", b"{}", 1);
    let (bytes, _) = finished(archive, About::new("p"));
    let mut zip = zip::ZipArchive::new(Cursor::new(decrypted(&bytes, &identity))).unwrap();
    for number in 0..zip.len() {
        let file = zip.by_index(number).unwrap();
        let at = file.last_modified().unwrap();
        assert_eq!(
            (at.year(), at.month(), at.day(), at.hour(), at.minute(), at.second()),
            (2026, 11, 20, 16, 25, 32)
        );
        assert_eq!(file.unix_mode(), Some(0o100_644));
    }
}

#[test]
fn gaps_and_the_volume_are_in_the_manifest() {
    let identity = Identity::generate();
    let mut archive = begun(&identity);
    archive.add_gap("files/lost.pdf", "It was deleted while the export was running.");
    let about = About { volume: Some(Volume { number: 2, last: true }), ..About::new("p") };
    let (bytes, _) = finished(archive, about);
    let manifest = manifest_of(&opened(&bytes, &identity));
    assert_eq!(manifest.gaps[0].name, "files/lost.pdf");
    assert_eq!(manifest.volume, Some(Volume { number: 2, last: true }));
}

#[test]
fn unpacking_writes_every_member_to_its_path() {
    let identity = Identity::generate();
    let mut archive = begun(&identity);
    add(&mut archive, "files/a/b.txt", b"deep", 1);
    let (bytes, _) = finished(archive, About::new("p"));
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("export");
    unpack(Cursor::new(&bytes), &identity, &folder).unwrap();
    assert_eq!(std::fs::read(folder.join("files/a/b.txt")).unwrap(), b"deep");
    assert!(folder.join("index.html").is_file() && folder.join("manifest.json").is_file());
    assert!(
        unpack(Cursor::new(&bytes), &identity, &folder).is_err(),
        "a folder that is not empty stays unchanged"
    );
    assert!(folder.join("index.html").is_file());
}

fn cases() -> ProptestConfig {
    let given = ProptestConfig::default();
    let rng_seed =
        if given.rng_seed == RngSeed::Random { RngSeed::Fixed(26) } else { given.rng_seed };
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { given.cases } else { 64 };
    ProptestConfig { cases, rng_seed, ..given }
}

proptest! {
    // The same cases every time, so that a failure is caused by the change under test;
    // `PROPTEST_RNG_SEED` and `PROPTEST_CASES` select others.
    #![proptest_config(cases())]

    #[test]
    fn any_bytes_in_any_pieces_are_read_back(
        members in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..5000), 1_usize..3000, any::<bool>(), 0_u64..9), 0..8),
        part_size in 1_usize..4000,
    ) {
        let identity = Identity::generate();
        let options = provost_archive::ArchiveOptions { recipients: vec![identity.recipient()], created_at_unix_seconds: NOW, part_size };
        let mut archive = provost_archive::Archive::create(options).unwrap();
        let mut parts = Vec::new();
        for (number, (content, piece, deflate, records)) in members.iter().enumerate() {
            let compression = if *deflate { Compression::Deflate } else { Compression::Stored };
            archive.begin_member(&format!("files/{number}"), compression).unwrap();
            for chunk in content.chunks(*piece) {
                archive.write(chunk).unwrap();
                archive.add_records(*records).unwrap();
                parts.extend(drain(&mut archive));
            }
            archive.end_member().unwrap();
        }
        archive.finish_with_manifest(About::new("p")).unwrap();
        parts.extend(drain(&mut archive));
        let summary = archive.into_summary().unwrap();
        let (last, full) = parts.split_last().unwrap();
        prop_assert!(full.iter().all(|part| part.bytes.len() == part_size));
        prop_assert!((1..=part_size).contains(&last.bytes.len()));
        let bytes = joined(&parts);
        prop_assert_eq!(summary.parts as usize, parts.len());
        prop_assert_eq!(summary.sha256, sha256(&bytes));
        let read = opened(&bytes, &identity);
        for (number, (content, ..)) in members.iter().enumerate() {
            prop_assert_eq!(&read[&format!("files/{number}")], content);
        }
        verify(Cursor::new(bytes), &identity).unwrap();
    }
}
