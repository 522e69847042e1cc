//! The routes of the function `billing`: the catalogue of plans, the plan of an account, and events
//! from Stripe.

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
use provost_http::{Access, Effect::Sensitive, Routes};

/// The routes of this function.
pub fn routes() -> Routes {
    Routes::of("billing")
        .get("/api/admin/plans", Access::staff(BillingRead), plans::list_plans, "List plans, oldest first.")
        .get(
            "/api/admin/users/{id}/current-plan",
            Access::staff(BillingRead),
            current::get_current_plan,
            "Get a user's plan, and the tier and limits without it.",
        )
        .errors(&[Code::InvalidUserId])
        .route(
            Method::POST,
            "/api/admin/users/{id}/apply-plan",
            Access::staff(PlanApply).above_staff_target("id"),
            Sensitive,
            apply::apply_plan,
            "Apply a plan to a user without a checkout. Tier and limits change immediately.",
        )
        .errors(&[Code::InvalidAction, Code::StaleVersion])
        .route(
            Method::DELETE,
            "/api/admin/users/{id}/cancel-plan",
            Access::staff(PlanApply).above_staff_target("id"),
            Sensitive,
            cancel::cancel_plan,
            "Cancel a user's plan. The account returns to the tier and limits it had before.",
        )
        .errors(&[Code::StaleVersion])
        .route(
            Method::POST,
            "/api/webhooks/stripe",
            Access::public(),
            Sensitive,
            stripe::receive_stripe_event,
            "Receive a signed event from Stripe. Subscriptions apply and cancel plans; payments go into the ledger.",
        )
        .errors(&[Code::SignatureInvalid, Code::NotFound, Code::AlreadyExists])
}
