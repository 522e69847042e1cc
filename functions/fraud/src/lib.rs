//! The routes of the function `fraud`: fraud alerts and scans, for staff.

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
    Access,
    Effect::{Read, Write},
    Routes,
};

/// The routes of this function.
pub fn routes() -> Routes {
    Routes::of("fraud")
        .route(Method::GET, "/api/admin/fraud-alerts", Access::staff(Permission::FraudRead), Read, list::list_fraud_alerts, "List fraud alerts, newest first.")
        .route(Method::GET, "/api/admin/fraud-alerts/{id}", Access::staff(Permission::FraudRead).above_owner::<Alert>("id"), Read, show::get_fraud_alert, "Get a fraud alert with the findings of each rule and its history.")
        .route(Method::PATCH, "/api/admin/fraud-alerts/{id}", Access::staff(Permission::FraudAct).above_owner::<Alert>("id"), Write, update::update_fraud_alert, "Update a fraud alert: its status, assignee or notes.").errors(&[Code::InvalidAction, Code::StaleVersion])
        .route(Method::POST, "/api/admin/fraud-alerts/dismiss", Access::staff(Permission::FraudAct), Write, dismiss::dismiss_fraud_alerts,
            "Dismiss several fraud alerts, by id or by filter. A filter takes two steps: `dryRun` returns a plan, and `planId` executes it.").errors(&[Code::NotFound, Code::InvalidAction, Code::PlanDrifted, Code::CannotModifySelf, Code::Outranked])
        .route(Method::POST, "/api/admin/fraud-scan/{id}", Access::staff(Permission::FraudScan).above_staff_target("id"), Write, scan::scan_user_for_fraud, "Scan an account for fraud now. Creates an alert, or updates the open one, if a rule matches.").errors(&[Code::InvalidAction])
        .route(Method::POST, "/api/admin/fraud-scan-all", Access::staff(Permission::FraudScan), Write, scan_all::scan_all_users_for_fraud,
            "Scan all accounts for fraud in a job. With `dryRun`, only count the alerts, optionally with other rules. Returns the running job if there is one. Follow it at `GET /v1/jobs/{id}`.").errors(&[Code::InvalidAction])
}
