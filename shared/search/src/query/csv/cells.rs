//! Cells that a spreadsheet changed, and dates in the order that the file has.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The order of day and month in the dates of a file that are not written as 1990-05-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// 31/05/1990
    DayMonthYear,
    /// 05/31/1990
    MonthDayYear,
}

/// A code and a sentence.
pub(super) type Wrong = (&'static str, &'static str);

/// The errors that spreadsheets write into cells.
const ERRORS: [&str; 8] =
    ["#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!"];

/// What is wrong with any cell.
pub(super) fn damage(text: &str) -> Option<Wrong> {
    if text.contains('\u{fffd}') {
        return Some((
            "damaged_letter",
            "A letter was lost before the file was saved: it has the character U+FFFD. Write the \
             text again.",
        ));
    }
    ERRORS.contains(&text.trim()).then_some((
        "spreadsheet_error",
        "This cell holds the error of a formula. Replace it with a value.",
    ))
}

/// What is wrong with a cell that holds a number that identifies something.
pub(super) fn damaged_number(text: &str) -> Option<Wrong> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte == b'#') {
        return Some((
            "spreadsheet_error",
            "A spreadsheet wrote number signs, since the column was too narrow. Export it again.",
        ));
    }
    is_scientific(text).then_some((
        "spreadsheet_number",
        "A spreadsheet rounded this number, and its last digits are lost. Format the column as \
         text, enter the number again, and save.",
    ))
}

/// Whether a text is a number with an exponent, as spreadsheets write it: `8.80171E+12`.
fn is_scientific(text: &str) -> bool {
    let Some((number, exponent)) = text.split_once(['E', 'e']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = number.strip_prefix(['+', '-']).unwrap_or(number);
    let (whole, decimals) = number.split_once(['.', ',']).unwrap_or((number, "0"));
    let signed = exponent.strip_prefix(['+', '-']).is_some_and(digits);
    digits(whole) && digits(decimals) && signed
}

/// Reads a date, as 1990-05-01 or in the order that the whole file has.
pub(super) fn date(text: &str, order: Option<DateOrder>) -> Result<Date, Wrong> {
    let text = text.trim();
    if text.len() == 10
        && text.is_ascii()
        && let Ok(date) = text.parse()
    {
        return Ok(date);
    }
    let parts: Vec<&str> = text.split(['/', '.', '-']).collect();
    let [first, second, year] = parts.as_slice() else { return Err(NO_DATE) };
    let digits = |part: &str, most: usize| {
        (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !digits(first, 2) || !digits(second, 2) || !digits(year, 4) || year.len() < 4 {
        return Err(NO_DATE);
    }
    let (day, month) = match order {
        Some(DateOrder::DayMonthYear) => (first, second),
        Some(DateOrder::MonthDayYear) => (second, first),
        None => {
            return Err((
                "date_order",
                "It is unclear which number is the day and which the month. Write dates as \
                 1990-05-01, or say which order the whole file has (date_order).",
            ));
        }
    };
    let date = (year.parse().ok())
        .zip(month.parse().ok())
        .zip(day.parse().ok())
        .and_then(|((year, month), day)| Date::new(year, month, day).ok());
    date.ok_or((
        "date_order",
        "This is not a date in the order of day and month that was given for the file. Correct the \
         cell, or the order.",
    ))
}

const NO_DATE: Wrong = ("invalid", "This is not a date. Write it as 1990-05-01.");
