//! The routes of the function `billing`: the catalogue, promotion codes, the plan and the subscription
//! of an account, checkouts, revenue, and events from Stripe.

mod apply;
mod cancel;
mod checkout;
mod current;
mod offers;
mod own_subscriptions;
mod plans;
mod products;
mod promo_codes;
mod revenue;
mod stripe;
mod subscription;
mod views;

use http::Method;
use provost_domain::{
    Code,
    Permission::{BillingRead, PlanApply, ProductWrite},
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
            "Receive a signed event from Stripe. Subscriptions apply and cancel plans; payments, refunds and disputes go into the ledger. An event about another product on the same Stripe account is accepted and counted.",
        )
        .errors(&[Code::SignatureInvalid, Code::NotFound, Code::AlreadyExists])
        .get(
            "/api/admin/users/{id}/subscription",
            Access::staff(BillingRead),
            subscription::get_subscription,
            "Get the subscription of a user, and others that are paid at the same time.",
        )
        .errors(&[Code::InvalidUserId, Code::NotFound])
        .get(
            "/api/admin/products",
            Access::staff(BillingRead),
            products::list_products,
            "List plans and add-ons, oldest first.",
        )
        .route(
            Method::POST,
            "/api/admin/products",
            Access::staff(ProductWrite),
            Sensitive,
            products::create_product,
            "Create a plan or an add-on. Synchronise it to sell it.",
        )
        .errors(&[Code::AlreadyExists])
        .route(
            Method::PATCH,
            "/api/admin/products/{id}",
            Access::staff(ProductWrite),
            Sensitive,
            products::update_product,
            "Change a product. Subscribers keep the price at which they subscribed; synchronise the product to sell it at a new price.",
        )
        .errors(&[Code::NotFound, Code::InvalidAction, Code::AlreadyExists, Code::StaleVersion])
        .route(
            Method::DELETE,
            "/api/admin/products/{id}",
            Access::staff(ProductWrite),
            Sensitive,
            products::remove_product,
            "Remove a product from the catalogue. Subscribers keep it. Synchronise it to archive it at Stripe.",
        )
        .errors(&[Code::NotFound, Code::StaleVersion])
        .route(
            Method::POST,
            "/api/admin/products/{id}/sync",
            Access::staff(ProductWrite),
            Sensitive,
            products::sync_product,
            "Bring a product to Stripe. A new price becomes the default before the earlier one is archived; repeating the request creates nothing.",
        )
        .errors(&[Code::NotFound, Code::InvalidAction])
        .get(
            "/api/admin/promo-codes",
            Access::staff(BillingRead),
            promo_codes::list_promotion_codes,
            "List the promotion codes at Stripe, newest first.",
        )
        .route(
            Method::POST,
            "/api/admin/promo-codes",
            Access::staff(ProductWrite),
            Sensitive,
            promo_codes::create_promotion_code,
            "Create a promotion code at Stripe. It takes a percentage or an amount off the first invoice.",
        )
        .errors(&[Code::AlreadyExists])
        .route(
            Method::DELETE,
            "/api/admin/promo-codes/{id}",
            Access::staff(ProductWrite),
            Sensitive,
            promo_codes::switch_off_promotion_code,
            "Switch a promotion code off. Who has used it keeps the discount.",
        )
        .errors(&[Code::NotFound])
        .get(
            "/api/admin/revenue",
            Access::staff(BillingRead),
            revenue::get_revenue,
            "Report revenue by currency, and subscriptions, of whole days of a time zone, at most 400 parts.",
        )
        .get(
            "/api/billing/products",
            Access::signed_in(),
            offers::list_offered_products,
            "List the products that you can buy, oldest first.",
        )
        .get(
            "/api/billing/subscriptions",
            Access::signed_in(),
            own_subscriptions::list_own_subscriptions,
            "List your subscriptions, newest first, as Stripe last reported them.",
        )
        .route(
            Method::POST,
            "/api/billing/checkout",
            Access::signed_in(),
            Sensitive,
            checkout::start_checkout,
            "Start the checkout of a product on a page of Stripe. An account with a live subscription changes it in the customer portal instead. At most 20 checkouts and portals an hour.",
        )
        .errors(&[Code::NotFound, Code::InvalidAction, Code::RateLimited])
        .route(
            Method::POST,
            "/api/billing/portal",
            Access::signed_in(),
            Sensitive,
            checkout::open_billing_portal,
            "Open Stripe's page on which a customer changes or cancels a subscription.",
        )
        .errors(&[Code::InvalidAction, Code::RateLimited])
}
