//! What staff and the fraud rules keep about the user.

use provost_domain::{
    AlertId, DocumentId, GrantId, NoteId, Pseudonym, User,
    enrollment::{Enrollment, EnrollmentStatus, ProgramType},
    fraud::{Alert, AlertStatus, Event, EventKind, Rule, Signal},
    staff_record::{Contribution, Contributor, Document, Grant, GrantType, document_key},
    time::DAY,
};
use provost_store::sightings::Sighting;
use serde_json::json;

use crate::World;

impl World {
    /// Staff records about the user: a note, a grant with an end, contributions, a document.
    pub(super) async fn staff_records(&self, record: &User) {
        let (app, user, now, first) =
            (&self.app, record.user_id, self.app.now(), &record.first_name);
        let staff = app.id(Pseudonym::new);
        let mut tx = app.transaction();
        tx.add_note(
            record,
            app.id(NoteId::new),
            staff,
            &format!("{first} called about the invoice."),
            now,
        )
        .expect("a note");
        let grant = Grant {
            id: app.id(GrantId::new),
            r#type: GrantType::Domains,
            amount: 2,
            reason: Some(format!("{first} found a fault.")),
            by: staff,
            created_at: now,
            expires_at: Some(now.plus(90 * DAY)),
            ended_at: None,
            end: None,
        };
        tx.add_grant(user, &grant).expect("a grant");
        let enrollment = Enrollment {
            program_id: format!("{}-course", first.to_lowercase()),
            program_type: ProgramType::Course,
            status: EnrollmentStatus::Active,
            progress: 12.5,
            total_time_spent: 3600,
            enrolled_at: Some(now),
            last_activity_at: None,
            completed_at: None,
            service: "learning".to_owned(),
            version: 1,
            recorded_at: now,
        };
        tx.record_enrollment(user, &enrollment).expect("an enrolment");
        let contribution = Contribution {
            date: "2026-01-02".to_owned(),
            label: format!("{first} found a fault"),
            details: None,
            points: Some(5),
            url: None,
        };
        let contributor = Contributor {
            title: Some(format!("{first} the Finder")),
            ledger: vec![contribution],
            updated_at: Some(now),
            ..Contributor::default()
        };
        tx.save_contributor(user, &contributor).expect("a contributor");
        let document = Document {
            id: app.id(DocumentId::new),
            name: format!("{first}'s contract"),
            description: None,
            content_type: "application/pdf".to_owned(),
            size: 9,
            by: staff,
            created_at: now,
        };
        tx.add_document(user, &document).expect("a document");
        tx.commit().await.expect("all are new");
        self.object(
            &document_key(user, document.id),
            "application/pdf",
            format!("%PDF-1.7 {first}").into_bytes(),
        )
        .await;
    }

    /// A fraud alert and sightings.
    pub(super) async fn fraud_alert(&self, record: &User) {
        let (app, user, now) = (&self.app, record.user_id, self.app.now());
        let alert = Alert {
            id: app.id(AlertId::new),
            user_id: user,
            rule_set: 1,
            status: AlertStatus::Open,
            signals: vec![Signal {
                rule: Rule::SharedAddress,
                score: 40,
                // The second is an example of data that a rule might report about another user.
                evidence: [
                    ("accounts".to_owned(), json!(3)),
                    ("neighbour".to_owned(), json!("bob@elsewhere.example")),
                ]
                .into(),
            }],
            score: 40,
            source_ip: Some("192.0.2.7".to_owned()),
            assigned_to: None,
            history: vec![Event {
                note: Some(format!("{} called.", record.first_name)),
                ..Event::new(EventKind::Noted, Some(app.id(Pseudonym::new)), now)
            }],
            raised_in: None,
            dismissed_in: None,
            created_at: now,
            updated_at: now,
            closed_at: None,
            version: 1,
        };
        let mut tx = app.transaction();
        tx.raise_alert(&alert, None).expect("an alert");
        tx.add_sighting(user, &Sighting::Address("192.0.2.7".to_owned()), now).expect("a sighting");
        tx.commit().await.expect("none is open");
    }
}
