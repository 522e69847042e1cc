//! An incomplete, foreign or wrongly addressed archive is rejected, with a sentence that says what
//! to do.

use std::io::Cursor;

use provost_archive::{About, Error, Identity, decrypt, unpack, verify};
use serde_json::{Value, json};

use crate::support::*;

fn small(identity: &Identity) -> Vec<u8> {
    let mut archive = begun(identity);
    add(&mut archive, "profile.json", br#"{"displayName":"Ada"}"#, 1);
    add(&mut archive, "files/noise.bin", &noise(200_000, 5), 1);
    finished(archive, About::new("p")).0
}

#[test]
fn another_identity_does_not_open_it() {
    let bytes = small(&Identity::generate());
    let unknown_login = Identity::generate();
    assert!(matches!(verify(Cursor::new(&bytes), &unknown_login), Err(Error::WrongIdentity)));
    assert!(matches!(
        decrypt(Cursor::new(&bytes), &unknown_login, std::io::sink()),
        Err(Error::WrongIdentity)
    ));
}

#[test]
fn an_archive_truncated_anywhere_is_rejected() {
    let identity = Identity::generate();
    let bytes = small(&identity);
    let piece = 64 * 1024 + 16;
    let header = bytes.len() % piece;
    let cuts = [
        0,
        1,
        20,
        100,
        header,
        header + 1,
        header + piece,
        header + piece + 1,
        bytes.len() / 2,
        bytes.len() - 17,
        bytes.len() - 1,
    ];
    for cut in cuts {
        let refused = verify(Cursor::new(&bytes[..cut]), &identity).unwrap_err();
        assert!(matches!(refused, Error::Truncated | Error::NotEncrypted), "{cut}: {refused:?}");
        assert!(decrypt(Cursor::new(&bytes[..cut]), &identity, std::io::sink()).is_err(), "{cut}");
    }
}

#[test]
fn a_single_changed_bit_is_detected() {
    let identity = Identity::generate();
    let bytes = small(&identity);
    for at in (0..bytes.len()).step_by(bytes.len() / 40) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        assert!(verify(Cursor::new(damaged), &identity).is_err(), "byte {at}");
    }
}

#[test]
fn an_unencrypted_file_is_recognised() {
    let identity = Identity::generate();
    let zip = decrypted(&small(&identity), &identity);
    for bytes in [zip, b"<html>sign in</html>\n".to_vec(), b"age-encryption.org/v9\n".to_vec()] {
        let refused = verify(Cursor::new(bytes), &identity).unwrap_err();
        assert!(matches!(refused, Error::NotEncrypted), "{refused:?}");
    }
}

#[test]
fn the_plain_zip_can_be_extracted() {
    let identity = Identity::generate();
    let bytes = small(&identity);
    let mut zip = Vec::new();
    let size = decrypt(Cursor::new(&bytes), &identity, &mut zip).unwrap();
    assert_eq!(size, zip.len() as u64);
    assert_eq!(zip, decrypted(&bytes, &identity));
}

fn manifest_for(content: &[u8]) -> Value {
    json!({
        "formatVersion": 1, "subject": {"id": "p"}, "createdAt": "2026-11-20T16:25:33Z",
        "totals": {"members": 1, "records": 1, "bytes": content.len()}, "gaps": [],
        "members": [{"name": "a.json", "records": 1, "bytes": content.len(), "sha256": sha256(content)}],
    })
}

fn verdict(members: &[(&str, &[u8])], manifest: &Value) -> Result<(), String> {
    let identity = Identity::generate();
    let manifest = manifest.to_string();
    let mut all = members.to_vec();
    all.push(("manifest.json", manifest.as_bytes()));
    let bytes = encrypted(&foreign_zip(&all), &identity);
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("export");
    let verified =
        verify(Cursor::new(&bytes), &identity).map(drop).map_err(|refused| refused.to_string());
    let unpacked = unpack(Cursor::new(&bytes), &identity, &folder)
        .map(drop)
        .map_err(|refused| refused.to_string());
    assert_eq!(verified, unpacked);
    assert_eq!(folder.exists(), unpacked.is_ok(), "no partial export is left behind");
    verified
}

#[test]
fn a_member_that_differs_from_the_manifest_is_detected() {
    let good = manifest_for(b"true");
    assert_eq!(verdict(&[("a.json", b"true")], &good), Ok(()));
    let refused =
        |members: &[(&str, &[u8])], manifest: &Value| verdict(members, manifest).unwrap_err();
    assert!(refused(&[("a.json", b"fals")], &good).ends_with("its SHA-256 differs"));
    assert!(refused(&[("a.json", b"tru")], &good).ends_with("its size differs"));
    assert!(refused(&[("a.json", &[0; 300_000])], &good).ends_with("its size differs"));
    assert!(refused(&[], &good).ends_with("does not match the manifest: it is missing"));
    assert!(refused(&[("a.json", b"true"), ("b.json", b"")], &good).contains("it is not listed"));
    assert!(
        refused(&[("a.json", b"true"), ("../b", b"")], &good)
            .contains("points outside the archive")
    );

    let mut totals = good.clone();
    totals["totals"]["records"] = json!(2);
    assert!(refused(&[("a.json", b"true")], &totals).contains("totals"));
    let mut twice = good.clone();
    twice["members"] = json!([good["members"][0], good["members"][0]]);
    assert!(refused(&[("a.json", b"true")], &twice).contains("twice"));
    let mut later = good.clone();
    later["formatVersion"] = json!(2);
    assert!(refused(&[("a.json", b"true")], &later).contains("Use a newer release"));
    assert!(refused(&[("a.json", b"true")], &json!([])).contains("manifest"));
}

#[test]
fn the_faulty_member_is_returned_but_no_sentence_contains_its_name() {
    let identity = Identity::generate();
    let manifest = manifest_for(b"true").to_string();
    let bytes = encrypted(
        &foreign_zip(&[("a.json", b"else"), ("manifest.json", manifest.as_bytes())]),
        &identity,
    );
    let refused = verify(Cursor::new(bytes), &identity).unwrap_err();
    assert!(!refused.to_string().contains("a.json"), "{refused}");
    assert!(matches!(refused, Error::Mismatch { name, .. } if name == "a.json"));
}

#[test]
fn a_zip_without_a_manifest_is_rejected() {
    let identity = Identity::generate();
    let bytes = encrypted(&foreign_zip(&[("a.json", b"true")]), &identity);
    assert!(matches!(verify(Cursor::new(bytes), &identity), Err(Error::Manifest(_))));
    let bytes = encrypted(b"not a zip", &identity);
    assert!(verify(Cursor::new(bytes), &identity).is_err());
}

#[test]
fn a_link_in_the_zip_is_rejected() {
    let identity = Identity::generate();
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    zip.add_symlink("a.json", "/etc/passwd", options).unwrap();
    zip.start_file("manifest.json", options).unwrap();
    std::io::Write::write_all(&mut zip, manifest_for(b"/etc/passwd").to_string().as_bytes())
        .unwrap();
    let bytes = encrypted(&zip.finish().unwrap().into_inner(), &identity);
    let refused = verify(Cursor::new(bytes), &identity).unwrap_err();
    assert!(refused.to_string().ends_with("it is not a plain file"), "{refused}");
}
