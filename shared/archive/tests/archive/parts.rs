//! Parts have exactly the requested size, nothing is lost between them, and at most one is held in
//! memory.

use provost_archive::{
    About, Archive, ArchiveOptions, Compression, Error, Identity, PART_SIZE, Part,
};

use crate::support::*;

/// An archive with one stored member of `length` bytes of noise, in parts.
fn parts_of(length: usize) -> (Vec<Part>, Identity) {
    let identity = Identity::generate();
    let mut archive = begun(&identity);
    archive.begin_member("files/noise.bin", Compression::Stored).unwrap();
    let mut parts = Vec::new();
    for piece in noise(length, 3).chunks(512 * 1024) {
        archive.write(piece).unwrap();
        parts.extend(drain(&mut archive));
    }
    archive.end_member().unwrap();
    archive.finish_with_manifest(About::new("p")).unwrap();
    parts.extend(drain(&mut archive));
    assert!(archive.most_held_bytes() <= PART_SIZE + 1024 * 1024);
    (parts, identity)
}

#[test]
fn every_part_except_the_last_is_full_and_numbered_in_order() {
    let (parts, identity) = parts_of(3 * PART_SIZE + 12_345);
    assert_eq!(parts.iter().map(|part| part.number).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert!(parts[..3].iter().all(|part| part.bytes.len() == PART_SIZE));
    assert!(parts[3].bytes.len() < PART_SIZE);
    assert_eq!(
        opened(&joined(&parts), &identity)["files/noise.bin"],
        noise(3 * PART_SIZE + 12_345, 3)
    );
}

#[test]
fn a_hundred_mib_are_never_held_in_memory() {
    let identity = Identity::generate();
    let mut archive = begun(&identity);
    let piece = noise(512 * 1024, 11);
    archive.begin_member("files/large.bin", Compression::Deflate).unwrap();
    let mut size = 0;
    for _ in 0..200 {
        archive.write(&piece).unwrap();
        while let Some(part) = archive.take_part().unwrap() {
            size += part.bytes.len();
        }
        assert!(archive.held_bytes() < PART_SIZE);
    }
    archive.end_member().unwrap();
    assert!(size > 90 * 1024 * 1024);
    assert!(archive.most_held_bytes() <= PART_SIZE + 1024 * 1024, "{}", archive.most_held_bytes());
}

#[test]
fn the_summary_is_available_only_after_the_last_part() {
    let mut archive = begun(&Identity::generate());
    assert!(archive.take_part().unwrap().is_none(), "nothing is ready");
    archive.finish_with_manifest(About::new("p")).unwrap();
    assert!(matches!(archive.into_summary(), Err(Error::OutOfOrder(_))));
}

#[test]
fn calls_out_of_order_are_rejected() {
    let identity = Identity::generate();
    let mut archive = begun(&identity);
    assert!(matches!(archive.write(b"lost"), Err(Error::OutOfOrder(_))));
    assert!(matches!(archive.add_records(1), Err(Error::OutOfOrder(_))));
    assert!(archive.end_member().is_err());
    archive.begin_member("a.json", Compression::Deflate).unwrap();
    assert!(matches!(
        archive.begin_member("b.json", Compression::Deflate),
        Err(Error::OutOfOrder(_))
    ));
    assert!(matches!(archive.finish_with_manifest(About::new("p")), Err(Error::OutOfOrder(_))));
    archive.end_member().unwrap();
    archive.finish_with_manifest(About::new("p")).unwrap();
    assert!(matches!(
        archive.begin_member("c.json", Compression::Deflate),
        Err(Error::OutOfOrder(_))
    ));
    drain(&mut archive);
    assert!(matches!(archive.finish_with_manifest(About::new("p")), Err(Error::OutOfOrder(_))));
    assert!(matches!(
        archive.begin_member("c.json", Compression::Deflate),
        Err(Error::OutOfOrder(_))
    ));
    assert!(archive.take_part().unwrap().is_none());
    assert_eq!(archive.into_summary().unwrap().parts, 1);
}

#[test]
fn an_archive_without_recipients_is_rejected() {
    assert!(matches!(
        Archive::create(ArchiveOptions::new(Vec::new(), NOW)),
        Err(Error::NoRecipient)
    ));
    let crowd = vec![Identity::generate().recipient(); ArchiveOptions::MAX_RECIPIENTS + 1];
    assert!(matches!(
        Archive::create(ArchiveOptions::new(crowd, NOW)),
        Err(Error::TooManyRecipients(20))
    ));
    let none = ArchiveOptions {
        part_size: 0,
        ..ArchiveOptions::new(vec![Identity::generate().recipient()], NOW)
    };
    assert!(matches!(Archive::create(none), Err(Error::NoPartSize)));
}

#[test]
fn an_archive_can_move_between_threads() {
    fn movable<T: Send>(_: &T) {}
    movable(&begun(&Identity::generate()));
}
