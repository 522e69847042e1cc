//! A plan, a subscription and a payment.

use provost_domain::{
    BucketId, HandoverId, Pseudonym, User, UserId,
    charge::Charge,
    customer::Customer,
    entitlement::PlanSource,
    payment::{Payment, PaymentKind},
    product::{BillingInterval, standard_plans},
    profile::Profile,
    storage::Handover,
    stripe_id::StripeId,
    subscription::{Subscription, SubscriptionEventKind, SubscriptionStatus, Terms},
    time::{DAY, HOUR},
};
use provost_store::customers::CustomerIntent;

use crate::World;

impl World {
    /// A plan without a checkout.
    pub(super) async fn plan(&self, user: UserId) {
        let (app, now) = (&self.app, self.app.now());
        let record = self.user(user).await.expect("the user exists");
        let profile = app.store().profile(user).await.expect("the table can be read");
        let plans = standard_plans(now);
        let plan = plans.iter().find(|plan| plan.price > 0).expect("a plan that costs something");
        let (paying, limits) = record.apply_plan(
            plan,
            &profile.limits,
            PlanSource::Staff { by: app.id(Pseudonym::new) },
            now,
        );
        let mut tx = app.transaction();
        tx.save_user(&paying).expect("a user");
        tx.save_profile(user, &Profile { limits, ..profile }).expect("a profile");
        tx.commit().await.expect("no concurrent write");
    }

    /// A paid subscription and its payment.
    pub(super) async fn payments(&self, record: &User) {
        let (app, user, now) = (&self.app, record.user_id, self.app.now());
        let id = |kind: &str| {
            format!("{kind}_{}", record.first_name)
                .parse::<StripeId>()
                .expect("letters and an underscore")
        };
        let terms = Terms {
            reported_at: now,
            reported_by: SubscriptionEventKind::Updated,
            status: SubscriptionStatus::Active,
            product_id: None,
            price_id: "price_month".to_owned(),
            price: Some(900),
            currency: "EUR".to_owned(),
            billing_interval: Some(BillingInterval::Month),
            monthly: Some(900),
            current_period_start: now,
            current_period_end: now.plus(30 * DAY),
            cancel_at_period_end: false,
            cancelled_at: None,
        };
        let subscription = Subscription {
            id: id("sub"),
            customer: id("cus"),
            bound_at: now,
            terms: Some(terms),
            counted: None,
        };
        let payment = Payment {
            event: id("evt"),
            at: now,
            kind: PaymentKind::Paid,
            amount: 900,
            currency: "EUR".to_owned(),
            customer: id("cus"),
            subscription: Some(id("sub")),
            product_id: None,
            invoice: Some(id("in")),
            charge: None,
            paid_at: None,
        };
        let customer = Customer { id: id("cus"), created_at: now };
        let charge = Charge::new(id("ch"));
        let mut tx = app.transaction();
        tx.check_user(record).expect("a check");
        tx.save_customer(user, &customer, None).expect("a customer");
        tx.save_charge(user, None, &charge).expect("a charge");
        tx.save_subscription(user, &subscription).expect("a subscription");
        tx.record_payment(user, &payment).expect("a payment");
        tx.start_checkout(user, &id("cs"), now).expect("a checkout");
        tx.commit().await.expect("the customer is new");
        // A checkout that was interrupted, and the link to the credentials of a bucket.
        let intent = CustomerIntent { email: record.email.to_string(), at: now.plus(-HOUR) };
        let handover = Handover {
            id: app.id(HandoverId::new),
            bucket: app.id(BucketId::new),
            expires_at: now.plus(DAY),
            used_at: None,
        };
        let mut tx = app.transaction();
        tx.intend_customer(user, &intent).expect("an intent");
        tx.offer_credentials(user, &handover).expect("a handover");
        tx.commit().await.expect("the table responds");
    }
}
