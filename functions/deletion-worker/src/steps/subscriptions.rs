//! Cancels active subscriptions at Stripe, and removes each one with the claim on its customer.
//! Stripe comes first: after a kill in between, the next run finds the subscription again, and
//! Stripe reports that it is gone.

use provost_app::stripe::{Ended, StripeError};
use provost_domain::subscription::Subscription;
use provost_store::Conflict;
use tracing::{info, warn};

use crate::run::{Run, Stop};

pub(super) async fn cancel(run: &mut Run, next: u32) -> Result<(), Stop> {
    for subscription in run.app.store().subscriptions(run.user).await? {
        if subscription.may_live() {
            end(run, &subscription).await?;
        }
        let mut tx = run.app.transaction();
        tx.remove_subscription(Conflict::Gone, run.user, &subscription)?;
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
    run.done_below(next);
    run.save().await
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
        Err(error) => {
            warn!(deletion.id = %id, cause = %error, "deletion {id} waits for Stripe");
            return Err(Stop::Wait(match error {
                StripeError::NotConfigured => {
                    "a subscription has to be cancelled, and no key for Stripe is configured"
                }
                StripeError::OtherKey => {
                    "a subscription has to be cancelled, and the key for Stripe is that of another account or mode"
                }
                StripeError::Key(_) => {
                    "a subscription has to be cancelled, and the key for Stripe could not be read"
                }
                StripeError::Unreachable => {
                    "a subscription has to be cancelled, and Stripe could not be reached"
                }
                StripeError::Refused(_) => {
                    "a subscription has to be cancelled, and Stripe did not do it"
                }
            }));
        }
    }
    Ok(())
}
