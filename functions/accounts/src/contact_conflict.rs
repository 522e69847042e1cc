//! Explains why an account could not be saved: another user has its address, username or phone
//! number, or an account that is being deleted has it.

use provost_domain::{ApiError, Code, Principal, Status, UserId};
use provost_http::{HandlerError, HandlerResult, RequestContext, access::AccessGrant};
use provost_store::Conflict;

/// Replaces a failed uniqueness claim with an error that names the contact and says what to do.
/// Other problems are returned unchanged.
pub async fn explained<G: AccessGrant>(
    ctx: &RequestContext<G>,
    wanted: &Principal,
    problem: HandlerError,
) -> HandlerError {
    let HandlerError::Conflict(conflict) = problem else { return problem };
    let store = ctx.app.store();
    let (field, holder) = match (conflict, &wanted.username, &wanted.phone) {
        (Conflict::Email, ..) => ("email", store.owner_of_email(&wanted.email).await),
        (Conflict::Username, Some(username), _) => {
            ("username", store.owner_of_username(username).await)
        }
        (Conflict::Phone, _, Some(phone)) => ("phone", store.owner_of_phone(phone).await),
        _ => return problem,
    };
    if let ("username", Some(username)) = (field, &wanted.username) {
        match store.is_username_held(username).await {
            Ok(true) => {
                let sentence = "Another user had this username until recently, so it is reserved for 30 days. Choose another username.";
                return ApiError::new(Code::ContactReserved, sentence).with("field", field).into();
            }
            Ok(false) => {}
            Err(error) => return error.into(),
        }
    }
    let holder = match holder {
        Ok(holder) => holder,
        Err(error) => return error.into(),
    };
    refusal(ctx, field, holder).await.map_or_else(|problem| problem, HandlerError::from)
}

async fn refusal<G: AccessGrant>(
    ctx: &RequestContext<G>,
    field: &'static str,
    holder: Option<UserId>,
) -> HandlerResult<ApiError> {
    let holder = match holder {
        Some(user) => ctx.app.store().principal(user).await?,
        None => None,
    };
    let refused = match (holder, field) {
        (Some(holder), _) if holder.status == Status::Deleted => ApiError::new(
            Code::ContactReserved,
            format!(
                "This {field} belongs to an account that is being deleted. Sign in to check whether you can keep that account, or wait until it is deleted."
            ),
        ),
        // Phone numbers are not confirmed, so another user may have entered this one; signing in
        // would not settle that.
        (_, "phone") => ApiError::new(
            Code::AlreadyExists,
            "This phone number is already in use. Contact support if it is yours.",
        ),
        _ => ApiError::new(
            Code::AlreadyExists,
            format!(
                "This {field} is already in use. Choose another one, or sign in if it is yours."
            ),
        ),
    };
    Ok(refused.with("field", field))
}
