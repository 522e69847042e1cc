//! The routes of the function `fraud`: fraud alerts and scans, for staff.

mod assignee;
mod dismiss;
mod find;
mod list;
mod scan;
mod scan_all;
mod select;
mod show;
mod update;

use http::Method;
use provost_domain::{Code, Permission, fraud::Alert};
use provost_http::{
    Effect::{Read, Write},
    Permit, Ranked, RankedOwner, Routes,
};

/// The table of this function.
pub fn routes() -> Routes {
    Routes::of("fraud")
        .row(Method::GET, "/api/admin/fraud-alerts", Permit(Permission::FraudRead), Read, list::list_fraud_alerts, "List fraud alerts, newest first.")
        .row(Method::GET, "/api/admin/fraud-alerts/{id}", RankedOwner::<Alert>::new(Permission::FraudRead), Read, show::get_fraud_alert, "Get a fraud alert with the findings of each rule and its history.")
        .row(Method::PATCH, "/api/admin/fraud-alerts/{id}", RankedOwner::<Alert>::new(Permission::FraudAct), Write, update::update_fraud_alert, "Update a fraud alert: its status, assignee or notes.").refuses(&[Code::InvalidAction, Code::StaleVersion])
        .row(Method::POST, "/api/admin/fraud-alerts/dismiss", Permit(Permission::FraudAct), Write, dismiss::dismiss_fraud_alerts,
            "Dismiss several fraud alerts, by id or by filter. A filter takes two steps: `dryRun` returns a plan, and `planId` executes it.").refuses(&[Code::NotFound, Code::InvalidAction, Code::PlanDrifted, Code::CannotModifySelf, Code::Outranked])
        .row(Method::POST, "/api/admin/fraud-scan/{id}", Ranked(Permission::FraudScan), Write, scan::scan_user_for_fraud, "Scan an account for fraud now. Creates an alert, or updates the open one, if a rule matches.").refuses(&[Code::InvalidAction])
        .row(Method::POST, "/api/admin/fraud-scan-all", Permit(Permission::FraudScan), Write, scan_all::scan_all_users_for_fraud,
            "Scan all accounts for fraud in a job. With `dryRun`, only count the alerts, optionally with other rules. Returns the running job if there is one. Follow it at `GET /v1/jobs/{id}`.").refuses(&[Code::InvalidAction])
}
