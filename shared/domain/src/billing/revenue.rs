//! The figures of revenue: what is counted, by currency and product, and the periods that a report
//! is divided into.
//!
//! Counts are kept for each quarter of an hour, hour and day of UTC. Every time zone is a multiple
//! of a quarter of an hour away from UTC, so a period of any zone is an exact sum of those. Figures
//! of different currencies are never added.

mod period;

use std::collections::BTreeMap;

pub use period::{PARTS, Part, Period, Span, day, time_zone, today};

use crate::{
    ProductId,
    payment::{Payment, PaymentKind},
    subscription::Counted,
};

/// What is counted. The names are parts of stored attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Money that was paid.
    Paid,
    /// Number of payments of more than nothing.
    Payments,
    /// Money that was refunded.
    Refunded,
    /// Refunds that failed later.
    RefundFailed,
    /// Money that disputes took.
    Disputed,
    /// Money that came back from won disputes.
    DisputeWon,
    /// Monthly recurring revenue.
    Monthly,
    /// Subscriptions that count.
    Active,
    /// Subscriptions that began to count.
    New,
    /// Subscriptions that ended.
    Churned,
}

impl Measure {
    const ALL: [Self; 10] = [
        Self::Paid,
        Self::Payments,
        Self::Refunded,
        Self::RefundFailed,
        Self::Disputed,
        Self::DisputeWon,
        Self::Monthly,
        Self::Active,
        Self::New,
        Self::Churned,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Payments => "payments",
            Self::Refunded => "refunded",
            Self::RefundFailed => "refundFailed",
            Self::Disputed => "disputed",
            Self::DisputeWon => "disputeWon",
            Self::Monthly => "monthly",
            Self::Active => "active",
            Self::New => "new",
            Self::Churned => "churned",
        }
    }
}

/// One figure: its currency, its product if it is known, and what it counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Figure {
    /// Currency (ISO 4217).
    pub currency: String,
    /// The product.
    pub product: Option<ProductId>,
    /// What is counted.
    pub measure: Measure,
}

impl Figure {
    /// The name of the attribute that stores it.
    pub fn attribute(&self) -> String {
        let product = self.product.map_or_else(|| "-".to_owned(), |product| product.to_string());
        format!("{}|{product}|{}", self.currency, self.measure.as_str())
    }

    /// The figure that an attribute stores; none for any other attribute.
    pub fn of_attribute(name: &str) -> Option<Self> {
        let mut parts = name.split('|');
        let (currency, product, measure) = (parts.next()?, parts.next()?, parts.next()?);
        let measure = Measure::ALL.into_iter().find(|known| known.as_str() == measure)?;
        let product = if product == "-" { None } else { Some(product.parse().ok()?) };
        Some(Self { currency: currency.to_owned(), product, measure })
    }
}

/// Figures that belong together: what a change adds, or what a period has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures(pub BTreeMap<Figure, i64>);

impl Figures {
    /// Adds to one figure.
    pub fn add(&mut self, figure: Figure, by: i64) {
        let sum = self.0.entry(figure).or_default();
        *sum = sum.saturating_add(by);
    }

    /// Adds other figures.
    pub fn add_all(&mut self, others: &Self, times: i64) {
        for (figure, value) in &others.0 {
            self.add(figure.clone(), value.saturating_mul(times));
        }
    }

    /// The sum of what was counted, of one currency or of all. All is only for measures that are
    /// not money.
    pub fn sum(&self, currency: Option<&str>, measure: Measure) -> i64 {
        let counts = |figure: &Figure| {
            figure.measure == measure && currency.is_none_or(|code| figure.currency == code)
        };
        self.0.iter().filter(|(figure, _)| counts(figure)).map(|(_, value)| value).sum()
    }

    /// The currencies that have a figure other than zero.
    pub fn currencies(&self) -> Vec<String> {
        let mut found: Vec<_> = self
            .0
            .iter()
            .filter(|(_, value)| **value != 0)
            .map(|(figure, _)| figure.currency.clone())
            .collect();
        found.dedup();
        found
    }

    /// What one measure counted of each product, largest first. Products are in no order that
    /// depends on the currency.
    pub fn by_product(&self, currency: Option<&str>, measure: Measure) -> Vec<(ProductId, i64)> {
        let mut products: BTreeMap<ProductId, i64> = BTreeMap::new();
        for (figure, value) in &self.0 {
            if let Some(product) = figure.product
                && figure.measure == measure
                && currency.is_none_or(|code| figure.currency == code)
            {
                *products.entry(product).or_default() += value;
            }
        }
        let mut ranked: Vec<_> = products.into_iter().filter(|(_, value)| *value != 0).collect();
        ranked.sort_by_key(|(product, value)| (-value, *product));
        ranked
    }

    /// What a payment adds.
    pub fn of_payment(payment: &Payment) -> Self {
        let amount = i64::try_from(payment.amount).unwrap_or(i64::MAX);
        let figure = |measure| Figure {
            currency: payment.currency.clone(),
            product: payment.product_id,
            measure,
        };
        let measure = match payment.kind {
            PaymentKind::Paid => Measure::Paid,
            PaymentKind::Refunded => Measure::Refunded,
            PaymentKind::RefundFailed => Measure::RefundFailed,
            PaymentKind::Disputed => Measure::Disputed,
            PaymentKind::DisputeWon => Measure::DisputeWon,
            _ => return Self::default(),
        };
        let mut figures = Self::default();
        if amount != 0 {
            figures.add(figure(measure), amount);
            if measure == Measure::Paid {
                figures.add(figure(Measure::Payments), 1);
            }
        }
        figures
    }

    /// What a change of a subscription adds. Another product, price or interval is neither a new
    /// subscription nor an ended one.
    pub fn of_subscription(before: Option<&Counted>, after: Option<&Counted>) -> Self {
        let mut figures = Self::default();
        if before == after {
            return figures;
        }
        for (counted, sign) in [(before, -1), (after, 1)] {
            if let Some(Counted { product_id, currency, monthly }) = counted {
                let figure =
                    |measure| Figure { currency: currency.clone(), product: *product_id, measure };
                let monthly = i64::try_from(*monthly).unwrap_or(i64::MAX);
                figures.add(figure(Measure::Monthly), monthly.saturating_mul(sign));
                figures.add(figure(Measure::Active), sign);
                match (before, after) {
                    (None, _) => figures.add(figure(Measure::New), 1),
                    (_, None) => figures.add(figure(Measure::Churned), 1),
                    _ => {}
                }
            }
        }
        figures.0.retain(|_, value| *value != 0);
        figures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_read_from_the_attribute_that_stores_it() {
        for measure in Measure::ALL {
            for product in [None, Some("prd_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().expect("an id"))] {
                let figure = Figure { currency: "EUR".to_owned(), product, measure };
                assert_eq!(Figure::of_attribute(&figure.attribute()), Some(figure));
            }
        }
        assert_eq!(Figure::of_attribute("pk"), None);
    }

    #[test]
    fn another_plan_is_neither_a_new_subscription_nor_an_ended_one() {
        let of = |product: &str, monthly| Counted {
            product_id: product.parse().ok(),
            currency: "EUR".to_owned(),
            monthly,
        };
        let (small, large) =
            (of("prd_01ARZ3NDEKTSV4RRFFQ69G5FAV", 900), of("prd_01ARZ3NDEKTSV4RRFFQ69G5FAW", 1900));
        let sums = |before, after| {
            let figures = Figures::of_subscription(before, after);
            [Measure::Monthly, Measure::Active, Measure::New, Measure::Churned]
                .map(|measure| figures.sum(None, measure))
        };
        assert_eq!(sums(None, Some(&small)), [900, 1, 1, 0]);
        assert_eq!(sums(Some(&small), Some(&large)), [1000, 0, 0, 0]);
        assert_eq!(sums(Some(&large), None), [-1900, -1, 0, 1]);
        assert_eq!(sums(None, None), [0; 4]);
    }
}
