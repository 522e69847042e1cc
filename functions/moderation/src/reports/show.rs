//! `GET /api/admin/reports/{id}`: one report with its history and evidence.

use provost_domain::{Permission, audit::Resource, report::Report};
use provost_http::{HandlerResult, Json, RequestContext, StaffOwnerGrant};

use super::views::{ContentEvidence, ReportDetails, view};

/// Gets a report. A URL to the copy of reported content is given to staff who can remove content,
/// and audited.
///
/// # Errors
/// `NOT_FOUND`, `CANNOT_MODIFY_SELF`, `OUTRANKED`.
pub async fn get_report(
    ctx: RequestContext<StaffOwnerGrant<Report>>,
) -> HandlerResult<Json<ReportDetails>> {
    let (report, store) = (&ctx.thing, ctx.app.store());
    let id = report.content.as_ref().and_then(|content| content.evidence_id);
    let found = match id {
        Some(id) => store.evidence(id).await?,
        None => None,
    };
    let mut evidence = found.as_ref().map(ContentEvidence::from);
    let copy = found.as_ref().and_then(|found| found.copy.as_ref());
    let report_view = view(&ctx.app, &ctx.caller, report).await?;
    let mut details = ReportDetails::of(report_view);
    if let (Some(evidence), Some(found), Some(copy)) = (&mut evidence, &found, copy) {
        if ctx.caller.permissions.contains(&Permission::ContentRemove) {
            // The view is audited before it can begin.
            let owner = ctx.owner()?.subject();
            let resource = Resource::Owned { kind: "report", id: report.id.to_string(), owner };
            store.audit(ctx.entry("report.evidence_viewed", resource)).await?;
            if let Some(there) = ctx.app.store_at(copy).await? {
                let url = there.presign_download(&copy.bucket, &copy.key, &found.name).await?;
                evidence.copy_url = Some(url);
            }
        } else {
            details.report.redacted.push("contentEvidence.copyUrl");
        }
    }
    details.content_evidence = evidence;
    Ok(Json::new(details).version(report.version))
}
