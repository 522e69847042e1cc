//! `GET /api/organisations/invites`: list the signed-in user's open invitations. An unconfirmed
//! address has none, since it may belong to someone else.

use std::cmp::Reverse;

use provost_domain::{organisation_invite::Invite, page::Page};
use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, SignedInGrant};

use crate::views::MyInviteView;

pub async fn list_my_invitations(
    ctx: RequestContext<SignedInGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<List<MyInviteView>>> {
    let request = ctx.page_request(&paging).await?;
    let (store, now, me) = (ctx.app.store(), ctx.now(), &ctx.caller.user);
    let mut signs =
        if me.email_verified { store.invite_signs(&me.email).await? } else { Vec::new() };
    signs.retain(|sign| sign.is_open(now));
    signs.sort_by_key(|sign| Reverse(sign.invite_id));
    let Page { rows, total, next } = Page::of(signs, &request);
    let mut invites = store.invites_at(&rows).await?;
    invites.sort_by_key(|invite| Reverse(invite.id));
    let organisations =
        store.organisations(invites.iter().map(|invite| invite.organisation_id)).await?;
    // Invitations of an organisation that is being deleted are withdrawn.
    let there = |invite: &Invite| {
        organisations.get(&invite.organisation_id).filter(|found| found.is_active())
    };
    let rows = invites
        .iter()
        .filter_map(|invite| there(invite).map(|found| MyInviteView::of(invite, found, now)))
        .collect();
    Ok(Json::new(ctx.list(Page { rows, total, next }, &request).await?))
}
