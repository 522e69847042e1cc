//! The values of the variables in emails, from the current data: one function for each template that
//! has variables of its own.

use provost_app::App;
use provost_domain::{
    ApplicationId, ExportId, SessionId, Status, Timestamp, User,
    application::{Application, ApplicationStatus, ApplicationType},
    deletion::DeletionState,
    export::ARCHIVE_LIFE,
    mail::{Template, content::Language},
    message::About,
    organisation::{MemberRole, Organisation},
    organisation_invite::Invite,
    time::{DAY, MINUTE},
    verification::{VerificationStatus, VerificationType},
};
use provost_mail::Values;
use provost_operations::mail::general_values;
use provost_store::StoreError;

use crate::{
    links,
    words::{line, lines, moment},
};

/// Why an email is not written.
#[derive(Debug)]
pub enum NoEmail {
    /// The facts that it would state have changed.
    Outdated,
    /// Only a later release can write it.
    LaterRelease,
    /// Data that it needs could not be read.
    Unreachable(StoreError),
}

impl From<StoreError> for NoEmail {
    fn from(error: StoreError) -> Self {
        Self::Unreachable(error)
    }
}

/// The values of an email, or why it is not written.
type Facts = Result<Values, NoEmail>;

/// The user that an email is for, what it is about, and how it is written.
pub struct Request<'a> {
    /// The application.
    pub app: &'a App,
    /// The user.
    pub reader: &'a User,
    /// What the email is about.
    pub about: Option<&'a About>,
    /// Language of the email.
    pub language: Language,
    /// The current time.
    pub now: Timestamp,
}

/// The values of an email, by the current data.
pub async fn values(request: &Request<'_>, template: Template) -> Facts {
    let reader = request.reader;
    if !template.is_known() || matches!(request.about, Some(About::Unknown(_))) {
        return Err(NoEmail::LaterRelease);
    }
    // A user whose account is being deleted gets emails about that and about a ban only.
    if reader.status == Status::Deleted
        && !matches!(template, Template::DeletionRequested | Template::AccountSuspended)
    {
        return Err(NoEmail::Outdated);
    }
    let mut values = match template {
        Template::VerifyEmail => request.verify_email().await?,
        Template::Welcome => request.welcome().await?,
        Template::PasswordReset => request.password_reset().await?,
        Template::PasswordResetForced => request.password_reset_forced().await?,
        Template::PasswordChanged => {
            some([("time", request.moment(request.now)), ("email", reader.email.to_string())])
        }
        Template::AddressChanged => some([("time", request.moment(request.now))]),
        Template::TwoFactorEnabled if !reader.two_factor_enabled => return Err(NoEmail::Outdated),
        Template::NewDevice => request.new_device().await?,
        Template::AccountSuspended => request.account_suspended().await?,
        Template::AccountRestored if reader.status == Status::Suspended => {
            return Err(NoEmail::Outdated);
        }
        Template::TwoFactorEnabled
        | Template::AccountRestored
        | Template::DeletionCancelled
        | Template::Message => Values::new(),
        Template::DeletionRequested => request.deletion_requested().await?,
        Template::ExportReady => request.export_ready(),
        Template::VerificationApproved | Template::VerificationRejected => {
            request.verification(template).await?
        }
        Template::BucketCredentials => request.bucket_credentials().await?,
        Template::ContentRemoved => request.content_removed().await?,
        Template::AccountWarned => request.account_warned().await?,
        Template::ApplicationUpdated => request.application_updated().await?,
        Template::ApplicationReply => request.application_reply().await?,
        Template::Invitation => request.invitation().await?,
        // Sent by its own worker.
        Template::Broadcast => return Err(NoEmail::Outdated),
        Template::Unknown(_) => return Err(NoEmail::LaterRelease),
    };
    values.extend(general_values(reader));
    Ok(values)
}

/// Variables that all have a value.
fn some<const N: usize>(values: [(&'static str, String); N]) -> Values {
    values.into_iter().map(|(name, value)| (name, Some(value))).collect()
}

/// The value of a variable that is only set or not.
fn flag(set: bool) -> Option<String> {
    set.then(|| "yes".to_owned())
}

/// Variables about a link.
fn link_values(link: links::Link) -> Values {
    some([("link", link.url), ("token", link.token)])
}

impl Request<'_> {
    fn moment(&self, time: Timestamp) -> String {
        moment(time, self.language)
    }

    async fn verify_email(&self) -> Facts {
        if self.reader.email_verified {
            return Err(NoEmail::Outdated);
        }
        let link = links::verify_email(self.app, self.reader, self.now).await?;
        let mut values = link_values(link);
        values.insert("days", Some((links::CONFIRM / DAY).to_string()));
        Ok(values)
    }

    async fn welcome(&self) -> Facts {
        // A user who has a password by now signs in with it.
        if self.app.store().credential(self.reader.user_id).await?.is_some() {
            return Ok(Values::from([("link", None), ("token", None), ("days", None)]));
        }
        let link = links::first_password(self.app, self.reader, self.now).await?;
        let mut values = link_values(link);
        values.insert("days", Some((links::FIRST / DAY).to_string()));
        Ok(values)
    }

    async fn password_reset(&self) -> Facts {
        let link = links::reset_password(self.app, self.reader, self.now).await?;
        let mut values = link_values(link);
        values.insert("minutes", Some((links::CHOOSE / MINUTE).to_string()));
        Ok(values)
    }

    async fn password_reset_forced(&self) -> Facts {
        // The user chose a new password meanwhile, with a link that they requested.
        let credential = self.app.store().credential(self.reader.user_id).await?;
        if credential.is_some_and(|credential| !credential.must_reset) {
            return Err(NoEmail::Outdated);
        }
        self.password_reset().await
    }

    async fn new_device(&self) -> Facts {
        let session: Option<SessionId> = match self.about {
            Some(About::Session(id)) => Some(*id),
            _ => None,
        };
        let store = self.app.store();
        let sign_in = store.sign_ins(self.reader.user_id, session).await?.into_iter().next();
        let known =
            |word: &str| Some(line(word)).filter(|word| !word.is_empty() && word != "unknown");
        Ok(Values::from([
            ("time", sign_in.as_ref().map(|found| self.moment(found.created_at))),
            ("browser", sign_in.as_ref().and_then(|found| known(&found.device.browser))),
            ("system", sign_in.as_ref().and_then(|found| known(&found.device.os))),
            ("ipAddress", sign_in.as_ref().map(|found| line(&found.ip))),
        ]))
    }

    async fn account_suspended(&self) -> Facts {
        let suspension = self
            .reader
            .suspension
            .as_ref()
            .filter(|_| {
                self.reader.standing() == Status::Suspended
                    && !self.reader.suspension_over(self.now)
            })
            .ok_or(NoEmail::Outdated)?;
        let mut values =
            link_values(links::appeal(self.app, self.reader, suspension, self.now).await?);
        values.extend([
            ("time", Some(self.moment(suspension.at))),
            ("end", suspension.expires_at.map(|end| self.moment(end))),
            ("reason", Some(line(&suspension.reason))),
        ]);
        Ok(values)
    }

    async fn deletion_requested(&self) -> Facts {
        let about = |id| self.about.is_none_or(|about| *about == About::Deletion(id));
        let deletion = self.reader.deletion.as_ref().filter(|deletion| about(deletion.id));
        let deletion = deletion.ok_or(NoEmail::Outdated)?;
        let (mut held, mut blocked, mut last, mut link) = (false, false, false, None);
        if self.reader.hold.is_some() {
            held = true;
        } else if deletion.due_at <= self.now {
            let request = self.app.store().deletion(deletion.id).await?;
            blocked = request.ok_or(NoEmail::Outdated)?.state == DeletionState::Blocked;
            last = !blocked;
        }
        if !blocked && !last {
            link = Some(links::cancel_deletion(self.app, deletion, self.now).await?.url);
        }
        Ok(Values::from([
            ("dueAt", link.is_some().then(|| self.moment(deletion.due_at))),
            ("link", link),
            ("held", flag(held)),
            ("blocked", flag(blocked)),
            ("final", flag(last)),
        ]))
    }

    fn export_ready(&self) -> Values {
        let job: Option<ExportId> = match self.about {
            Some(About::Export(id)) => Some(*id),
            _ => None,
        };
        Values::from([
            ("expiresAt", Some(self.moment(self.now.plus(ARCHIVE_LIFE)))),
            ("export", job.map(|id| id.to_string())),
        ])
    }

    async fn verification(&self, template: Template) -> Facts {
        let Some(About::Verification(id)) = self.about else { return Err(NoEmail::Outdated) };
        let decided = self
            .app
            .store()
            .verification(*id)
            .await?
            .filter(|found| found.user_id == self.reader.user_id)
            .ok_or(NoEmail::Outdated)?;
        let student = match decided.r#type {
            VerificationType::Identity => false,
            VerificationType::Student => true,
            VerificationType::Unknown(_) => return Err(NoEmail::LaterRelease),
        };
        let mut values = Values::from([("student", flag(student))]);
        match (decided.status, template) {
            (VerificationStatus::Approved, Template::VerificationApproved) => {}
            (VerificationStatus::Rejected, Template::VerificationRejected) => {
                let reason = line(decided.reason.as_deref().unwrap_or("none"));
                values.insert("reason", Some(reason));
            }
            _ => return Err(NoEmail::Outdated),
        }
        Ok(values)
    }

    async fn bucket_credentials(&self) -> Facts {
        let Some(About::Bucket(id)) = self.about else { return Err(NoEmail::Outdated) };
        let store = self.app.store();
        let handover = store.handover(self.reader.user_id).await?.ok_or(NoEmail::Outdated)?;
        let bucket = store.bucket(*id).await?.filter(|bucket| handover.bucket == bucket.id);
        let bucket = bucket.ok_or(NoEmail::Outdated)?;
        if handover.check_open(handover.id, self.now).is_err() {
            return Err(NoEmail::Outdated);
        }
        let link = links::storage_credentials(self.app, self.reader, &handover, self.now).await?;
        Ok(some([
            ("bucket", line(&bucket.name)),
            ("expiresAt", self.moment(handover.expires_at)),
            ("link", link.url),
        ]))
    }

    async fn content_removed(&self) -> Facts {
        let Some(About::Content(id)) = self.about else { return Err(NoEmail::Outdated) };
        let content = self.app.store().content(*id).await?;
        let content = content.filter(|found| found.owner_id == self.reader.user_id);
        let content = content.ok_or(NoEmail::Outdated)?;
        let removal = content.removal.as_ref().ok_or(NoEmail::Outdated)?;
        Ok(some([("content", line(&content.name)), ("reason", line(&removal.reason))]))
    }

    async fn account_warned(&self) -> Facts {
        let Some(About::Report(id)) = self.about else { return Err(NoEmail::Outdated) };
        let report = self.app.store().report(*id).await?;
        let report = report.filter(|report| report.reported_id == Some(self.reader.user_id));
        let report = report.ok_or(NoEmail::Outdated)?;
        let reason = line(report.action_reason.as_deref().unwrap_or("none"));
        Ok(Values::from([("content", flag(report.content.is_some())), ("reason", Some(reason))]))
    }

    /// The application that an email is about, if it is the reader's.
    async fn application(&self, id: ApplicationId) -> Result<Application, NoEmail> {
        let found = self.app.store().application(id).await?;
        found.filter(|found| found.user_id == self.reader.user_id).ok_or(NoEmail::Outdated)
    }

    /// Internal notes of staff are never part of it.
    async fn application_updated(&self) -> Facts {
        let Some(About::Application(id)) = self.about else { return Err(NoEmail::Outdated) };
        let found = self.application(*id).await?;
        let mut values = application_values(&found)?;
        let status = match found.status {
            ApplicationStatus::Reviewing => "reviewing",
            ApplicationStatus::Approved => "approved",
            ApplicationStatus::Rejected => "rejected",
            ApplicationStatus::Pending => return Err(NoEmail::Outdated),
            ApplicationStatus::Unknown(_) => return Err(NoEmail::LaterRelease),
        };
        for known in ["reviewing", "approved", "rejected"] {
            values.insert(known, flag(status == known));
        }
        values.insert("banned", flag(self.reader.is_banned()));
        Ok(values)
    }

    async fn application_reply(&self) -> Facts {
        let Some(About::Reply { application: id, reply }) = self.about else {
            return Err(NoEmail::Outdated);
        };
        let mut values = application_values(&self.application(*id).await?)?;
        let reply = self.app.store().reply(*id, *reply).await?.ok_or(NoEmail::Outdated)?;
        values.insert("reply", Some(lines(&reply.content)));
        Ok(values)
    }

    async fn invitation(&self) -> Facts {
        let Some(About::Invite { organisation, invite }) = self.about else {
            return Err(NoEmail::Outdated);
        };
        let (Some(invite), Some(organisation)) = (
            self.app.store().invite(*organisation, *invite).await?,
            self.app.store().organisation(*organisation).await?,
        ) else {
            return Err(NoEmail::Outdated);
        };
        if invite.check_open(self.now).is_err() {
            return Err(NoEmail::Outdated);
        }
        Ok(invitation_values(&invite, &organisation, self.language))
    }
}

/// What an application is for.
fn application_values(application: &Application) -> Facts {
    let kind = match application.r#type {
        ApplicationType::Staff => "staff",
        ApplicationType::Partner => "partner",
        ApplicationType::Verification => "badge",
        ApplicationType::BanAppeal => "appeal",
        ApplicationType::Unknown(_) => return Err(NoEmail::LaterRelease),
    };
    let known = ["staff", "partner", "badge", "appeal"];
    Ok(known.into_iter().map(|name| (name, flag(name == kind))).collect())
}

/// The values of an invitation. It names the organisation by its handle only: the name is free text,
/// and the email goes to people who did not ask for it.
pub fn invitation_values(
    invite: &Invite,
    organisation: &Organisation,
    language: Language,
) -> Values {
    Values::from([
        ("organisation", Some(organisation.handle.to_string())),
        ("invite", Some(invite.id.to_string())),
        ("expiresAt", Some(moment(invite.expires_at, language))),
        ("admin", flag(invite.role == MemberRole::Admin)),
        ("ownership", flag(invite.role == MemberRole::Owner)),
    ])
}
