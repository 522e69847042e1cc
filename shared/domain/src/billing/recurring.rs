//! What a subscription brings in a month.

/// Fixed-point digits of a month's amount, so that each item is not rounded by itself.
const SCALE: i128 = 1_000_000;

/// An item of a subscription, as it is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecurringItem<'a> {
    /// Price of one, in the smallest unit of the currency.
    pub price: u64,
    /// How many.
    pub quantity: u64,
    /// Unit of the billing period: `day`, `week`, `month` or `year`.
    pub interval: &'a str,
    /// Number of units in a billing period.
    pub interval_count: u64,
}

/// A discount that lasts longer than one invoice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Discount {
    /// A percentage.
    Percent(f64),
    /// An amount of each billing period.
    Amount(u64),
}

/// An amount of a billing period, in a month, times [`SCALE`].
fn in_a_month(amount: i128, interval: &str, count: u64) -> i128 {
    let count = i128::from(count.max(1));
    match interval {
        "month" => amount * SCALE / count,
        "year" => amount * SCALE / (12 * count),
        "week" => amount * SCALE * 52 / (12 * count),
        "day" => amount * SCALE * 365 / (12 * count),
        _ => 0,
    }
}

/// The monthly recurring revenue of these items, after the discounts: never negative, in the
/// smallest unit of the currency.
pub fn monthly(items: &[RecurringItem<'_>], discounts: &[Discount]) -> u64 {
    let amount = |item: &RecurringItem<'_>| i128::from(item.price) * i128::from(item.quantity);
    let mut total: i128 =
        items.iter().map(|item| in_a_month(amount(item), item.interval, item.interval_count)).sum();
    for discount in discounts {
        match (discount, items.first()) {
            (Discount::Percent(percent), _) => {
                // Stripe's percentages have up to four decimals.
                let left = 1_000_000 - (percent.clamp(0.0, 100.0) * 10_000.0).round() as i128;
                total = total * left / 1_000_000;
            }
            (Discount::Amount(off), Some(item)) => {
                total -= in_a_month(i128::from(*off), item.interval, item.interval_count);
            }
            (Discount::Amount(_), None) => {}
        }
    }
    u64::try_from((total.max(0) + SCALE / 2) / SCALE).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(price: u64, quantity: u64, interval: &str, interval_count: u64) -> RecurringItem<'_> {
        RecurringItem { price, quantity, interval, interval_count }
    }

    #[test]
    fn every_billing_period_is_brought_to_a_month() {
        for (items, expected) in [
            (vec![item(12_000, 1, "year", 1)], 1000),
            (vec![item(3000, 1, "month", 3)], 1000),
            (vec![item(500, 3, "month", 1)], 1500),
            (vec![item(900, 1, "month", 1), item(1200, 1, "year", 1)], 1000),
            (vec![item(300, 1, "week", 1)], 1300),
            (vec![item(24_000, 1, "year", 2)], 1000),
            (vec![item(100, 1, "year", 1)], 8),
            (vec![], 0),
        ] {
            assert_eq!(monthly(&items, &[]), expected, "{items:?}");
        }
    }

    #[test]
    fn discounts_never_make_it_negative() {
        let month = [item(900, 1, "month", 1)];
        assert_eq!(monthly(&month, &[Discount::Amount(1000)]), 0);
        assert_eq!(monthly(&month, &[Discount::Percent(100.0)]), 0);
        assert_eq!(monthly(&month, &[Discount::Percent(25.5)]), 671);
        let year = [item(12_000, 1, "year", 1)];
        assert_eq!(monthly(&year, &[Discount::Amount(1200)]), 900);
    }
}
