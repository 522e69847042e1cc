//! The texts of the emails: plain text, short, one function each. An email says what happened, what
//! to do, and what to do if it was not you.

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

/// Why an email is not written.
#[derive(Debug)]
pub enum NoEmail {
    /// The facts that it would state have changed.
    Outdated,
    /// Data that it needs could not be read.
    Unreachable(StoreError),
}

impl From<StoreError> for NoEmail {
    fn from(error: StoreError) -> Self {
        Self::Unreachable(error)
    }
}

type Letter = Result<String, NoEmail>;

/// Writes the text of an email from the current data.
pub async fn write(
    app: &App,
    reader: &Principal,
    template: Template,
    about: Option<&About>,
    now: Timestamp,
) -> Letter {
    // A user whose account is being deleted gets emails about that and about a ban only.
    if reader.status == Status::Deleted
        && !matches!(template, Template::DeletionRequested | Template::AccountSuspended)
    {
        return Err(NoEmail::Outdated);
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
        Template::VerificationApproved | Template::VerificationRejected => {
            verification(app, reader, template, about).await?
        }
        Template::Invitation => invitation(app, about, now).await?,
    };
    Ok(format!("{}\n\n{text}\n\nProvost, {}\n", hello(reader), app.public_url()))
}

async fn verify_email(app: &App, reader: &Principal, now: Timestamp) -> Letter {
    if reader.email_verified {
        return Err(NoEmail::Outdated);
    }
    let link = links::verify_email(app, reader, now).await?;
    Ok(format!(
        "Welcome! Please confirm your email address within {} days:\n\n{}\n\n\
         Using the API? Send {{\"token\": \"…\"}} to POST {}/api/users/verify-email, with this token:\n\n{}\n\n\
         If you did not register, you can ignore this email. We do not use the address unless you confirm it.",
        links::CONFIRM / DAY,
        link.url,
        app.public_url(),
        link.token
    ))
}

async fn password_reset(app: &App, reader: &Principal, now: Timestamp) -> Letter {
    let link = links::reset_password(app, reader, now).await?;
    Ok(format!(
        "You can choose a new password with this link. It works once, within the next {} minutes:\n\n{}\n\n\
         Using the API? Send {{\"token\": \"…\", \"password\": \"…\"}} to POST {}/api/users/reset-password, with this token:\n\n{}\n\n\
         If you did not ask for this, you can ignore this email. Your password will not change.",
        links::CHOOSE / (HOUR / 60),
        link.url,
        app.public_url(),
        link.token
    ))
}

async fn password_reset_forced(app: &App, reader: &Principal, now: Timestamp) -> Letter {
    // The user chose a new password meanwhile, with a link that they requested.
    if app
        .store()
        .credential(reader.user_id)
        .await?
        .is_some_and(|credential| !credential.must_reset)
    {
        return Err(NoEmail::Outdated);
    }
    let link = links::reset_password(app, reader, now).await?;
    Ok(format!(
        "Support asks you to choose a new password, because someone else may know your old one. The old password no longer works, \
         all sessions have been signed out, and all API keys have been revoked.\n\n\
         Choose a new password with this link. It works once, within the next {} minutes:\n\n{}\n\n\
         Using the API? Send {{\"token\": \"…\", \"password\": \"…\"}} to POST {}/api/users/reset-password, with this token:\n\n{}\n\n\
         If the link has expired, request a password reset to get a new one. Do not use the new password anywhere else.",
        links::CHOOSE / (HOUR / 60),
        link.url,
        app.public_url(),
        link.token
    ))
}

fn password_changed(reader: &Principal, now: Timestamp) -> String {
    format!(
        "The password of your account was changed on {}. All other sessions have been signed out, and all API keys have been revoked. \
         Create new API keys where you need them.\n\n\
         If this was you, there is nothing more to do, but please check that all of your SSH keys are yours. \
         If it was not you, request a password reset now. The email with the link will be sent to {}.",
        moment(now),
        reader.email
    )
}

fn address_changed(now: Timestamp) -> String {
    format!(
        "The email address of your account was changed on {}. Sign in with the new address from now on. \
         This is the last email to the old address.\n\n\
         If this was you, there is nothing to do. If it was not you, reply to this email right away, and we will look into it.",
        moment(now)
    )
}

fn two_factor_enabled(reader: &Principal) -> Letter {
    if !reader.two_factor_enabled {
        return Err(NoEmail::Outdated);
    }
    Ok("Two-factor authentication is now on for your account. From now on, you need a code from your authenticator to sign in.\n\n\
        If this was you, keep your recovery codes in a safe place. If it was not you, reply to this email right away, and we will look into it."
        .to_owned())
}

async fn new_device(app: &App, reader: &Principal, about: Option<&About>) -> Letter {
    let session: Option<SessionId> = match about {
        Some(About::Session(id)) => Some(*id),
        _ => None,
    };
    let sign_in = app.store().sign_ins(reader.user_id, session).await?.into_iter().next();
    let what = sign_in.map_or_else(
        || "Someone signed in to your account from a new device.".to_owned(),
        |sign_in| {
            let known = |word: &str, unknown: &str| if word.is_empty() || word == "unknown" { unknown.to_owned() } else { line(word) };
            format!(
                "Someone signed in to your account from a new device:\n\n  Time        {}\n  Device      {} on {}\n  IP address  {}",
                moment(sign_in.created_at),
                known(&sign_in.device.browser, "unknown app"),
                known(&sign_in.device.os, "unknown system"),
                line(&sign_in.ip)
            )
        },
    );
    Ok(format!(
        "{what}\n\nIf this was you, there is nothing to do. If it was not you, choose a new password now. That signs out all other sessions."
    ))
}

fn account_suspended(reader: &Principal) -> Letter {
    let suspension = reader
        .suspension
        .as_ref()
        .filter(|_| reader.standing() == Status::Suspended)
        .ok_or(NoEmail::Outdated)?;
    let until = suspension.expires_at.map_or_else(
        || "The suspension has no end date.".to_owned(),
        |end| format!("The suspension ends automatically on {}.", moment(end)),
    );
    Ok(format!(
        "Your account was suspended on {}. {until}\n\nReason: {}\n\n\
         If you think this is a mistake, reply to this email and tell us why. Someone who did not make the decision will review it.",
        moment(suspension.at),
        line(&suspension.reason)
    ))
}

fn account_restored(reader: &Principal) -> Letter {
    if reader.status == Status::Suspended {
        return Err(NoEmail::Outdated);
    }
    Ok("The suspension of your account has been lifted. You can sign in again as before."
        .to_owned())
}

async fn deletion_requested(
    app: &App,
    reader: &Principal,
    about: Option<&About>,
    now: Timestamp,
) -> Letter {
    let deletion = reader
        .deletion
        .as_ref()
        .filter(|deletion| about.is_none_or(|about| *about == About::Deletion(deletion.id)))
        .ok_or(NoEmail::Outdated)?;
    if reader.hold.is_some() {
        let link = links::cancel_deletion(app, deletion, now).await?;
        return Ok(format!(
            "We have received the request to delete your account, and the account can no longer be used. We are required by law to keep it for now, \
             so we cannot say on which day it will be deleted.\n\n\
             To keep your account instead, open this link before {}:\n\n{}\n\nYou can also sign in at any time and cancel the deletion.",
            moment(deletion.due_at),
            link.url
        ));
    }
    if deletion.due_at <= now {
        let request = app.store().deletion(deletion.id).await?.ok_or(NoEmail::Outdated)?;
        if request.state == DeletionState::Blocked {
            return Ok("Your account was due to be deleted, but you own an organisation that has other members.\n\n\
                 Sign in and make another member the owner of the organisation, or remove the other members. \
                 Your account will then be deleted automatically.\n\n\
                 To keep your account instead, sign in and cancel the deletion."
                .to_owned());
        }
        return Ok("Your account and everything in it are being deleted now, as requested. This cannot be undone.".to_owned());
    }
    let link = links::cancel_deletion(app, deletion, now).await?;
    Ok(format!(
        "Your account and everything in it will be deleted on {}. Until then, nothing is lost, and nobody can use the account.\n\n\
         To keep your account, open this link before then:\n\n{}\n\nYou can also sign in and cancel the deletion.\n\n\
         If you want your account to be deleted, there is nothing more to do.",
        moment(deletion.due_at),
        link.url
    ))
}

fn deletion_cancelled(_: &Principal) -> String {
    "The deletion of your account has been cancelled, and your account is as it was before. All sessions have been signed out. Please sign in again.\n\n\
     If it was not you who cancelled the deletion, sign in and request it again."
        .to_owned()
}

fn export_ready(app: &App, _: &Principal, about: Option<&About>, now: Timestamp) -> String {
    let job: Option<ExportId> = match about {
        Some(About::Export(id)) => Some(*id),
        _ => None,
    };
    let which = job.map(|id| format!("\n\n  {id}")).unwrap_or_default();
    format!(
        "The export of your data that you requested is ready.{which}\n\n\
         Sign in and download it before {}. It is listed at {}/api/users/me/export-jobs. The export is encrypted, and only your age identity opens it.\n\n\
         If you did not request it, choose a new password now.",
        moment(now.plus(ARCHIVE_LIFE)),
        app.public_url()
    )
}

async fn verification(
    app: &App,
    reader: &Principal,
    template: Template,
    about: Option<&About>,
) -> Letter {
    let Some(About::Verification(id)) = about else { return Err(NoEmail::Outdated) };
    let decided = app
        .store()
        .verification(*id)
        .await?
        .filter(|found| found.user_id == reader.user_id)
        .ok_or(NoEmail::Outdated)?;
    let what = match decided.r#type {
        VerificationType::Identity => "identity",
        VerificationType::Student => "student status",
    };
    match (decided.status, template) {
        (VerificationStatus::Approved, Template::VerificationApproved) => Ok(format!(
            "Your {what} has been verified, with immediate effect. The images and documents that you sent will be removed after some days."
        )),
        (VerificationStatus::Rejected, Template::VerificationRejected) => Ok(format!(
            "We could not verify your {what}.\n\nReason: {}\n\n\
             You can send a new request at any time. The images and documents that you sent will be removed after some days.",
            line(decided.reason.as_deref().unwrap_or("none"))
        )),
        _ => Err(NoEmail::Outdated),
    }
}

async fn invitation(app: &App, about: Option<&About>, now: Timestamp) -> Letter {
    let Some(About::Invite { organisation, invite }) = about else { return Err(NoEmail::Outdated) };
    let (Some(invite), Some(organisation)) = (
        app.store().invite(*organisation, *invite).await?,
        app.store().organisation(*organisation).await?,
    ) else {
        return Err(NoEmail::Outdated);
    };
    if invite.check_open(now).is_err() {
        return Err(NoEmail::Outdated);
    }
    Ok(invitation_text(app, &invite, &organisation))
}

/// The text of an invitation. It names the organisation by its handle only: the name is free text,
/// and the email goes to people who did not ask for it.
pub fn invitation_text(app: &App, invite: &Invite, organisation: &Organisation) -> String {
    if invite.role == MemberRole::Owner {
        return format!(
            "You have been asked to become the owner of the organisation {}.\n\n\
             Sign in at {} and accept or decline before {}.\n\n\
             Using the API? Once signed in, send POST {}/api/organisations/invites/{}/accept, or reject instead of accept.\n\n\
             Nothing changes until you accept. If you do not want to be the owner, you do not need to do anything.",
            organisation.handle,
            app.public_url(),
            moment(invite.expires_at),
            app.public_url(),
            invite.id
        );
    }
    format!(
        "You have been invited to join the organisation {} as {}.\n\n\
         Sign in or register with this email address at {} and accept or decline before {}.\n\n\
         Using the API? Once signed in, send POST {}/api/organisations/invites/{}/accept, or reject instead of accept.\n\n\
         The invitation is for this email address only. If you do not know the organisation, you can ignore this email.",
        organisation.handle,
        invite.role.as_str(),
        app.public_url(),
        moment(invite.expires_at),
        app.public_url(),
        invite.id
    )
}
