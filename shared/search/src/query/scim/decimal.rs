//! Decimal numbers of expressions, compared with whole numbers without rounding.

use super::operator::Operator;

/// A number with decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    /// The whole part.
    floor: u64,
    /// Whether nothing follows the whole part.
    exact: bool,
}

/// A range of whole numbers, both ends included.
pub(super) type Range = (Option<u64>, Option<u64>);

impl Decimal {
    /// Reads a JSON number without an exponent. With `shift`, the number is multiplied by that
    /// power of ten.
    pub(super) fn parse(text: &str, shift: usize) -> Option<Self> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
        let valid = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let leading_zero = whole.len() > 1 && whole.starts_with('0');
        if !valid(whole) || !valid(decimals) || leading_zero {
            return None;
        }
        let (kept, cut) = decimals.split_at(shift.min(decimals.len()));
        // A number that does not fit is above every stored one.
        let floor = format!("{whole}{kept:0<shift$}").parse().unwrap_or(u64::MAX);
        let exact = cut.bytes().all(|byte| byte == b'0');
        Some(Self { negative: negative && (floor > 0 || !exact), floor, exact })
    }

    /// The whole numbers that compare with this one in a way; none if there is no such number.
    pub(super) fn range(self, operator: Operator) -> Option<Range> {
        use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
        let Self { negative, floor, exact } = self;
        if negative {
            return matches!(operator, Greater | GreaterOrEqual).then_some((Some(0), None));
        }
        let next = floor.saturating_add(1);
        match operator {
            Equal => exact.then_some((Some(floor), Some(floor))),
            GreaterOrEqual if exact => Some((Some(floor), None)),
            Greater | GreaterOrEqual => Some((Some(next), None)),
            Less if exact => floor.checked_sub(1).map(|most| (None, Some(most))),
            Less | LessOrEqual => Some((None, Some(floor))),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_between_two_whole_ones_compares_with_both() {
        let range =
            |text, operator| Decimal::parse(text, 0).and_then(|decimal| decimal.range(operator));
        assert_eq!(range("50.5", Operator::Greater), Some((Some(51), None)));
        assert_eq!(range("50.5", Operator::GreaterOrEqual), Some((Some(51), None)));
        assert_eq!(range("50.5", Operator::Less), Some((None, Some(50))));
        assert_eq!(range("50.5", Operator::Equal), None);
        assert_eq!(range("50.0", Operator::Less), Some((None, Some(49))));
        assert_eq!(range("0", Operator::Less), None);
        assert_eq!(range("-0", Operator::LessOrEqual), Some((None, Some(0))));
        assert_eq!(range("-0.5", Operator::Greater), Some((Some(0), None)));
        assert_eq!(range("-1", Operator::Equal), None);
        let hundredths = Decimal::parse("0.07", 2).and_then(|d| d.range(Operator::Equal));
        assert_eq!(hundredths, Some((Some(7), Some(7))));
        for text in ["", "-", "1.", ".5", "01", "1e3", "0x10", "--1"] {
            assert_eq!(Decimal::parse(text, 0), None, "{text}");
        }
    }
}
