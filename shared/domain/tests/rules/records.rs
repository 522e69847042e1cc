//! Alerts, verifications, and the stored names of states, which lists filter by.

use provost_domain::{
    AlertId, Code, Pseudonym, UserId, VerificationId,
    deletion::DeletionState,
    export::ExportStatus,
    fraud::alert::{Alert, AlertStatus, EventKind},
    verification::{UPLOADS_OVER, Verification, VerificationStatus, VerificationType},
};

use crate::{id, now};

/// Whether a word is the stored form of a value.
fn is_stored_as(value: impl serde::Serialize, word: &str) {
    assert_eq!(serde_json::to_value(value).expect("JSON"), word);
}

#[test]
fn a_state_is_filtered_by_its_stored_name() {
    for state in DeletionState::ALL {
        is_stored_as(state, state.as_str());
    }
    for status in ExportStatus::ALL {
        is_stored_as(status, status.as_str());
    }
    for status in [
        AlertStatus::Open,
        AlertStatus::Investigating,
        AlertStatus::Escalated,
        AlertStatus::Dismissed,
        AlertStatus::Confirmed,
    ] {
        is_stored_as(status, status.as_str());
    }
    for kind in [VerificationType::Identity, VerificationType::Student] {
        is_stored_as(kind, kind.as_str());
    }
}

fn alert(status: AlertStatus) -> Alert {
    Alert {
        id: AlertId::new(id(5)),
        user_id: UserId::new(id(1)),
        rule_set: 1,
        status,
        signals: Vec::new(),
        score: 0,
        source_ip: None,
        assigned_to: None,
        history: Vec::new(),
        raised_in: None,
        dismissed_in: None,
        created_at: now(),
        updated_at: now(),
        closed_at: None,
        version: 1,
    }
}

#[test]
fn an_alert_can_be_assigned_until_it_is_decided() {
    let (by, to) = (Pseudonym::new(id(6)), Some(Pseudonym::new(id(7))));
    for live in [AlertStatus::Open, AlertStatus::Investigating, AlertStatus::Escalated] {
        let assigned = alert(live).assign(to, by, now()).expect("it is open");
        assert_eq!((assigned.assigned_to, assigned.version), (to, 2));
        assert!(
            assigned
                .history
                .iter()
                .any(|event| event.kind == EventKind::Assigned && event.by == Some(by))
        );
    }
    for decided in [AlertStatus::Dismissed, AlertStatus::Confirmed] {
        assert_eq!(
            alert(decided).assign(to, by, now()).expect_err("it is decided").code,
            Code::InvalidAction
        );
    }
    assert!(alert(AlertStatus::Open).rescan(Vec::new(), None, now()).is_none(), "nothing is new");
}

#[test]
fn a_verification_ends_once_and_every_change_increases_its_version() {
    let pending = Verification {
        id: VerificationId::new(id(5)),
        user_id: UserId::new(id(1)),
        r#type: VerificationType::Identity,
        status: VerificationStatus::Pending,
        student: None,
        images: Vec::new(),
        created_at: now(),
        decided_at: None,
        decided_by: None,
        reason: None,
        images_removed_at: None,
        version: 4,
    };
    assert!(
        !pending.uploads_over(now().plus(UPLOADS_OVER - 1))
            && pending.uploads_over(now().plus(UPLOADS_OVER))
    );
    let ended = pending.clone().supersede(now()).expect("it is pending");
    assert_eq!(
        (ended.status, ended.version, ended.decided_at),
        (VerificationStatus::Superseded, 5, Some(now()))
    );
    assert!(ended.supersede(now()).is_err());
    let decided = pending
        .decide(VerificationStatus::Approved, Pseudonym::new(id(6)), None, now())
        .expect("it is pending");
    assert_eq!(decided.version, 5);
    assert!(decided.supersede(now()).is_err());
}
