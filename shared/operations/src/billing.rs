//! Operations on products, promotion codes, plans, customers, subscriptions and payments.

mod apply_plan;
mod bind_subscription;
mod cancel_plan;
mod checkout;
mod create_product;
mod create_promotion_code;
mod customer;
mod entitlements;
mod follow_subscription;
mod open_portal;
mod record_payment;
mod remove_product;
mod stripe_event;
mod stripe_failure;
mod switch_off_promotion_code;
mod sync_product;
mod update_product;

pub use apply_plan::apply_plan;
pub use bind_subscription::bind_subscription;
pub use cancel_plan::cancel_plan;
pub use checkout::{Started, start_checkout};
pub use create_product::create_product;
pub use create_promotion_code::{Discount, NewPromotionCode, create_promotion_code};
pub use entitlements::Entitled;
pub(crate) use entitlements::change_entitlements;
pub use follow_subscription::{Followed, SubscriptionState, follow_subscription};
pub use open_portal::open_portal;
pub use record_payment::{record_payment, record_taken};
pub use remove_product::remove_product;
pub use stripe_failure::stripe_failed;
pub use switch_off_promotion_code::switch_off_promotion_code;
pub use sync_product::{Synced, sync_product};
pub use update_product::update_product;
