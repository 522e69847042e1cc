//! What was taken from a payment: refunds, refunds that failed, and disputes. The sums do not depend
//! on the order in which Stripe reports them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Timestamp, payment::PaymentKind, stripe_id::StripeId};

/// Maximum number of reports that are kept of one charge. Stripe allows fewer refunds of one.
const REPORTS: usize = 200;

/// The state of a charge from which something was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Charge {
    /// Stripe id of the charge.
    pub id: StripeId,
    /// Totals of refunds that Stripe reported.
    #[serde(default)]
    pub reports: Vec<Report>,
    /// Refunds that failed, by Stripe id.
    #[serde(default)]
    pub failed: BTreeMap<String, Report>,
    /// Disputes, by Stripe id.
    #[serde(default)]
    pub disputes: BTreeMap<String, Dispute>,
    /// Sum of the refunds in the ledger.
    #[serde(default)]
    pub refunded: u64,
    /// Sum of the failed refunds in the ledger.
    #[serde(default)]
    pub given_back: u64,
}

/// An amount that Stripe reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Time of the report.
    pub at: Timestamp,
    /// Amount, in the smallest unit of the currency.
    pub amount: u64,
}

/// A dispute of a charge.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// Whether the money went.
    pub taken: bool,
    /// Whether the money came back.
    pub returned: bool,
}

/// An amount to enter into the ledger.
pub type Taken = (PaymentKind, u64);

/// What an event means for a charge of which nothing is kept, because its user was erased: the amount
/// of the event itself. Each event is recorded once, so the sums are right in any order.
pub fn unrecorded(kind: PaymentKind, amount: u64) -> Vec<Taken> {
    if amount > 0 { vec![(kind, amount)] } else { Vec::new() }
}

impl Charge {
    /// A charge from which nothing was taken yet.
    pub const fn new(id: StripeId) -> Self {
        Self {
            id,
            reports: Vec::new(),
            failed: BTreeMap::new(),
            disputes: BTreeMap::new(),
            refunded: 0,
            given_back: 0,
        }
    }

    /// Stripe reported the total of the refunds. A refund that failed before is no longer part of
    /// it.
    pub fn refunds_reported(&mut self, at: Timestamp, total: u64) -> Vec<Taken> {
        let report = Report { at, amount: total };
        if !self.reports.contains(&report) {
            self.reports.push(report);
            if self.reports.len() > REPORTS {
                self.reports.remove(0);
            }
        }
        self.settle()
    }

    /// Stripe reported that a refund failed.
    pub fn refund_failed(&mut self, at: Timestamp, refund: &StripeId, amount: u64) -> Vec<Taken> {
        let known = self.failed.entry(refund.to_string()).or_insert(Report { at, amount });
        known.at = known.at.min(at);
        self.settle()
    }

    /// The differences between what was reported and what the ledger has.
    fn settle(&mut self) -> Vec<Taken> {
        let sum = |until: Option<Timestamp>| -> u64 {
            let counts = |failed: &&Report| until.is_none_or(|until| failed.at <= until);
            self.failed.values().filter(counts).map(|failed| failed.amount).sum()
        };
        let failed = sum(None);
        let refunded = self
            .reports
            .iter()
            .map(|report| report.amount.saturating_add(sum(Some(report.at))))
            .max()
            .unwrap_or_default()
            .max(failed)
            .max(self.refunded);
        let (more, back) = (refunded - self.refunded, failed.saturating_sub(self.given_back));
        (self.refunded, self.given_back) = (refunded, failed.max(self.given_back));
        [(PaymentKind::Refunded, more), (PaymentKind::RefundFailed, back)]
            .into_iter()
            .filter(|(_, amount)| *amount > 0)
            .collect()
    }

    /// Stripe reported what became of a dispute: whether the money went, and came back. An inquiry
    /// moves no money. Money that came back went before.
    pub fn disputed(&mut self, dispute: &StripeId, amount: u64, now: Dispute) -> Vec<Taken> {
        let known = self.disputes.entry(dispute.to_string()).or_default();
        let after = Dispute {
            taken: known.taken || now.taken || now.returned,
            returned: known.returned || now.returned,
        };
        let mut entries = Vec::new();
        if after.taken && !known.taken {
            entries.push((PaymentKind::Disputed, amount));
        }
        if after.returned && !known.returned {
            entries.push((PaymentKind::DisputeWon, amount));
        }
        *known = after;
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1000)
    }

    fn id(text: &str) -> StripeId {
        text.parse().expect("a Stripe id")
    }

    enum Said {
        Total(i64, u64),
        Failed(i64, &'static str, u64),
    }

    /// The net amount that was refunded after these reports.
    fn net(reports: &[&Said]) -> i64 {
        let mut charge = Charge::new(id("ch_1"));
        let mut net = 0;
        for report in reports {
            let taken = match report {
                Said::Total(second, total) => charge.refunds_reported(at(*second), *total),
                Said::Failed(second, refund, amount) => {
                    charge.refund_failed(at(*second), &id(refund), *amount)
                }
            };
            for (kind, amount) in taken {
                let amount = i64::try_from(amount).expect("a small amount");
                net += if kind == PaymentKind::Refunded { amount } else { -amount };
            }
        }
        net
    }

    /// Every order of three reports, each report twice.
    fn in_every_order(reports: &[Said; 3]) -> Vec<i64> {
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        orders
            .iter()
            .map(|order| {
                let twice: Vec<_> = order.iter().flat_map(|at| [&reports[*at]; 2]).collect();
                net(&twice)
            })
            .collect()
    }

    #[test]
    fn refunds_are_differences_of_the_total_in_any_order() {
        let reports = [Said::Total(1, 300), Said::Total(2, 500), Said::Total(3, 900)];
        assert_eq!(in_every_order(&reports), [900; 6]);
    }

    #[test]
    fn a_refund_that_fails_is_given_back_once_and_a_later_one_counts() {
        let reports = [Said::Total(1, 500), Said::Failed(2, "re_1", 500), Said::Total(3, 500)];
        assert_eq!(in_every_order(&reports), [500; 6]);
        let lost =
            [Said::Total(1, 500), Said::Failed(2, "re_1", 300), Said::Failed(3, "re_2", 200)];
        assert_eq!(in_every_order(&lost), [0; 6]);
    }

    #[test]
    fn a_dispute_moves_money_once_each_way_and_an_inquiry_moves_none() {
        let (taken, returned) =
            (Dispute { taken: true, returned: false }, Dispute { taken: true, returned: true });
        let mut charge = Charge::new(id("ch_1"));
        let dispute = id("dp_1");
        assert_eq!(charge.disputed(&dispute, 1000, Dispute::default()), []);
        assert_eq!(charge.disputed(&dispute, 1000, taken), [(PaymentKind::Disputed, 1000)]);
        assert_eq!(charge.disputed(&dispute, 1000, taken), []);
        assert_eq!(charge.disputed(&dispute, 1000, returned), [(PaymentKind::DisputeWon, 1000)]);
        assert_eq!(charge.disputed(&dispute, 1000, taken), [], "an old report changes nothing");
        assert_eq!(
            charge.refunds_reported(at(9), 1000),
            [(PaymentKind::Refunded, 1000)],
            "a refund after a dispute counts"
        );
    }
}
