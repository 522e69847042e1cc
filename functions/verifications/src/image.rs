//! `GET /api/admin/verifications/{id}/images/{kind}`: an image, by a URL that is valid for one
//! minute. Each view is audited before it can begin.

use provost_domain::{
    ApiError,
    audit::Resource,
    verification::{ImageKind, Verification, image_key},
};
use provost_http::{HandlerResult, RequestContext, SeeOther, StaffOwnerGrant};
use provost_operations::verification::accept_image;

/// Shows an image.
///
/// # Errors
/// `NOT_FOUND` when there is none of this kind, or it was removed; `INVALID_ACTION` when it has not
/// been uploaded or is not valid.
pub async fn get_verification_image(
    ctx: RequestContext<StaffOwnerGrant<Verification>>,
) -> HandlerResult<SeeOther> {
    let store = ctx.app.store();
    let kind = ImageKind::parse(ctx.param("kind")).ok_or_else(|| ApiError::missing("image"))?;
    let (found, owner) = (&ctx.thing, ctx.owner()?);
    let image = found.image(kind)?;
    let extension = match image.content_type.as_str() {
        "image/png" => "png",
        "application/pdf" => "pdf",
        _ => "jpg",
    };
    accept_image(&ctx.op(None), found, image).await?;
    let mut entry = ctx.entry(
        "verification.image_viewed",
        Resource::Owned { kind: "verification", id: found.id.to_string(), owner: owner.subject() },
    );
    entry.reason = ctx.reason(None)?;
    provost_domain::audit::note_change(&mut entry.changes, "image", &None, &Some(kind));
    store.audit(entry).await?;
    let name = format!("{}-{}.{extension}", found.id, kind.as_str());
    Ok(SeeOther(
        store
            .presign_download(
                &store.names().files,
                &image_key(found.user_id, found.id, kind),
                &name,
            )
            .await?,
    ))
}
