//! Tests of zones and records.

use ulid::Ulid;

use super::*;
use crate::{Code, OrganisationId, RecordId, Timestamp, ZoneId};

fn standing(n: u128, kind: RecordType, digest: &str) -> ExistingRecord {
    ExistingRecord {
        id: RecordId::new(Ulid::from(n)),
        kind,
        digest: digest.to_owned(),
        ttl: None,
        no_mail: false,
    }
}

#[test]
fn a_null_mx_is_the_only_mx_of_its_name() {
    let (takes, refuses) = (
        standing(1, RecordType::Mx, "x"),
        ExistingRecord { no_mail: true, ..standing(2, RecordType::Mx, "y") },
    );
    let code = |at: &AtName, standing: &ExistingRecord| {
        at.with(standing.clone()).map(|_| ()).map_err(|refused| refused.code)
    };
    let taking = AtName::default().with(takes.clone()).unwrap();
    assert_eq!(code(&taking, &refuses), Err(Code::InvalidAction));
    assert_eq!(code(&taking, &standing(3, RecordType::Mx, "z")), Ok(()));
    let refusing = AtName::default().with(refuses).unwrap();
    assert_eq!(code(&refusing, &takes), Err(Code::InvalidAction));
    assert_eq!(code(&refusing, &standing(3, RecordType::Txt, "z")), Ok(()));
}

#[test]
fn a_zone_is_verified_only_by_its_own_challenge_text() {
    let zone = |n: u128| {
        Zone::pending(
            ZoneId::new(Ulid::from(n)),
            OrganisationId::new(Ulid::nil()),
            "example.org".to_owned(),
            Timestamp::from_millis(0),
        )
    };
    let text = |text: &str| text.as_bytes().to_vec();
    let (mine, other) = (zone(1), zone(2));
    assert_eq!(mine.challenge().name, "_provost-challenge.example.org");
    assert!(mine.is_proved_by(&[text("v=spf1 -all"), text(&mine.challenge().value)]));
    assert!(mine.is_proved_by(&[text(&format!(" {} ", mine.challenge().value))]));
    for wrong in [
        other.challenge().value,
        mine.challenge().value.to_uppercase(),
        format!("{}x", mine.challenge().value),
        String::new(),
    ] {
        assert!(!mine.is_proved_by(&[text(&wrong)]), "{wrong}");
    }
    assert!(!mine.is_proved_by(&[]) && !mine.is_proved_by(&[vec![0xff; 70_000]]));
}

#[test]
fn a_removed_zone_stays_reserved_for_its_organisation_for_30_days() {
    let (ours, theirs) = (OrganisationId::new(Ulid::from(1)), OrganisationId::new(Ulid::from(2)));
    let at = Timestamp::from_millis(1_000_000);
    let live = ZoneClaim {
        zone_id: ZoneId::new(Ulid::nil()),
        organisation_id: ours,
        verified_at: Some(at),
        released_at: None,
    };
    let released = ZoneClaim { released_at: Some(at), ..live.clone() };
    let unproved = ZoneClaim { verified_at: None, ..live.clone() };
    assert_eq!([&live, &released, &unproved].map(ZoneClaim::is_live), [true, false, false]);
    let last = at.plus(ZONE_RESERVED - 1);
    assert!(released.is_reserved_for(ours, last) && !released.is_reserved_for(theirs, last));
    assert!(
        !released.is_reserved_for(ours, at.plus(ZONE_RESERVED)) && !live.is_reserved_for(ours, at)
    );
}

#[test]
fn a_record_takes_the_ttl_of_the_records_that_it_joins() {
    assert_eq!(
        (joining_ttl(None, Some(300)), joining_ttl(Some(300), Some(300)), joining_ttl(None, None)),
        (Ok(300), Ok(300), Ok(3600))
    );
    assert!(joining_ttl(Some(60), Some(300)).is_err() && joining_ttl(Some(1), None).is_err());
}

#[test]
fn a_cname_is_the_only_record_of_its_name_and_duplicates_are_rejected() {
    let one = AtName::default().with(standing(1, RecordType::A, "x")).unwrap();
    assert!(one.with(standing(2, RecordType::A, "y")).is_ok());
    assert!(one.with(standing(2, RecordType::Txt, "x")).is_ok());
    assert_eq!(
        one.with(standing(2, RecordType::A, "x")).map_err(|r| r.code),
        Err(Code::AlreadyExists)
    );
    assert_eq!(
        one.with(standing(2, RecordType::Cname, "z")).map_err(|r| r.code),
        Err(Code::InvalidAction)
    );
    let alias = one
        .without(RecordId::new(Ulid::from(1)))
        .with(standing(2, RecordType::Cname, "z"))
        .unwrap();
    assert_eq!(
        alias.with(standing(3, RecordType::Txt, "t")).map_err(|r| r.code),
        Err(Code::InvalidAction)
    );
    assert_eq!(
        alias.with(standing(3, RecordType::Cname, "q")).map_err(|r| r.code),
        Err(Code::InvalidAction)
    );
}

#[test]
fn a_ttl_has_a_minimum_and_a_maximum() {
    assert_eq!((ttl(None), ttl(Some(60)), ttl(Some(86_400))), (Ok(3600), Ok(60), Ok(86_400)));
    for bad in [0, 59, 86_401, u32::MAX] {
        assert!(ttl(Some(bad)).is_err());
    }
}
