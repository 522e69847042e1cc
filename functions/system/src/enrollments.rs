//! `PUT /v1/system/enrollments/{user_id}/{program_id}`: record the enrolment of a user in a program
//! of another service.

use provost_domain::{
    ApiError, Timestamp, UserId,
    enrollment::{self, Enrollment, EnrollmentStatus, ProgramType},
};
use provost_http::{
    Body, HandlerResult, Json, RequestContext, access::SystemGrant, user_fields::named_in,
};
use provost_operations::user::record_enrollment as record;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::views::named_account;

/// The enrolment of a user in a program, as the service that runs the program knows it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordEnrollment {
    /// Type of the program.
    program_type: ProgramType,
    /// Status of the enrolment.
    status: EnrollmentStatus,
    /// Progress in percent, 0 to 100. Default: 0.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100))]
    progress: f64,
    /// Total time that the user spent in the program, in seconds. Default: 0.
    #[serde(default)]
    total_time_spent: u64,
    /// Time of the enrolment.
    enrolled_at: Option<Timestamp>,
    /// Time of the last activity in the program.
    last_activity_at: Option<Timestamp>,
    /// Time of completion.
    completed_at: Option<Timestamp>,
    /// Version of the enrolment at the service, which increases with every change. A version that is
    /// not higher than the recorded one changes nothing, so requests may arrive in any order.
    #[schemars(range(min = 1))]
    version: u64,
}

/// A recorded enrolment.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EnrollmentView {
    /// User id of the participant.
    user_id: UserId,
    /// Id of the program at the service.
    program_id: String,
    /// Type of the program.
    program_type: ProgramType,
    /// Status of the enrolment.
    status: EnrollmentStatus,
    /// Progress in percent, 0 to 100.
    progress: f64,
    /// Total time that the user spent in the program, in seconds.
    total_time_spent: u64,
    /// Time of the enrolment; null if it is not known.
    enrolled_at: Option<Timestamp>,
    /// Time of the last activity in the program; null if there was none.
    last_activity_at: Option<Timestamp>,
    /// Time of completion; null if it is not completed.
    completed_at: Option<Timestamp>,
    /// Service that recorded it.
    service: String,
    /// Time at which it was recorded.
    recorded_at: Timestamp,
    /// Recorded version.
    version: u64,
    /// Whether this request was recorded. False if a version as high or higher was recorded before.
    recorded: bool,
}

/// Records an enrolment.
///
/// # Errors
/// `VALIDATION_FAILED`, `INVALID_USER_ID`, `INVALID_ACTION` for an account that is being erased.
pub async fn record_enrollment(
    ctx: RequestContext<SystemGrant>,
    Body(body): Body<RecordEnrollment>,
) -> HandlerResult<Json<EnrollmentView>> {
    let op = ctx.op(None);
    let new = Enrollment {
        program_id: enrollment::program_id(ctx.param("program_id"))?,
        program_type: body.program_type,
        status: body.status,
        progress: enrollment::progress(body.progress)?,
        total_time_spent: body.total_time_spent,
        enrolled_at: body.enrolled_at,
        last_activity_at: body.last_activity_at,
        completed_at: body.completed_at,
        service: ctx.key.name.clone(),
        version: body.version,
        recorded_at: op.now,
    };
    if new.version == 0 {
        return Err(named_in(ApiError::field(
            "version",
            "out_of_range",
            "Versions begin at 1. Send the version of the enrolment at your service.",
        )));
    }
    let user = named_account(&ctx).await?;
    let known = ctx.app.store().enrollment(user.user_id, &new.program_id).await?;
    let view = |enrollment: Enrollment, recorded| {
        Json::new(EnrollmentView::of(user.user_id, enrollment, recorded))
    };
    if let Some(known) = known.as_ref().filter(|known| known.version >= new.version) {
        return Ok(view(known.clone(), false));
    }
    let change = record(&op, &user, known.as_ref(), new)?;
    ctx.complete(change, |recorded| view(recorded, true)).await
}

impl EnrollmentView {
    fn of(user_id: UserId, enrollment: Enrollment, recorded: bool) -> Self {
        Self {
            user_id,
            program_id: enrollment.program_id,
            program_type: enrollment.program_type,
            status: enrollment.status,
            progress: enrollment.progress,
            total_time_spent: enrollment.total_time_spent,
            enrolled_at: enrollment.enrolled_at,
            last_activity_at: enrollment.last_activity_at,
            completed_at: enrollment.completed_at,
            service: enrollment.service,
            recorded_at: enrollment.recorded_at,
            version: enrollment.version,
            recorded,
        }
    }
}
