//! The routes of the function `insights`: the state of the platform, figures by period, and
//! updates.

mod analytics;
mod range;
mod status;
mod updates;

use provost_domain::Permission::InsightRead;
use provost_http::{Access, Routes};

/// The routes of this function.
pub fn routes() -> Routes {
    Routes::of("insights")
        .get("/api/admin/status", Access::staff(InsightRead), status::get_status, "Get the state of the platform: error rate, tables, files, queues and scheduled work. Answers within three seconds.")
        .get("/api/admin/analytics", Access::staff(InsightRead), analytics::get_analytics, "Get users, sign-ins, plans, storage, uploads, downloads and requests by day, week, month or year, and compare them with the periods before.")
        .get("/api/updates/check", Access::staff(InsightRead), updates::check_for_updates, "Check whether a newer release exists. The list of releases is read at most every six hours.")
}
