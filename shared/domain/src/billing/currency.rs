//! Currencies: how many decimals an amount has for people, and how many at Stripe.
//!
//! Everywhere in the platform an amount is in the minor unit of ISO 4217. Only the client of Stripe
//! and its webhook convert, with this table. Sources, read on 2026-11-29: the list of ISO 4217, and
//! Stripe's page "Supported currencies" (<https://docs.stripe.com/currencies>).

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ApiError;

/// Currencies with another number of decimals than two, in ISO 4217 or at Stripe: the code, the
/// decimals in ISO 4217, the decimals at Stripe, and the step of an amount at Stripe. Stripe wants
/// the last digits of some currencies to be zero: ISK and UGX have no minor unit but are sent with
/// two decimals, and the last of three decimals must be 0.
const SPECIAL: [(&str, u32, u32, i64); 22] = [
    ("BHD", 3, 3, 10),
    ("BIF", 0, 0, 1),
    ("CLP", 0, 0, 1),
    ("DJF", 0, 0, 1),
    ("GNF", 0, 0, 1),
    ("ISK", 0, 2, 100),
    ("JOD", 3, 3, 10),
    ("JPY", 0, 0, 1),
    ("KMF", 0, 0, 1),
    ("KRW", 0, 0, 1),
    ("KWD", 3, 3, 10),
    ("MGA", 2, 0, 1),
    ("OMR", 3, 3, 10),
    ("PYG", 0, 0, 1),
    ("RWF", 0, 0, 1),
    ("TND", 3, 3, 10),
    ("UGX", 0, 2, 100),
    ("VND", 0, 0, 1),
    ("VUV", 0, 0, 1),
    ("XAF", 0, 0, 1),
    ("XOF", 0, 0, 1),
    ("XPF", 0, 0, 1),
];

/// Currencies with two decimals in both.
const PLAIN: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CNY COP CRC CVE CZK DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR JMD KES KGS KHR KYD KZT LAK LBP LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SEK SGD SHP SLE SOS SRD STD SZL THB TJS TOP TRY TTD TWD TZS UAH USD UYU UZS WST XCD YER ZAR ZMW";

/// A currency that Stripe accepts: the code of ISO 4217 in upper case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = "^[A-Z]{3}$"))]
pub struct Currency {
    code: [u8; 3],
    decimals: u32,
    at_stripe: u32,
    step: i64,
}

/// The text is not the code of a currency that Stripe accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a currency that can be charged. Use a code of ISO 4217, such as EUR")]
pub struct InvalidCurrency;

/// The amount cannot be written in the other unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InexactAmount(String);

impl FromStr for Currency {
    type Err = InvalidCurrency;

    /// Reads a code in upper or lower case: Stripe writes lower case.
    fn from_str(text: &str) -> Result<Self, InvalidCurrency> {
        let upper = text.to_ascii_uppercase();
        let code: [u8; 3] = upper.as_bytes().try_into().map_err(|_| InvalidCurrency)?;
        if let Some((_, decimals, at_stripe, step)) =
            SPECIAL.iter().find(|(special, ..)| *special == upper)
        {
            return Ok(Self { code, decimals: *decimals, at_stripe: *at_stripe, step: *step });
        }
        if PLAIN.split(' ').any(|plain| plain == upper) {
            return Ok(Self { code, decimals: 2, at_stripe: 2, step: 1 });
        }
        Err(InvalidCurrency)
    }
}

impl TryFrom<String> for Currency {
    type Error = InvalidCurrency;
    fn try_from(text: String) -> Result<Self, InvalidCurrency> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.to_string()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.code).unwrap_or_default())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Currency {
    /// The code in lower case, as Stripe writes it.
    pub fn stripe_code(self) -> String {
        self.to_string().to_ascii_lowercase()
    }

    /// An amount in minor units as Stripe takes it.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` for an amount that Stripe cannot charge, such as 5.124 KWD.
    pub fn to_stripe(self, field: &str, amount: u64) -> Result<i64, ApiError> {
        let refused = |sentence: String| ApiError::field(field, "not_chargeable", sentence);
        let (up, down) = self.factors();
        let scaled = i64::try_from(amount).ok().and_then(|amount| amount.checked_mul(up));
        let scaled = scaled
            .filter(|scaled| *scaled / down <= MAX_AMOUNT)
            .ok_or_else(|| refused("The amount is too large. Use at most 12 digits.".to_owned()))?;
        if scaled % down != 0 || (scaled / down) % self.step != 0 {
            let multiple = if down > 1 { down } else { self.step / up };
            return Err(refused(format!(
                "{} cannot be charged: Stripe takes {self} in steps of {}. Use a multiple of {multiple} in the smallest unit.",
                self.text(amount),
                self.text(multiple.unsigned_abs())
            )));
        }
        Ok(scaled / down)
    }

    /// An amount of Stripe in minor units.
    ///
    /// # Errors
    /// [`InexactAmount`] when it is not a whole number of minor units.
    pub fn from_stripe(self, amount: i64) -> Result<i64, InexactAmount> {
        let (up, down) = self.factors();
        amount
            .checked_mul(down)
            .filter(|scaled| scaled % up == 0)
            .map(|scaled| scaled / up)
            .ok_or_else(|| {
                InexactAmount(format!("{amount} at Stripe is not a whole amount of {self}"))
            })
    }

    /// The factor from minor units to Stripe's unit, as a numerator and a denominator.
    const fn factors(self) -> (i64, i64) {
        if self.at_stripe >= self.decimals {
            (10_i64.pow(self.at_stripe - self.decimals), 1)
        } else {
            (1, 10_i64.pow(self.decimals - self.at_stripe))
        }
    }

    /// An amount for people, such as `¥1,500`, `€9.00` or `5.120 KWD`.
    pub fn text(self, amount: u64) -> String {
        let unit = 10_u64.pow(self.decimals);
        let digits = (amount / unit).to_string();
        let mut whole = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                whole.push(',');
            }
            whole.push(digit);
        }
        if self.decimals > 0 {
            let width = self.decimals as usize;
            whole.push_str(&format!(".{:0width$}", amount % unit));
        }
        match &self.code {
            b"EUR" => format!("€{whole}"),
            b"GBP" => format!("£{whole}"),
            b"JPY" => format!("¥{whole}"),
            b"USD" => format!("${whole}"),
            _ => format!("{whole} {self}"),
        }
    }
}

/// The largest amount that Stripe takes.
const MAX_AMOUNT: i64 = 999_999_999_999;

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: &str) -> Currency {
        code.parse().expect("a currency")
    }

    #[test]
    fn yen_have_no_decimals_anywhere() {
        assert_eq!(of("JPY").to_stripe("price", 1500), Ok(1500));
        assert_eq!(of("jpy").from_stripe(1500), Ok(1500));
        assert_eq!(of("JPY").text(1500), "¥1,500");
    }

    #[test]
    fn kronur_and_ugandan_shillings_have_two_decimals_only_at_stripe() {
        for code in ["ISK", "UGX"] {
            assert_eq!(of(code).to_stripe("price", 5), Ok(500));
            assert_eq!(of(code).from_stripe(500), Ok(5));
            assert_eq!(of(code).text(5), format!("5 {code}"));
            assert!(of(code).from_stripe(550).is_err());
        }
    }

    #[test]
    fn the_last_of_three_decimals_must_be_zero() {
        let dinar = of("KWD");
        assert_eq!(dinar.to_stripe("price", 5120), Ok(5120));
        assert_eq!(dinar.text(5120), "5.120 KWD");
        let refused = dinar.to_stripe("price", 5124).expect_err("the last digit is 4");
        assert!(format!("{refused:?}").contains("5.124 KWD cannot be charged"));
        assert_eq!(dinar.from_stripe(5120), Ok(5120));
    }

    #[test]
    fn ariary_lose_their_decimals_at_stripe() {
        assert_eq!(of("MGA").to_stripe("price", 500), Ok(5));
        assert_eq!(of("MGA").from_stripe(5), Ok(500));
        assert!(of("MGA").to_stripe("price", 505).is_err());
    }

    #[test]
    fn two_decimals_are_the_rule() {
        assert_eq!(of("EUR").to_stripe("price", 900), Ok(900));
        assert_eq!(of("RON").text(1_234_567), "12,345.67 RON");
        for code in ["", "EU", "EURO", "XYZ", "E R", "XXX"] {
            assert!(code.parse::<Currency>().is_err(), "{code}");
        }
    }

    #[test]
    fn an_amount_survives_the_way_to_stripe_and_back() {
        for code in PLAIN.split(' ').chain(SPECIAL.iter().map(|(code, ..)| *code)) {
            let currency = of(code);
            for amount in [0, 1000, 5000, 12_340_000] {
                let there = currency.to_stripe("price", amount).expect("an even amount");
                assert_eq!(currency.from_stripe(there), Ok(amount as i64), "{code}");
            }
            assert!(currency.to_stripe("price", u64::MAX).is_err(), "{code}");
        }
    }
}
