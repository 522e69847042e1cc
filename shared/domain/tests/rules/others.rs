//! Exports, files, pages, passwords, the audit log, records of a zone.

use provost_domain::{
    Email, ExportId, OrganisationId, Permission, Pseudonym, RecordId, UserId,
    dns::{AtName, ExistingRecord, RecordType},
    evidence::kept,
    export::{ExportJob, ExportStatus, Progress, Withheld, requested_by},
    file::registered_media_type,
    organisation::folder,
    page::{Page, PageFrom, PageRequest},
    password::{PasswordPolicy, composed},
};

use crate::{id, now};

fn job(status: ExportStatus) -> ExportJob {
    ExportJob {
        id: ExportId::new(id(5)),
        user_id: UserId::new(id(1)),
        requested_by: "self".to_owned(),
        status,
        progress: Progress { done: 0, total: 0, percent: 0, stage: String::new() },
        recipients: Vec::new(),
        categories: Vec::new(),
        withheld: Vec::new(),
        selection: None,
        size: None,
        sha256: None,
        created_at: now(),
        completed_at: None,
        expires_at: None,
        error: None,
        fence: 3,
        upload_id: None,
        version: 1,
    }
}

#[test]
fn a_worker_claims_an_unfinished_export_with_a_higher_fencing_token() {
    for status in [ExportStatus::Queued, ExportStatus::Running] {
        let taken = job(status).start().expect("it can start");
        assert_eq!((taken.status, taken.fence), (ExportStatus::Running, 4));
    }
    for status in [
        ExportStatus::Completed,
        ExportStatus::Failed,
        ExportStatus::Cancelled,
        ExportStatus::Expired,
    ] {
        assert!(job(status).start().is_err(), "{status:?}");
    }
}

#[test]
fn withheld_files_are_in_a_separate_folder_and_need_a_permission() {
    let each = [Withheld::VerificationImages, Withheld::Documents]
        .map(|withheld| (withheld.folder(), withheld.needs()));
    assert_eq!(
        each,
        [("identity/", Permission::VerificationImages), ("documents/", Permission::UserDocuments)]
    );
}

#[test]
fn a_request_names_a_staff_member_by_pseudonym_only() {
    let staff = Pseudonym::new(id(6));
    assert_eq!(
        (requested_by(true, staff), requested_by(false, staff)),
        ("self".to_owned(), staff.to_string())
    );
}

#[test]
fn a_media_type_has_one_registered_name() {
    for (named, registered) in [
        ("image/jpg", "image/jpeg"),
        ("image/pjpeg", "image/jpeg"),
        ("image/jpeg", "image/jpeg"),
        ("image/png", "image/png"),
    ] {
        assert_eq!(registered_media_type(named), registered);
    }
}

#[test]
fn every_organisation_has_its_own_folder() {
    let organisation = OrganisationId::new(id(9));
    assert_eq!(folder(organisation), format!("organisations/{organisation}/"));
}

#[test]
fn the_last_page_of_a_list_has_no_cursor() {
    let page =
        |from: PageFrom, limit: u32| Page::of(vec![1, 2, 3, 4], &PageRequest { from, limit });
    let first = page(PageFrom::Page(1), 3);
    assert_eq!(
        (first.rows, first.total, first.next.clone()),
        (vec![1, 2, 3], 4, Some("3".to_owned()))
    );
    let second = page(PageFrom::After(first.next.expect("there is more")), 3);
    assert_eq!((second.rows, second.next), (vec![4], None));
    assert_eq!(page(PageFrom::Page(1), 4).next, None, "a full page at the end is the last");
    assert_eq!(page(PageFrom::Page(2), 2).rows, [3, 4]);
}

#[test]
fn a_password_needs_every_kind_of_character() {
    let email: Email = "ada@user.example".parse().expect("an address");
    let check = |password: &str| PasswordPolicy::Composed.check(password, &email).is_ok();
    assert!(check("Stormy-Meadow-4"));
    for lacking in ["StormyMeadow4", "stormy-meadow-4", "STORMY-MEADOW-4", "Stormy-Meadow-x"] {
        assert!(!check(lacking), "{lacking}");
    }
    assert_eq!(composed("u\u{308}"), "\u{fc}");
}

#[test]
fn an_entry_without_addresses_has_no_user_agent_either() {
    let entry = serde_json::json!({
        "id": "aud_01ARZ3NDEKTSV4RRFFQ69G5FAV", "at": now(), "action": "user.updated", "actor": { "type": "system", "id": "scheduler" }, "actorName": "system:scheduler",
        "resource": { "type": "user", "id": "x" }, "target": null, "success": true, "reason": null, "changes": {},
        "ip": "192.0.2.7", "userAgent": "testkit", "requestId": "x", "route": "x",
    });
    let entry: provost_domain::audit::Record = serde_json::from_value(entry).expect("an entry");
    let shown = serde_json::to_value(entry.without_addresses()).expect("JSON");
    assert!(shown["ip"].is_null() && shown["userAgent"].is_null(), "{shown}");
    assert_eq!(shown["redacted"], serde_json::json!(["ip", "userAgent"]));
}

#[test]
fn replacing_a_record_keeps_the_others_of_its_name() {
    let record = |number: u128, digest: &str| ExistingRecord {
        id: RecordId::new(id(number)),
        kind: RecordType::A,
        digest: digest.to_owned(),
        ttl: Some(300),
        no_mail: false,
    };
    let both = AtName::default()
        .with(record(1, "one"))
        .and_then(|name| name.with(record(2, "two")))
        .expect("they are different");
    let left: Vec<_> = both
        .without(RecordId::new(id(1)))
        .records
        .into_iter()
        .map(|record| record.digest)
        .collect();
    assert_eq!(left, ["two"]);
}

#[test]
fn the_camera_orientation_is_found_after_other_entries() {
    let segment = |marker: u8, data: &[u8]| {
        [&[0xff, marker][..], &u16::try_from(data.len() + 2).expect("short").to_be_bytes(), data]
            .concat()
    };
    let entry = |tag: [u8; 2], value: u8| [&tag[..], &[0, 3, 0, 0, 0, 1, 0, value, 0, 0]].concat();
    let jpeg = |entries: &[Vec<u8>]| {
        let count = u8::try_from(entries.len()).expect("few");
        let exif =
            [b"Exif\0\0MM\0\x2a\0\0\0\x08\0".to_vec(), vec![count], entries.concat(), vec![0; 4]]
                .concat();
        [
            b"\xff\xd8".to_vec(),
            segment(0xe1, &exif),
            segment(0xdb, &[0; 65]),
            segment(0xc0, &[8, 0, 9, 0, 9, 1, 1, 0x11, 0]),
            segment(0xda, &[1, 1, 0, 0, 63, 0]),
            b"points\xff\xd9".to_vec(),
        ]
        .concat()
    };
    let held = entry([1, 0x12], 6);
    // Cameras write pixels per unit before or after it.
    let alone = kept("image/jpeg", &jpeg(std::slice::from_ref(&held))).expect("an image");
    for entries in [
        vec![entry([1, 0x0f], 1), held.clone()],
        vec![entry([1, 0x0e], 1), entry([1, 0x0f], 2), held.clone(), entry([1, 0x1a], 3)],
    ] {
        assert_eq!(kept("image/jpeg", &jpeg(&entries)).expect("an image"), alone);
    }
    assert_ne!(kept("image/jpeg", &jpeg(&[entry([1, 0x0f], 6)])).expect("an image"), alone);
}
