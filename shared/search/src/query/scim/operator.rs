//! Operators of filter expressions.

use crate::TextTest;

/// An operator between an attribute and a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Contains,
    StartsWith,
    EndsWith,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

use Operator::{
    Contains, EndsWith, Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual, StartsWith,
};

impl Operator {
    /// The operator with this name, in any case.
    pub(super) fn parse(word: &str) -> Option<Self> {
        let operator = match word.to_ascii_lowercase().as_str() {
            "eq" => Equal,
            "ne" => NotEqual,
            "co" => Contains,
            "sw" => StartsWith,
            "ew" => EndsWith,
            "gt" => Greater,
            "ge" => GreaterOrEqual,
            "lt" => Less,
            "le" => LessOrEqual,
            _ => return None,
        };
        Some(operator)
    }

    pub(super) const fn test(self) -> TextTest {
        match self {
            Equal | NotEqual => TextTest::Equal,
            Contains => TextTest::Contains,
            StartsWith => TextTest::StartsWith,
            EndsWith => TextTest::EndsWith,
            Greater => TextTest::Greater,
            GreaterOrEqual => TextTest::GreaterOrEqual,
            Less => TextTest::Less,
            LessOrEqual => TextTest::LessOrEqual,
        }
    }

    pub(super) const fn is_order(self) -> bool {
        matches!(self, Greater | GreaterOrEqual | Less | LessOrEqual)
    }
}
