//! Cancels active subscriptions at Stripe, and removes each one with the claim on its customer; then
//! deletes the customer.
//! Stripe comes first: after a kill in between, the next run finds the subscription again, and
//! Stripe reports that it is gone.

use provost_app::stripe::{Ended, StripeError};
use provost_domain::{
    customer::Customer,
    revenue::Figures,
    subscription::Subscription,
    time::{MINUTE, SECOND},
};
use provost_store::{Conflict, customers::CustomerIntent};
use tracing::{info, warn};

use crate::run::{Run, Stop};

pub(super) async fn cancel(run: &mut Run, next: u32) -> Result<(), Stop> {
    for subscription in run.app.store().subscriptions(run.user).await? {
        if subscription.may_live() {
            end(run, &subscription).await?;
        }
        let mut tx = run.app.transaction();
        tx.remove_subscription(Conflict::Gone, run.user, &subscription)?;
        let ended = Figures::of_subscription(subscription.counted.as_ref(), None);
        tx.count_revenue(&ended, run.app.now(), &subscription.id)?;
        let before = run.request.counts.clone();
        run.count("subscriptions", 1);
        match run.commit(tx).await {
            Ok(()) => {}
            // Another run removed and counted it.
            Err(Stop::Failed(error)) if error.conflict() == Some(Conflict::Gone) => {
                run.request.counts = before
            }
            Err(stop) => return Err(stop),
        }
        run.check_time()?;
    }
    if let Some(customer) = run.app.store().customer(run.user).await? {
        remove_customer(run, &customer).await?;
    }
    if let Some(intent) = run.app.store().customer_intent(run.user).await? {
        remove_left_over(run, &intent).await?;
    }
    run.done_below(next);
    run.save().await
}

/// Deletes the customer at Stripe, so that no open checkout can charge a person without an account.
async fn remove_customer(run: &mut Run, customer: &Customer) -> Result<(), Stop> {
    let id = run.request.id;
    let request = format!("{id}-{}", customer.id);
    match run.app.stripe().delete_customer(&customer.id, &request, run.app.now()).await {
        Ok(_) => info!(deletion.id = %id, "deletion {id} has deleted a customer at Stripe"),
        Err(error) => return Err(waits(run, &error)),
    }
    let mut tx = run.app.transaction();
    tx.remove_customer(Conflict::Gone, run.user, customer)?;
    let before = run.request.counts.clone();
    run.count("customer", 1);
    match run.commit(tx).await {
        // Another run removed and counted it.
        Err(Stop::Failed(error)) if error.conflict() == Some(Conflict::Gone) => {
            run.request.counts = before;
            Ok(())
        }
        done => done,
    }
}

/// Deletes the customers that a checkout may have left at Stripe without recording them.
async fn remove_left_over(run: &mut Run, intent: &CustomerIntent) -> Result<(), Stop> {
    // The checkout may still be waiting for Stripe.
    let ready = intent.at.plus(MINUTE).since(run.app.now());
    if ready > 0 {
        return Err(Stop::Later(i32::try_from(ready / SECOND + 1).unwrap_or(i32::MAX)));
    }
    let (app, id) = (run.app.clone(), run.request.id);
    let found = app.stripe().customers_of(run.user, &intent.email, app.now()).await;
    for customer in found.map_err(|error| waits(run, &error))? {
        let request = format!("{id}-{}", customer.id);
        let deleted = app.stripe().delete_customer(&customer.id, &request, app.now()).await;
        deleted.map_err(|error| waits(run, &error))?;
        info!(deletion.id = %id, "deletion {id} has deleted a customer that a checkout left");
    }
    let mut tx = app.transaction();
    tx.end_customer_intent(run.user)?;
    run.commit(tx).await
}

/// Cancels a subscription at Stripe. On any error the run waits: an account is not erased while the
/// user still pays.
async fn end(run: &Run, subscription: &Subscription) -> Result<(), Stop> {
    let id = run.request.id;
    match run
        .app
        .stripe()
        .cancel(&subscription.id, &format!("{id}-{}", subscription.id), run.app.now())
        .await
    {
        Ok(Ended::Now) => info!(deletion.id = %id, "deletion {id} has cancelled a subscription"),
        Ok(Ended::Before) => {
            info!(deletion.id = %id, "deletion {id} found a subscription cancelled")
        }
        Err(error) => return Err(waits(run, &error)),
    }
    Ok(())
}

/// Why the run waits for Stripe.
fn waits(run: &Run, error: &StripeError) -> Stop {
    let id = run.request.id;
    warn!(deletion.id = %id, cause = %error, "deletion {id} waits for Stripe");
    Stop::Wait(match error {
        StripeError::NotConfigured => {
            "a subscription or customer has to be removed at Stripe, and no key for Stripe is configured"
        }
        StripeError::OtherKey => {
            "a subscription or customer has to be removed at Stripe, and the key is that of another account or mode"
        }
        StripeError::Key(_) => {
            "a subscription or customer has to be removed at Stripe, and the key could not be read"
        }
        StripeError::Unreachable => {
            "a subscription or customer has to be removed at Stripe, which could not be reached"
        }
        StripeError::Refused { .. } => {
            "a subscription or customer has to be removed at Stripe, which did not do it"
        }
    })
}
