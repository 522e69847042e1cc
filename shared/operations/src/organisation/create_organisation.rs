use provost_app::App;
use provost_domain::{
    ApiError, Code, OrganisationId, User,
    organisation::{Member, Organisation, check_may_own_another},
};
use provost_store::StoreError;

use super::{EventActor, OrganisationEvent};
use crate::{Change, Op, OperationError};

/// A new organisation.
#[derive(Debug, Clone)]
pub struct NewOrganisation {
    /// Name.
    pub name: String,
    /// Handle.
    pub handle: String,
}

/// Creates an organisation, of which the founder is the owner and the only member. `memberships`
/// are those of the founder. [`Handle`](provost_store::Conflict::Handle) means [`handle_taken`].
///
/// # Errors
/// `TIER_LIMIT` when the founder owns as many organisations as possible.
pub fn create_organisation(
    op: &Op<'_>,
    founder: &User,
    memberships: &[Member],
    new: NewOrganisation,
) -> Result<Change<Organisation>, OperationError> {
    check_may_own_another(memberships)?;
    let NewOrganisation { name, handle } = new;
    let organisation =
        Organisation::found(op.app.id(OrganisationId::new), name, handle, founder.user_id, op.now);
    let mut tx = op.transaction();
    tx.found_organisation(&organisation, Some(founder.pseudonym))?;
    tx.check_user(founder)?;
    OrganisationEvent::of("organisation.created", organisation.id)
        .change("name", None, Some(&organisation.name))
        .change("handle", None, Some(&organisation.handle))
        .record(op, &mut tx, &[organisation.id], EventActor::member(founder))?;
    Ok(Change::new(tx, organisation))
}

/// The error for a handle that another organisation has or recently had.
///
/// # Errors
/// The store failed.
pub async fn handle_taken(app: &App, handle: &str) -> Result<ApiError, StoreError> {
    let refused = if app.store().is_handle_held(handle).await? {
        ApiError::new(
            Code::ContactReserved,
            "Another organisation had this handle until recently, so it is reserved for 30 days. Choose another handle.",
        )
    } else {
        ApiError::new(Code::AlreadyExists, "This handle is already in use. Choose another handle.")
    };
    Ok(refused.with("field", "handle"))
}
