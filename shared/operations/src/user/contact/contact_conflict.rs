use provost_domain::{ApiError, Code, Status, User, UserId};
use provost_store::Conflict;

use crate::{Op, OperationError, user::set_unique_id::unique_id_taken};

/// Explains why an account could not be saved with these contacts: another user has its address,
/// username, phone number or external id, or an account that is being deleted has it. None for a conflict that is
/// not about a contact.
///
/// # Errors
/// The store failed.
pub async fn contact_conflict(
    op: &Op<'_>,
    wanted: &User,
    conflict: Conflict,
) -> Result<Option<ApiError>, OperationError> {
    let store = op.app.store();
    let (field, holder) = match (conflict, &wanted.username, &wanted.phone) {
        (Conflict::Email, ..) => ("email", store.owner_of_email(&wanted.email).await?),
        (Conflict::Username, Some(username), _) => {
            let holder = store.owner_of_username(username).await?;
            if store.is_username_held(username).await? {
                let sentence = "Another user had this username until recently, so it is reserved for 30 days. Choose another username.";
                let refused = ApiError::new(Code::ContactReserved, sentence);
                return Ok(Some(refused.with("field", "username")));
            }
            ("username", holder)
        }
        (Conflict::ExternalId, ..) => return Ok(Some(external_id_taken(op, wanted).await?)),
        (Conflict::UniqueId, ..) => return Ok(Some(unique_id_taken())),
        (Conflict::Phone, _, Some(phone)) => ("phone", store.owner_of_phone(phone).await?),
        _ => return Ok(None),
    };
    Ok(Some(taken(op, field, holder).await?.with("field", field)))
}

async fn external_id_taken(op: &Op<'_>, wanted: &User) -> Result<ApiError, OperationError> {
    let store = op.app.store();
    let holder = match &wanted.external_id {
        Some(id) => store.owner_of_external_id(id).await?,
        None => None,
    };
    let holder = match holder {
        Some(user) => store.user(user).await?,
        None => None,
    };
    let is_deleted = holder.is_some_and(|holder| holder.status == Status::Deleted);
    let error = if is_deleted {
        ApiError::new(
            Code::ContactReserved,
            "This external id belongs to an account that is being deleted. Restore that account, or wait until it is deleted.",
        )
    } else {
        ApiError::new(Code::AlreadyExists, "Another user has this external id. Check it.")
    };
    Ok(error.with("field", "externalId"))
}

async fn taken(
    op: &Op<'_>,
    field: &'static str,
    holder: Option<UserId>,
) -> Result<ApiError, OperationError> {
    let holder = match holder {
        Some(user) => op.app.store().user(user).await?,
        None => None,
    };
    Ok(match (holder, field) {
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
    })
}
