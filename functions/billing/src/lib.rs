//! The routes of the function `billing`: the catalogue of plans, the plan of one account, and what Stripe tells of those who pay.

mod apply;
mod cancel;
mod current;
mod plans;
mod stripe;
mod views;

use http::Method;
use provost_domain::{
    Code,
    Permission::{BillingRead, PlanApply},
};
use provost_http::{Effect::Sensitive, Permit, Public, Ranked, Routes};

/// The table of this function.
pub fn routes() -> Routes {
    Routes::of("billing")
        .get("/api/admin/plans", Permit(BillingRead), plans::list_plans, "The plans that there are, in the order in which they came.")
        .get(
            "/api/admin/users/{id}/current-plan",
            Permit(BillingRead),
            current::get_current_plan,
            "A user's plan, and what the account returns to without it.",
        )
        .refuses(&[Code::InvalidUserId])
        .row(
            Method::POST,
            "/api/admin/users/{id}/apply-plan",
            Ranked(PlanApply),
            Sensitive,
            apply::apply_plan,
            "Apply a plan without checkout: tier and limits change at once.",
        )
        .refuses(&[Code::InvalidAction, Code::StaleVersion])
        .row(
            Method::DELETE,
            "/api/admin/users/{id}/cancel-plan",
            Ranked(PlanApply),
            Sensitive,
            cancel::cancel_plan,
            "Take a user's plan away: the account has again what it had before.",
        )
        .refuses(&[Code::StaleVersion])
        .row(
            Method::POST,
            "/api/webhooks/stripe",
            Public,
            Sensitive,
            stripe::receive_stripe_event,
            "Take an event of Stripe's, by its signature: subscriptions give and take plans, payments go into the ledger.",
        )
        .refuses(&[Code::SignatureInvalid, Code::NotFound, Code::AlreadyExists])
}
