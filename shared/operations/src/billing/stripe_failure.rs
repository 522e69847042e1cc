use provost_app::stripe::StripeError;
use provost_domain::{ApiError, Code};
use tracing::warn;

use crate::OperationError;

/// What a failed call to Stripe means to the caller. Causes stay in the log.
pub fn stripe_failed(error: StripeError) -> OperationError {
    let unavailable = |sentence: &str, after: u32| {
        OperationError::Refused(
            ApiError::new(Code::Unavailable, sentence).with("retryAfter", after),
        )
    };
    match error {
        StripeError::NotConfigured => unavailable(
            "Stripe is not configured for this deployment. Ask its operator to store the key to Stripe's API.",
            300,
        ),
        StripeError::Key(error) => OperationError::Store(error),
        StripeError::OtherKey => {
            warn!("the key for Stripe is that of another account or mode");
            unavailable(
                "The key to Stripe belongs to another account or mode. Ask the operator of this deployment to store the right key.",
                300,
            )
        }
        StripeError::Unreachable => {
            unavailable("Stripe could not be reached. Try again later.", 30)
        }
        StripeError::Refused { .. } => {
            warn!(cause = %error, "Stripe refused a request");
            unavailable(
                "Stripe did not accept the request. Try again later, or ask the operator of this deployment.",
                60,
            )
        }
    }
}
