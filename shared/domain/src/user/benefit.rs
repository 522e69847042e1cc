//! The limits of a benefit that staff grant.

use crate::{ApiError, Timestamp, time::DAY};

/// Maximum amount of a grant: one pebibyte, in bytes.
const MAX_AMOUNT: u64 = 1 << 50;
/// Latest end of a grant, in days from now.
const MAX_DAYS: i64 = 3650;

/// Checks the amount of a grant.
///
/// # Errors
/// `VALIDATION_FAILED` on `amount`.
pub fn check_amount(amount: u64) -> Result<(), ApiError> {
    if (1..=MAX_AMOUNT).contains(&amount) {
        return Ok(());
    }
    Err(ApiError::field(
        "amount",
        "out_of_range",
        "This amount is out of range. Enter a number from 1 to 1125899906842624.",
    ))
}

/// The end of a grant, in the future and at most 3650 days ahead, and whether it was reduced.
///
/// # Errors
/// `VALIDATION_FAILED` on `expiresAt` for a time in the past.
pub fn end(
    wanted: Option<Timestamp>,
    now: Timestamp,
) -> Result<(Option<Timestamp>, bool), ApiError> {
    let Some(wanted) = wanted else { return Ok((None, false)) };
    if wanted <= now {
        return Err(ApiError::field(
            "expiresAt",
            "out_of_range",
            "This time is in the past. Enter a time in the future.",
        ));
    }
    let (end, clamped) = wanted.at_most(now.plus(MAX_DAYS * DAY));
    Ok((Some(end), clamped))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_from_one_to_a_pebibyte() {
        assert!(check_amount(0).is_err());
        assert!(check_amount(1).is_ok());
        assert!(check_amount(1 << 50).is_ok());
        assert!(check_amount((1 << 50) + 1).is_err());
    }

    #[test]
    fn an_end_is_in_the_future_and_reduced_to_ten_years() {
        let now: Timestamp = "2026-11-20".parse().unwrap();
        let latest = now.plus(MAX_DAYS * DAY);
        assert_eq!(end(None, now).unwrap(), (None, false));
        assert!(end(Some(now), now).is_err());
        assert_eq!(end(Some(now.plus(1)), now).unwrap(), (Some(now.plus(1)), false));
        assert_eq!(end(Some(latest), now).unwrap(), (Some(latest), false));
        assert_eq!(end(Some(latest.plus(1)), now).unwrap(), (Some(latest), true));
    }
}
