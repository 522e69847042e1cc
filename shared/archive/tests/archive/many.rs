//! More members than a plain ZIP can count, with constant memory.

use std::io::Cursor;

use provost_archive::{About, Archive, ArchiveOptions, Compression, Identity, verify};

use crate::support::*;

#[test]
fn seventy_thousand_members_are_verified_and_the_end_is_written_in_pieces() {
    const COUNT: usize = 70_000;
    // Small parts: the end of this archive spans many of them.
    const PART: usize = 64 * 1024;
    let identity = Identity::generate();
    let options =
        ArchiveOptions { part_size: PART, ..ArchiveOptions::new(vec![identity.recipient()], NOW) };
    let mut archive = Archive::create(options).unwrap();
    let mut parts = Vec::new();
    for number in 0..COUNT {
        archive.begin_member(&format!("files/{number:06}.txt"), Compression::Stored).unwrap();
        archive.write(b"small").unwrap();
        archive.add_records(1).unwrap();
        archive.end_member().unwrap();
        parts.extend(drain(&mut archive));
    }
    let before = parts.len();
    archive.finish_with_manifest(About::new("p")).unwrap();
    parts.extend(drain(&mut archive));

    assert!(parts.len() - before > 50, "the end has {} parts", parts.len() - before);
    // One chunk of cipher text may arrive at once, with the rows that filled it.
    assert!(archive.most_held_bytes() <= PART + 256 * 1024, "{}", archive.most_held_bytes());
    let report = verify(Cursor::new(joined(&parts)), &identity).unwrap();
    assert_eq!(report.members, COUNT as u64 + 1);
    assert_eq!(report.records, COUNT as u64);
    assert_eq!(
        zip::ZipArchive::new(Cursor::new(decrypted(&joined(&parts), &identity))).unwrap().len(),
        COUNT + 2
    );
}
