//! The letters: plain text, short, one function each. A letter says what happened, what to do, and what to do if it was not you.

use provost_app::App;
use provost_domain::{
    ExportId, Principal, SessionId, Status, Timestamp,
    deletion::DeletionState,
    export::ARCHIVE_LIFE,
    mail::Template,
    message::About,
    organisation::{MemberRole, Organisation},
    organisation_invite::Invite,
    time::{DAY, HOUR},
    verification::{VerificationStatus, VerificationType},
};
use provost_store::StoreError;

use crate::{
    links,
    words::{hello, line, moment},
};

/// Why no letter is written.
#[derive(Debug)]
pub enum NoLetter {
    /// What it would say is no longer so.
    Outdated,
    /// Something that it needs could not be read.
    Unreachable(StoreError),
}

impl From<StoreError> for NoLetter {
    fn from(error: StoreError) -> Self {
        Self::Unreachable(error)
    }
}

type Letter = Result<String, NoLetter>;

/// Writes the text of a letter as things stand now.
pub async fn write(app: &App, reader: &Principal, template: Template, about: Option<&About>, now: Timestamp) -> Letter {
    // Whoever is leaving hears about that and about a ban, and nothing else.
    if reader.status == Status::Deleted && !matches!(template, Template::DeletionRequested | Template::AccountSuspended) {
        return Err(NoLetter::Outdated);
    }
    let text = match template {
        Template::VerifyEmail => verify_email(app, reader, now).await?,
        Template::PasswordReset => password_reset(app, reader, now).await?,
        Template::PasswordResetForced => password_reset_forced(app, reader, now).await?,
        Template::PasswordChanged => password_changed(reader, now),
        Template::AddressChanged => address_changed(now),
        Template::TwoFactorEnabled => two_factor_enabled(reader)?,
        Template::NewDevice => new_device(app, reader, about).await?,
        Template::AccountSuspended => account_suspended(reader)?,
        Template::AccountRestored => account_restored(reader)?,
        Template::DeletionRequested => deletion_requested(app, reader, about, now).await?,
        Template::DeletionCancelled => deletion_cancelled(reader),
        Template::ExportReady => export_ready(app, reader, about, now),
        Template::VerificationApproved | Template::VerificationRejected => verification(app, reader, template, about).await?,
        Template::Invitation => invitation(app, about, now).await?,
    };
    Ok(format!("{}\n\n{text}\n\nProvost, {}\n", hello(reader), app.public_url()))
}

async fn verify_email(app: &App, reader: &Principal, now: Timestamp) -> Letter {
    if reader.email_verified {
        return Err(NoLetter::Outdated);
    }
    let link = links::verify_email(app, reader, now).await?;
    Ok(format!(
        "Welcome. Please confirm that this address is yours, within {} days:\n\n{}\n\n\
         A program can do it too: send {{\"token\": \"…\"}} to POST {}/api/users/verify-email, with this token:\n\n{}\n\n\
         If you did not register, do nothing; without your confirmation the address is not used.",
        links::CONFIRM / DAY,
        link.url,
        app.public_url(),
        link.token
    ))
}

async fn password_reset(app: &App, reader: &Principal, now: Timestamp) -> Letter {
    let link = links::reset_password(app, reader, now).await?;
    Ok(format!(
        "Choose a new password here, within {} minutes; the link works once:\n\n{}\n\n\
         A program can do it too: send {{\"token\": \"…\", \"password\": \"…\"}} to POST {}/api/users/reset-password, with this token:\n\n{}\n\n\
         If you did not ask for this, do nothing: your password stays as it is.",
        links::CHOOSE / (HOUR / 60),
        link.url,
        app.public_url(),
        link.token
    ))
}

async fn password_reset_forced(app: &App, reader: &Principal, now: Timestamp) -> Letter {
    // A new one was chosen meanwhile, by a link that was asked for.
    if app.store().credential(reader.user_id).await?.is_some_and(|credential| !credential.must_reset) {
        return Err(NoLetter::Outdated);
    }
    let link = links::reset_password(app, reader, now).await?;
    Ok(format!(
        "Support asks you to choose a new password, because somebody else may know the old one. The old one no longer signs in, everyone who was signed in is signed out, \
         and API keys have ended.\n\n\
         Choose a new password here, within {} minutes; the link works once:\n\n{}\n\n\
         A program can do it too: send {{\"token\": \"…\", \"password\": \"…\"}} to POST {}/api/users/reset-password, with this token:\n\n{}\n\n\
         After that time, say that you forgot your password, and a fresh link comes. Use the new password nowhere else.",
        links::CHOOSE / (HOUR / 60),
        link.url,
        app.public_url(),
        link.token
    ))
}

fn password_changed(reader: &Principal, now: Timestamp) -> String {
    format!(
        "The password of your account was changed ({}), and what else let somebody in has ended: \
         all other sessions are over, and no API key works any more; make new ones where you need them.\n\n\
         If it was you, there is nothing more to do, but look whether all of your SSH keys are yours. If not, ask for a new password now; the letter with the link comes to {}.",
        moment(now),
        reader.email
    )
}

fn address_changed(now: Timestamp) -> String {
    format!(
        "The address of your account was changed ({}). You sign in with the new one from now on, and this is the last letter to the one before.\n\n\
         If it was you, there is nothing to do. If not, answer this letter at once and say so: somebody will look at it.",
        moment(now)
    )
}

fn two_factor_enabled(reader: &Principal) -> Letter {
    if !reader.two_factor_enabled {
        return Err(NoLetter::Outdated);
    }
    Ok("A second factor is on for your account: signing in asks for a code of an authenticator from now on.\n\n\
        If it was you, keep the recovery codes in a safe place. If not, answer this letter at once and say so: somebody will look at it."
        .to_owned())
}

async fn new_device(app: &App, reader: &Principal, about: Option<&About>) -> Letter {
    let session: Option<SessionId> = match about {
        Some(About::Session(id)) => Some(*id),
        _ => None,
    };
    let sign_in = app.store().sign_ins(reader.user_id, session).await?.into_iter().next();
    let what = sign_in.map_or_else(|| "Somebody signed in to your account from a device that we had not seen before.".to_owned(), |sign_in| {
        let known = |word: &str, unknown: &str| if word.is_empty() || word == "unknown" { unknown.to_owned() } else { line(word) };
        format!(
            "Somebody signed in to your account from a device that we had not seen before:\n\n  when   {}\n  with   {} on {}\n  from   {}",
            moment(sign_in.created_at), known(&sign_in.device.browser, "an unknown program"), known(&sign_in.device.os, "an unknown system"), line(&sign_in.ip)
        )
    });
    Ok(format!("{what}\n\nIf it was you, there is nothing to do. If not, choose a new password now; that signs everyone else out."))
}

fn account_suspended(reader: &Principal) -> Letter {
    let suspension = reader.suspension.as_ref().filter(|_| reader.standing() == Status::Suspended).ok_or(NoLetter::Outdated)?;
    let until =
        suspension.expires_at.map_or_else(|| "It has no end date.".to_owned(), |end| format!("It ends by itself on {}.", moment(end)));
    Ok(format!(
        "Your account was suspended on {}. {until}\n\nThe reason given: {}\n\n\
         If you think that this is a mistake, answer this letter and say why; somebody who did not make the decision will look at it.",
        moment(suspension.at),
        line(&suspension.reason)
    ))
}

fn account_restored(reader: &Principal) -> Letter {
    if reader.status == Status::Suspended {
        return Err(NoLetter::Outdated);
    }
    Ok("The suspension of your account was lifted. You can sign in again as before.".to_owned())
}

async fn deletion_requested(app: &App, reader: &Principal, about: Option<&About>, now: Timestamp) -> Letter {
    let deletion = reader
        .deletion
        .as_ref()
        .filter(|deletion| about.is_none_or(|about| *about == About::Deletion(deletion.id)))
        .ok_or(NoLetter::Outdated)?;
    if reader.hold.is_some() {
        let link = links::cancel_deletion(app, deletion, now).await?;
        return Ok(format!(
            "We have received the request to delete your account, and nobody can use the account any more. We are required by law to keep it for now, \
             so we cannot say on which day it will be deleted.\n\n\
             To keep your account instead, open this link before {}:\n\n{}\n\nor sign in at any time and choose to keep it.",
            moment(deletion.due_at),
            link.url
        ));
    }
    if deletion.due_at <= now {
        let request = app.store().deletion(deletion.id).await?.ok_or(NoLetter::Outdated)?;
        if request.state == DeletionState::Blocked {
            return Ok("Your account was due to be deleted, but you own an organisation that other people belong to.\n\n\
                 Sign in, and make another member the owner of the organisation, or remove its other members. \
                 Your account is then deleted without any further step.\n\n\
                 To keep your account instead, sign in and cancel the deletion."
                .to_owned());
        }
        return Ok(
            "Your account and everything in it is being deleted now, as was asked for. Nothing of it can be brought back.".to_owned()
        );
    }
    let link = links::cancel_deletion(app, deletion, now).await?;
    Ok(format!(
        "Your account and everything in it will be deleted on {}. Until then nothing is lost, and nobody can use the account.\n\n\
         To keep it, open this link before that day:\n\n{}\n\nor sign in and say that you want to stay.\n\n\
         If you want to leave, there is nothing more to do.",
        moment(deletion.due_at),
        link.url
    ))
}

fn deletion_cancelled(_: &Principal) -> String {
    "The deletion of your account was cancelled, and the account is as it was. Everyone was signed out; please sign in again.\n\n\
     If it was not you who wanted to stay, sign in and ask for the deletion again."
        .to_owned()
}

fn export_ready(app: &App, _: &Principal, about: Option<&About>, now: Timestamp) -> String {
    let job: Option<ExportId> = match about {
        Some(About::Export(id)) => Some(*id),
        _ => None,
    };
    let which = job.map(|id| format!("\n\n  {id}")).unwrap_or_default();
    format!(
        "The copy of your data that you asked for is ready.{which}\n\n\
         Sign in and fetch it before {}; it is listed at {}/api/users/me/export-jobs. It is encrypted: only your age identity opens it.\n\n\
         If you did not ask for it, choose a new password now.",
        moment(now.plus(ARCHIVE_LIFE)),
        app.public_url()
    )
}

async fn verification(app: &App, reader: &Principal, template: Template, about: Option<&About>) -> Letter {
    let Some(About::Verification(id)) = about else { return Err(NoLetter::Outdated) };
    let decided = app.store().verification(*id).await?.filter(|found| found.user_id == reader.user_id).ok_or(NoLetter::Outdated)?;
    let what = match decided.r#type {
        VerificationType::Identity => "identity",
        VerificationType::Student => "student status",
    };
    match (decided.status, template) {
        (VerificationStatus::Approved, Template::VerificationApproved) => Ok(format!(
            "Your {what} is verified, and it counts from now on. The pictures and documents that you sent for it are removed after some days."
        )),
        (VerificationStatus::Rejected, Template::VerificationRejected) => Ok(format!(
            "We could not verify your {what}.\n\nThe reason given: {}\n\n\
             You may send a new request at any time. The pictures and documents that you sent are removed after some days.",
            line(decided.reason.as_deref().unwrap_or("none"))
        )),
        _ => Err(NoLetter::Outdated),
    }
}

async fn invitation(app: &App, about: Option<&About>, now: Timestamp) -> Letter {
    let Some(About::Invite { organisation, invite }) = about else { return Err(NoLetter::Outdated) };
    let (Some(invite), Some(organisation)) =
        (app.store().invite(*organisation, *invite).await?, app.store().organisation(*organisation).await?)
    else {
        return Err(NoLetter::Outdated);
    };
    if invite.check_open(now).is_err() {
        return Err(NoLetter::Outdated);
    }
    Ok(invitation_text(app, &invite, &organisation))
}

/// The organisation is named by its handle alone: its name is any text that somebody typed, and this letter goes to people who did not ask for one.
pub fn invitation_text(app: &App, invite: &Invite, organisation: &Organisation) -> String {
    if invite.role == MemberRole::Owner {
        return format!(
            "you are asked to become the owner of the organisation {}.\n\n\
             Sign in at {} and accept or decline before {}. A program can do it too, once signed in: \
             POST {}/api/organisations/invites/{}/accept, or reject in place of accept.\n\n\
             Until you accept, nothing changes. If you do not want to own it, you need not do anything.",
            organisation.handle,
            app.public_url(),
            moment(invite.expires_at),
            app.public_url(),
            invite.id
        );
    }
    format!(
        "you are invited to join the organisation {} as {}.\n\n\
         Sign in with this address, or register with it, at {} and answer there before {}. A program can do it too, once signed in: \
         POST {}/api/organisations/invites/{}/accept, or reject in place of accept.\n\n\
         The invitation is for this address; nobody else can use it. If you do not know the organisation, do nothing.",
        organisation.handle,
        invite.role.as_str(),
        app.public_url(),
        moment(invite.expires_at),
        app.public_url(),
        invite.id
    )
}
