//! Sends a broadcast, page by page. Each email is stored before it is sent, under an id that follows
//! from the broadcast and the user, so a run that repeats a page finds what became of its emails and
//! sends none of them again. Progress is saved after each page.

use std::collections::BTreeMap;

use provost_app::{App, SendError, mailer::Outgoing};
use provost_auth::{Purpose, secret::hex_digest, token::LinkClaims};
use provost_domain::{
    BroadcastId, MessageId, Timestamp, User, UserId,
    job::LongJob,
    mail::{
        Mail, MailStatus, Template,
        broadcast::{self, Broadcast, Delivery, Tally},
        content::Language,
    },
    time::DAY,
};
use provost_jobs::{Deadline, Outcome, Run, Work, work};
use provost_operations::{
    Op, OperationError,
    mail::{Design, general_values, is_authorised, language_of, miss_broadcast},
};
use provost_store::{
    StoreError,
    mails::{ClaimedOnce, Reader},
    organisation_invites::address_digest,
    preferences::MailPreferences,
};
use provost_telemetry::metrics::Metric;
use tracing::{error, info};
use ulid::Ulid;

/// Users per page.
pub const PAGE: u32 = 25;
/// How long a link to unsubscribe works, in milliseconds: longer than anybody keeps an email.
const UNSUBSCRIBE: i64 = 3 * 365 * DAY;
/// Maximum number of attempts to decide about a user whose account changes meanwhile.
const ATTEMPTS: u32 = 4;

/// One run of a broadcast, `page` users at a time.
pub async fn run(app: &App, job: BroadcastId, page: u32, deadline: Deadline) -> Outcome {
    match attempt(app, job, page, deadline).await {
        Ok(outcome) => outcome,
        Err(error) => Outcome::retry(error),
    }
}

async fn attempt(
    app: &App,
    id: BroadcastId,
    limit: u32,
    deadline: Deadline,
) -> Result<Outcome, StoreError> {
    let (store, now) = (app.store(), app.now());
    let Some(broadcast) = store.broadcast(id).await?.filter(|found| found.job().is_active()) else {
        return Ok(Outcome::AlreadyDone);
    };
    if broadcast.is_too_late(now) || !is_authorised(store, &broadcast).await? {
        return give_up(app, &broadcast).await;
    }
    let content = store.broadcast_content(id).await?.map(|written| written.content);
    let Some(broadcast) = store.claim_job(broadcast, now).await? else {
        return Ok(Outcome::AlreadyDone);
    };
    let mut designs = BTreeMap::new();
    for language in Language::ALL {
        let mut design = Design::of(store, Template::Broadcast, language).await?;
        design.content = content.clone();
        designs.insert(language, design);
    }
    let languages = BTreeMap::new();
    let mut pages = Pages { app, limit, designs, languages, unreported: None };
    let run = work(store, broadcast, deadline, &mut pages).await;
    match run? {
        Run::Ended(Broadcast { tally, .. }) => {
            info!(job.id = %id, sent = tally.sent, planned = tally.planned, "broadcast {id} is sent");
            Ok(Outcome::Done)
        }
        Run::Lost => {
            // Cancelled while it sent the page: the emails of the page count all the same.
            if let Some(unreported) = pages.unreported {
                store.report_cancelled_broadcast(&unreported).await?;
            }
            Ok(Outcome::AlreadyDone)
        }
        Run::HandedOver(outcome) => Ok(outcome),
    }
}

/// Gives a broadcast up that is resumed hours after its last report, or whose requester may not send
/// broadcasts any more.
async fn give_up(app: &App, broadcast: &Broadcast) -> Result<Outcome, StoreError> {
    let op = Op::system(app, "bulk-worker", app.request_id());
    let missed = match miss_broadcast(&op, broadcast).await {
        Ok(change) => change.commit().await,
        Err(error) => Err(error),
    };
    match missed {
        Ok(_) | Err(OperationError::Collision) => Ok(Outcome::Done),
        Err(error) => Err(error.into()),
    }
}

/// The pages of a broadcast.
struct Pages<'a> {
    app: &'a App,
    limit: u32,
    designs: BTreeMap<Language, Design>,
    /// The languages of the users of the page who chose any.
    languages: BTreeMap<UserId, Language>,
    /// The broadcast with the counts of the latest page, in case the report of the page fails.
    unreported: Option<Broadcast>,
}

impl Work<Broadcast> for Pages<'_> {
    fn now(&self) -> Timestamp {
        self.app.now()
    }

    async fn piece(&mut self, job: &mut Broadcast) -> Result<(), StoreError> {
        let store = self.app.store();
        let page = store.users_page(job.cursor.take(), self.limit).await?;
        let known: Vec<UserId> = page
            .users
            .iter()
            .filter_map(|person| person.as_ref().ok())
            .map(|user| user.user_id)
            .collect();
        let preferences = store.mail_preferences_of(known.iter().copied()).await?;
        let profiles = if job.dry_run { BTreeMap::new() } else { store.profiles_of(known).await? };
        self.languages =
            profiles.iter().map(|(user, profile)| (*user, language_of(profile))).collect();
        let mut tally = Tally::default();
        for person in page.users {
            match person {
                Ok(user) => {
                    let chosen = preferences.get(&user.user_id);
                    if let Some(delivery) = self.user(job, user, chosen).await? {
                        tally.count(delivery);
                    }
                }
                // An account that this version cannot read must not stop the broadcast.
                Err((user, cause)) => {
                    error!(user.id = %user, job.id = %job.id, %cause, "the account {user} cannot be read");
                    tally.count(Delivery::Failed);
                }
            }
        }
        job.report(page.listed, tally, page.next, self.app.now());
        self.unreported = Some(job.clone());
        Ok(())
    }
}

impl Pages<'_> {
    /// Decides about one user, by the data of now; none if the broadcast is not for the user.
    async fn user(
        &self,
        job: &Broadcast,
        mut user: User,
        chosen: Option<&MailPreferences>,
    ) -> Result<Option<Delivery>, StoreError> {
        let id = email_id(job.id, user.user_id);
        for _ in 0..ATTEMPTS {
            if !job.is_for(&user) {
                // It may have been for the user when an earlier run sent this page.
                return self.earlier(user.user_id, id, job.dry_run).await;
            }
            let unsubscribed = chosen.is_some_and(|chosen| chosen.unsubscribed_at.is_some());
            if broadcast::is_left_out(&user) || (unsubscribed && job.dry_run) {
                let earlier = self.earlier(user.user_id, id, job.dry_run).await?;
                return Ok(Some(earlier.unwrap_or(Delivery::LeftOut)));
            }
            if job.dry_run {
                return Ok(Some(self.would_get(&user).await?));
            }
            match self.send(job, &user, id).await? {
                Some(delivery) => return Ok(Some(delivery)),
                None => match self.app.store().user(user.user_id).await? {
                    Some(now) => user = now,
                    None => return Ok(Some(Delivery::LeftOut)),
                },
            }
        }
        Ok(Some(Delivery::LeftOut))
    }

    /// What became of an email that an earlier run sent.
    async fn earlier(
        &self,
        user: UserId,
        id: MessageId,
        dry_run: bool,
    ) -> Result<Option<Delivery>, StoreError> {
        if dry_run {
            return Ok(None);
        }
        let store = self.app.store();
        let Some(mail) = store.queued_mail(user, id).await? else { return Ok(None) };
        if mail.status == MailStatus::Queued {
            store.mail_unconfirmed(Reader::Person(user), id, self.app.now()).await?;
            return Ok(Some(Delivery::Unknown));
        }
        Ok(Some(delivery(mail.status)))
    }

    /// Whether the address of a user takes broadcasts, for a dry run.
    async fn would_get(&self, user: &User) -> Result<Delivery, StoreError> {
        let (address, now) = (user.email.as_str(), self.app.now());
        let records = self.app.store().address_records([address]).await?;
        let suppressed =
            records.get(address).is_some_and(|record| record.suppressed(now).is_some());
        Ok(if suppressed { Delivery::LeftOut } else { Delivery::Sent })
    }

    /// Sends the email to one user, at most once; none if the account has changed since it was
    /// read.
    async fn send(
        &self,
        job: &Broadcast,
        user: &User,
        id: MessageId,
    ) -> Result<Option<Delivery>, StoreError> {
        let (app, store, now) = (self.app, self.app.store(), self.app.now());
        let reader = Reader::Person(user.user_id);
        let chosen = self.languages.get(&user.user_id).copied();
        let language = chosen.unwrap_or_else(|| Language::of_locale(None));
        let Some(design) = self.designs.get(&language) else { return Ok(Some(Delivery::Failed)) };
        let link = self.unsubscribe_link(user.user_id, now).await?;
        let content = match design.render(general_values(user), app.public_url(), Some(&link)) {
            Ok(content) => content,
            Err(cause) => {
                error!(job.id = %job.id, %cause, "broadcast {} cannot be written", job.id);
                return Ok(Some(Delivery::Failed));
            }
        };
        let to = user.email.as_str();
        let mail = Mail {
            body: app.mailer().captures().then(|| content.text.clone()),
            subject: content.subject.clone(),
            request_id: Some(app.request_id()),
            ..Mail::queued(id, to, Template::Broadcast, now)
        };
        match store.claim_broadcast_mail(user, &mail, now).await? {
            ClaimedOnce::Yes => {}
            ClaimedOnce::Before(status) => return Ok(Some(delivery(status))),
            ClaimedOnce::LeftOut => return Ok(Some(Delivery::LeftOut)),
            ClaimedOnce::Changed => return Ok(None),
        }
        let tags = [
            ("message", id.to_string()),
            ("user", user.user_id.to_string()),
            ("address", address_digest(to)),
        ];
        let email = Outgoing {
            to,
            id: &id.to_string(),
            date: now,
            content: &content,
            brand: &design.brand.name,
            reply_to: None,
            unsubscribe: Some(&link),
            tags: &tags,
        };
        match app.mailer().send(email).await {
            Ok(transport) => {
                store.mail_sent(reader, id, transport.as_deref(), app.now()).await?;
                Ok(Some(Delivery::Sent))
            }
            Err(SendError::Refused(why)) => {
                Metric::MailNotAccepted.count(app.now().millis());
                error!(message.id = %id, why, "the transport refused mail {id} for good");
                store.mail_failed(reader, id, &why, app.now()).await?;
                Ok(Some(Delivery::Failed))
            }
            Err(SendError::NoAnswer) => {
                store.mail_unconfirmed(reader, id, app.now()).await?;
                Ok(Some(Delivery::Unknown))
            }
            // Nothing was sent, so the page is repeated later from here.
            Err(cause @ (SendError::Later | SendError::Paused(_))) => {
                store.unclaim_broadcast_mail(user.user_id, id, app.now()).await?;
                Err(StoreError::unavailable("sending a broadcast", cause))
            }
        }
    }

    async fn unsubscribe_link(&self, user: UserId, now: Timestamp) -> Result<String, StoreError> {
        let signer = self.app.keys().signer(Purpose::Link, now).await?;
        let token = signer
            .sign(LinkClaims::Unsubscribe { sub: user }, now, UNSUBSCRIBE)
            .map_err(|cause| StoreError::unavailable("signing a link", cause))?;
        Ok(format!("{}/unsubscribe/{token}", self.app.public_url()))
    }
}

/// What a status in the log means for the counts.
const fn delivery(status: MailStatus) -> Delivery {
    match status {
        MailStatus::Sent | MailStatus::Bounced | MailStatus::Complained => Delivery::Sent,
        MailStatus::Failed => Delivery::Failed,
        MailStatus::Queued | MailStatus::Unconfirmed | MailStatus::Unknown(_) => Delivery::Unknown,
    }
}

/// The id of the email of a broadcast to a user: the same in every run.
fn email_id(job: BroadcastId, user: UserId) -> MessageId {
    let digest = hex_digest(&format!("{job} {user}"));
    let random = digest.get(..20).and_then(|hex| u128::from_str_radix(hex, 16).ok()).unwrap_or(0);
    MessageId::new(Ulid::from_parts(job.ulid().timestamp_ms(), random))
}
