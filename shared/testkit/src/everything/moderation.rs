//! Reports by and about the user, and an application with a reply.

use provost_domain::{
    ApplicationId, MessageId, Pseudonym, ReplyId, ReportId, User,
    application::{
        Answer, Answers, Application, ApplicationStatus, ApplicationType, InternalNote, Reply,
    },
    report::{
        Report, ReportCategory, ReportEvent, ReportEventKind, ReportStatus, ReportType, Severity,
    },
};

use crate::World;

impl World {
    /// An open report that the user filed about another user, and one about the user.
    pub(super) async fn reports(&self, record: &User) {
        let other = self.person(&format!("Other{}", self.app.id(MessageId::new))).await;
        let other = self.user(other.id).await.expect("the user exists");
        for (reporter, reported) in [(record, &other), (&other, record)] {
            let report = self.report_by(reporter, reported, &record.first_name);
            let mut tx = self.app.transaction();
            tx.file_report(&report, reporter.user_id, reported.user_id).expect("a report");
            tx.commit().await.expect("none is open");
        }
    }

    fn report_by(&self, reporter: &User, reported: &User, name: &str) -> Report {
        let (app, now) = (&self.app, self.app.now());
        Report {
            id: app.id(ReportId::new),
            r#type: ReportType::User,
            category: ReportCategory::Spam,
            severity: Severity::Low,
            status: ReportStatus::Open,
            reported_id: Some(reported.user_id),
            reported: reported.pseudonym,
            content: None,
            reporter_id: Some(reporter.user_id),
            reporter: reporter.pseudonym,
            reason: Some(format!("{name} is in the reason")),
            description: Some(format!("{name} is in the description")),
            evidence: vec![format!("https://elsewhere.example/{name}")],
            assigned_to: None,
            action: None,
            action_reason: None,
            action_note: None,
            history: vec![
                ReportEvent::new(ReportEventKind::Filed, Some(reporter.pseudonym), now),
                ReportEvent {
                    note: Some(format!("{name} called.")),
                    ..ReportEvent::new(ReportEventKind::Noted, Some(app.id(Pseudonym::new)), now)
                },
            ],
            created_at: now,
            updated_at: now,
            closed_at: None,
            decided_by: None,
            version: 1,
        }
    }

    /// A waiting application of the user, with an internal note and a reply.
    pub(super) async fn application(&self, record: &User) {
        let (app, now, first) = (&self.app, self.app.now(), &record.first_name);
        let staff = app.id(Pseudonym::new);
        let application = Application {
            id: app.id(ApplicationId::new),
            user_id: record.user_id,
            r#type: ApplicationType::Verification,
            status: ApplicationStatus::Pending,
            answers: Answers::from([(
                "reason".to_owned(),
                Answer::Text(format!("{first} is well known")),
            )]),
            ban: None,
            notes: vec![InternalNote { at: now, by: staff, text: format!("{first} is not") }],
            replies: 1,
            grant_id: None,
            outcome_note: None,
            created_at: now,
            updated_at: now,
            decided_at: None,
            decided_by: None,
            version: 1,
        };
        let reply = Reply {
            id: app.id(ReplyId::new),
            by: staff,
            is_staff: true,
            content: format!("Who is {first}?"),
            created_at: now,
        };
        let mut tx = app.transaction();
        tx.submit_application(&application).expect("an application");
        tx.add_reply(&application, &reply).expect("a reply");
        tx.commit().await.expect("none is open");
    }
}
