use provost_domain::{
    ApiError, ApplicationId, Code, Status, User,
    application::{Answers, AppealedBan, Application, ApplicationStatus, ApplicationType},
    audit::note_change,
};
use provost_store::Conflict;

use super::resource;
use crate::{Change, Op, OperationError};

/// Submits an application.
///
/// # Errors
/// `VALIDATION_FAILED` for the answers; `INVALID_ACTION` for an appeal, which needs the link in the
/// email about the ban, and for the verified badge of a user who has it; `ALREADY_EXISTS` while
/// another one of the same type waits for a decision.
pub fn submit_application(
    op: &Op<'_>,
    applicant: &User,
    r#type: ApplicationType,
    answers: &Answers,
) -> Result<Change<Application>, OperationError> {
    let answers = r#type.check_answers(answers)?;
    if r#type == ApplicationType::BanAppeal {
        return Err(ApiError::invalid_action(
            "Your account is not banned, so there is nothing to appeal. Use the link in the email about a ban to appeal against it.",
            &[],
        )
        .into());
    }
    if r#type == ApplicationType::Verification && applicant.is_verified {
        return Err(ApiError::invalid_action(
            "Your account already has the verified badge. No application is needed.",
            &[],
        )
        .into());
    }
    submit(op, applicant, r#type, answers, None, waiting())
}

/// Checks that a user can appeal against a ban.
///
/// # Errors
/// `LINK_REVOKED` when the ban has ended or another one has taken its place.
pub fn check_appeal<'a>(
    applicant: Option<&'a User>,
    ban: AppealedBan,
    op: &Op<'_>,
) -> Result<&'a User, ApiError> {
    applicant
        .filter(|user| {
            user.standing() == Status::Suspended
                && !user.suspension_over(op.now)
                && !user.is_being_erased()
                && user.suspension.as_ref().is_some_and(|suspension| ban.is(suspension))
        })
        .ok_or_else(|| {
            ApiError::new(
                Code::LinkRevoked,
                "This link belongs to a ban that has ended. If your account is banned again, use the link in the latest email.",
            )
        })
}

/// Appeals against a ban, by the link in the email about it. Only the user got the link, so the
/// operation acts as the user.
///
/// # Errors
/// `VALIDATION_FAILED` for the answers; `LINK_REVOKED` when the ban has ended; `ALREADY_EXISTS` when
/// it has been appealed before.
pub fn appeal_ban(
    op: &Op<'_>,
    applicant: Option<&User>,
    ban: AppealedBan,
    answers: &Answers,
) -> Result<Change<Application>, OperationError> {
    let answers = ApplicationType::BanAppeal.check_answers(answers)?;
    let applicant = check_appeal(applicant, ban, op)?;
    let used = ApiError::new(
        Code::AlreadyExists,
        "You have already appealed against this ban. You will receive an email with the decision.",
    )
    .with("field", "token");
    let op = op.by_owner(applicant);
    submit(&op, applicant, ApplicationType::BanAppeal, answers, Some(ban), used)
}

fn submit(
    op: &Op<'_>,
    applicant: &User,
    r#type: ApplicationType,
    answers: Answers,
    ban: Option<AppealedBan>,
    exists: ApiError,
) -> Result<Change<Application>, OperationError> {
    let application = Application {
        id: op.app.id(ApplicationId::new),
        user_id: applicant.user_id,
        r#type,
        status: ApplicationStatus::Pending,
        answers,
        ban,
        notes: Vec::new(),
        replies: 0,
        grant_id: None,
        outcome_note: None,
        created_at: op.now,
        updated_at: op.now,
        decided_at: None,
        decided_by: None,
        version: 1,
    };
    let mut tx = op.transaction();
    tx.submit_application(&application)?;
    let mut entry = op.entry("application.submitted", resource(&application, applicant));
    note_change(&mut entry.changes, "type", &None, &Some(application.r#type));
    tx.audit(entry)?;
    Ok(Change::new(tx, application)
        .refused_on(Conflict::OpenApplication, exists)
        .refused_on(Conflict::Erasing, ApiError::missing("user")))
}

fn waiting() -> ApiError {
    ApiError::new(
        Code::AlreadyExists,
        "You already have an application of this type that waits for a decision. Reply to it to add something.",
    )
    .with("field", "type")
}
