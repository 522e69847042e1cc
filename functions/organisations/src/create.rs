//! `POST /api/organisations`: create an organisation. Of concurrent requests for one handle, one
//! succeeds.

use provost_app::App;
use provost_domain::{
    ApiError, Code, OrganisationId,
    audit::{Changes, note_change},
    organisation::{FOUNDED, MemberRole, Organisation, check_may_own_another, handle},
    reserved, text,
};
use provost_http::{
    Body, Created, HandlerError, HandlerResult, RequestContext, SignedInGrant, Versioned, Who,
};
use provost_store::Conflict;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    ORGANISATIONS,
    record::{OrganisationEvent, record_as},
    views::OrganisationView,
};

/// Maximum length of a name, in characters.
pub(crate) const NAME: usize = 100;

/// Request to create an organisation.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateOrganisation {
    /// Name, at most 100 characters.
    name: String,
    /// Unique handle: 3 to 40 lower-case letters, digits and hyphens.
    #[schemars(regex(pattern = "^[a-z0-9][a-z0-9-]{1,38}[a-z0-9]$"))]
    handle: String,
}

pub async fn create_organisation(
    ctx: RequestContext<SignedInGrant>,
    Body(body): Body<CreateOrganisation>,
) -> HandlerResult<Versioned<Created<OrganisationView>>> {
    let me = &ctx.caller.principal;
    let (name, handle) = (text::line("name", &body.name, NAME)?, handle(&body.handle)?);
    reserved::check("handle", &handle)?;
    check_may_own_another(&ctx.app.store().memberships(me.user_id).await?)?;
    ctx.count_once(FOUNDED, Who::Account(me.user_id)).await?;
    let organisation =
        Organisation::found(ctx.app.id(OrganisationId::new), name, handle, me.user_id, ctx.now());
    let mut changes = Changes::new();
    note_change(&mut changes, "name", &None::<&str>, &Some(&organisation.name));
    note_change(&mut changes, "handle", &None::<&str>, &Some(&organisation.handle));
    let mut tx = ctx.app.transaction();
    tx.found_organisation(&organisation, Some(me.pseudonym))?;
    tx.check_principal(me)?;
    record_as(
        &ctx,
        &ctx.caller,
        organisation.id,
        false,
        &mut tx,
        OrganisationEvent::of("organisation.created").changes(changes),
    )?;
    let view = OrganisationView::of(&ctx.app, &organisation, Some(MemberRole::Owner)).await?;
    let answer = Versioned(
        Created(view, format!("{ORGANISATIONS}/{}", organisation.id)),
        organisation.version,
    );
    match ctx.commit(tx, &answer).await {
        Err(HandlerError::Conflict(Conflict::Handle)) => {
            Err(handle_taken(&ctx.app, &organisation.handle).await?.into())
        }
        outcome => outcome.map(|()| answer),
    }
}

/// The error for a handle that another organisation has or recently had.
pub(crate) async fn handle_taken(app: &App, handle: &str) -> HandlerResult<ApiError> {
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
