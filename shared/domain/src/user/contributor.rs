//! What a contributor profile may contain.

use crate::{
    ApiError, Timestamp,
    staff_record::{Contribution, Contributor, MAX_CONTRIBUTIONS, check_size, github_login},
    text,
};

/// Maximum number of removed and of added entries in the audit log.
const MAX_LOGGED: usize = 20;

impl Contributor {
    /// A profile that was set at this time, with its ledger sorted by day.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` on the field.
    pub fn new(
        login: Option<&str>,
        title: Option<&str>,
        ledger: Vec<Contribution>,
        now: Timestamp,
    ) -> Result<Self, ApiError> {
        if ledger.len() > MAX_CONTRIBUTIONS {
            return Err(ApiError::field(
                "ledger",
                "too_long",
                "This ledger is too long. Send at most 200 entries.",
            ));
        }
        let mut ledger = ledger
            .into_iter()
            .enumerate()
            .map(|(place, entry)| entry.checked(place, now))
            .collect::<Result<Vec<_>, _>>()?;
        check_size(&ledger)?;
        ledger.sort_by(|one, other| other.date.cmp(&one.date));
        Ok(Self {
            github_login: login.map(github_login).transpose()?,
            title: title.map(|title| text::line("title", title, 64)).transpose()?,
            ledger,
            updated_at: Some(now),
        })
    }

    /// Whether two profiles are the same, whenever they were set.
    pub fn is_same(&self, other: &Self) -> bool {
        Self { updated_at: other.updated_at, ..self.clone() } == *other
    }

    /// The entries that another profile does not have, by day, label and points, at most twenty: a
    /// whole ledger is too large for an entry of the audit log.
    pub fn entries_missing_in(&self, other: &Self) -> Vec<String> {
        let points = |entry: &Contribution| {
            entry.points.map_or_else(String::new, |points| format!(" ({points})"))
        };
        let differs = self.ledger.iter().filter(|entry| !other.ledger.contains(entry));
        differs
            .take(MAX_LOGGED)
            .map(|entry| format!("{} {}{}", entry.date, entry.label, points(entry)))
            .collect()
    }
}

impl Contribution {
    /// The entry at this place of a ledger, if its values are valid.
    fn checked(self, place: usize, now: Timestamp) -> Result<Self, ApiError> {
        let field = |name: &str| format!("ledger[{place}].{name}");
        if self.date.len() != 10 || self.date.parse::<Timestamp>().is_err() {
            return Err(ApiError::field(
                field("date"),
                "invalid",
                "This is not a valid day. Enter it as YYYY-MM-DD.",
            ));
        }
        if self.date > now.date() {
            return Err(ApiError::field(
                field("date"),
                "out_of_range",
                "This day is in the future. Enter today or an earlier day, in UTC.",
            ));
        }
        if self.points.is_some_and(|points| !(1..=1000).contains(&points)) {
            return Err(ApiError::field(
                field("points"),
                "out_of_range",
                "This number is out of range. Enter a number from 1 to 1000.",
            ));
        }
        if let Some(url) = &self.url
            && !(url.len() <= 300
                && url.starts_with("https://")
                && url.bytes().all(|b| b.is_ascii_graphic()))
        {
            return Err(ApiError::field(
                field("url"),
                "invalid",
                "This URL is not accepted. Enter an https URL of at most 300 characters.",
            ));
        }
        Ok(Self {
            label: text::line(&field("label"), &self.label, 120)?,
            details: self
                .details
                .map(|details| text::note(&field("details"), &details, 500))
                .transpose()?,
            ..self
        })
    }
}
