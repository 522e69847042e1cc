//! Creates archives and opens them with only the `age` and `zip` crates.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use std::str::FromStr;

use provost_archive::{
    About, Archive, ArchiveOptions, Compression, Identity, Manifest, Part, Summary,
};

/// 2026-11-20 16:25:33 UTC.
pub const NOW: i64 = 1_795_191_933;

pub fn begun(identity: &Identity) -> Archive {
    Archive::create(ArchiveOptions::new(vec![identity.recipient()], NOW)).unwrap()
}

pub fn add(archive: &mut Archive, name: &str, bytes: &[u8], records: u64) {
    archive.begin_member(name, Compression::for_name(name)).unwrap();
    archive.write(bytes).unwrap();
    archive.add_records(records).unwrap();
    archive.end_member().unwrap();
}

/// Takes the parts that are ready.
pub fn drain(archive: &mut Archive) -> Vec<Part> {
    std::iter::from_fn(|| archive.take_part().unwrap()).collect()
}

pub fn joined(parts: &[Part]) -> Vec<u8> {
    parts.iter().map(|part| part.bytes.as_ref()).collect::<Vec<_>>().concat()
}

/// Finishes the archive and returns it, encrypted.
pub fn finished(mut archive: Archive, about: About) -> (Vec<u8>, Summary) {
    let mut bytes = joined(&drain(&mut archive));
    archive.finish_with_manifest(about).unwrap();
    bytes.extend(joined(&drain(&mut archive)));
    (bytes, archive.into_summary().unwrap())
}

/// Decrypts with the `age` crate.
pub fn decrypted(bytes: &[u8], identity: &Identity) -> Vec<u8> {
    let key = identity.reveal(|text| age::x25519::Identity::from_str(text).unwrap());
    age::decrypt(&key, bytes).unwrap()
}

/// Encrypts a ZIP from another source.
pub fn encrypted(zip: &[u8], identity: &Identity) -> Vec<u8> {
    let recipient = age::x25519::Recipient::from_str(&identity.recipient().to_string()).unwrap();
    age::encrypt(&recipient, zip).unwrap()
}

/// Name and bytes of every member, as read by the `zip` crate.
pub fn unzipped(zip: Vec<u8>) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
    let mut members = BTreeMap::new();
    for number in 0..archive.len() {
        let mut file = archive.by_index(number).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        members.insert(file.name().unwrap().into_owned(), bytes);
    }
    members
}

pub fn opened(bytes: &[u8], identity: &Identity) -> BTreeMap<String, Vec<u8>> {
    unzipped(decrypted(bytes, identity))
}

pub fn manifest_of(members: &BTreeMap<String, Vec<u8>>) -> Manifest {
    serde_json::from_slice(&members["manifest.json"]).unwrap()
}

/// A ZIP made by the `zip` crate, for archives that this crate would not create.
pub fn foreign_zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Incompressible bytes, the same for the same seed.
pub fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.wrapping_mul(0x2545_F491_4F6C_DD1D).to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes))
}
