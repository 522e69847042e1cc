//! The routes of the function `fraud`: alerts about accounts that look wrong, and the scan that raises them, for staff.

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
        .row(Method::GET, "/api/admin/fraud-alerts/{id}", RankedOwner::<Alert>::new(Permission::FraudRead), Read, show::get_fraud_alert, "See one fraud alert: what each rule found, and what was done about it since.")
        .row(Method::PATCH, "/api/admin/fraud-alerts/{id}", RankedOwner::<Alert>::new(Permission::FraudAct), Write, update::update_fraud_alert, "Move an alert on, give it to somebody, or note something about it.").refuses(&[Code::InvalidAction, Code::StaleVersion])
        .row(Method::POST, "/api/admin/fraud-alerts/dismiss", Permit(Permission::FraudAct), Write, dismiss::dismiss_fraud_alerts,
            "Dismiss many alerts: those that are named, or those that a filter finds. A filter is planned first, with `dryRun`, and carried out by `planId`.").refuses(&[Code::NotFound, Code::InvalidAction, Code::PlanDrifted, Code::CannotModifySelf, Code::Outranked])
        .row(Method::POST, "/api/admin/fraud-scan/{id}", Ranked(Permission::FraudScan), Write, scan::scan_user_for_fraud, "Ask every rule about one account now. An account that looks wrong gets an alert, or its alert is brought up to date.").refuses(&[Code::InvalidAction])
        .row(Method::POST, "/api/admin/fraud-scan-all", Permit(Permission::FraudScan), Write, scan_all::scan_all_users_for_fraud,
            "Scan every account in the background; with `dryRun`, only count what would be raised, also by other rules. While such a scan is under way, that one is answered. Watch it at `GET /v1/jobs/{id}`.").refuses(&[Code::InvalidAction])
}
