//! A notification and emails.

use provost_domain::{
    MessageId, NotificationId, User,
    mail::{BounceType, Feedback, Mail, Template},
    notification::{Notification, NotificationKind},
    time::MINUTE,
};
use provost_store::{
    mails::Reader, organisation_invites::address_digest, preferences::MailPreferences,
};

use crate::World;

impl World {
    /// A notification and an email.
    pub(super) async fn notices(&self, record: &User) {
        let (app, user, now, first) =
            (&self.app, record.user_id, self.app.now(), &record.first_name);
        let notification = Notification::new(
            app.id(NotificationId::new),
            NotificationKind::Security,
            "A new device",
            format!("{first}, was this you?"),
            now,
        );
        let mut tx = app.transaction();
        tx.notify(user, &notification).expect("a notification");
        tx.commit().await.expect("written");
        let mail = Mail {
            subject: format!("{first}, choose a new password"),
            body: Some("https://provost.example/reset?token=once".to_owned()),
            ..Mail::queued(
                app.id(MessageId::new),
                record.email.to_string(),
                Template::PasswordReset,
                now,
            )
        };
        app.store()
            .claim_mail(Reader::Person(user), &mail, now, now.plus(MINUTE))
            .await
            .expect("an email");
        app.store().mail_sent(Reader::Person(user), mail.id, None, now).await.expect("it was sent");
        let mut tx = app.transaction();
        let chosen = MailPreferences { unsubscribed_at: Some(now) };
        tx.save_mail_preferences(user, &chosen).expect("preferences");
        tx.commit().await.expect("written");
        // Another email with a transient bounce.
        let bounced = Mail::queued(
            app.id(MessageId::new),
            record.email.to_string(),
            Template::PasswordChanged,
            now,
        );
        app.store()
            .claim_mail(Reader::Person(user), &bounced, now, now.plus(MINUTE))
            .await
            .expect("an email");
        let digest = address_digest(record.email.as_str());
        let noted = app
            .store()
            .note_feedback(
                bounced.id,
                Some(user),
                &digest,
                Feedback::Bounce,
                Some(BounceType::Transient),
                now,
            )
            .await;
        noted.expect("the bounce is recorded");
    }
}
