//! Time zones in which days begin at different moments.
//!
//! A user counts once per day, week, month and year, so the counts of active users cannot be added
//! up from shorter periods, and a day begins elsewhere in another time zone. There are hundreds of
//! names of time zones, but only about sixty ways in which their days begin. Each of those is
//! counted by itself, under the name of one of its zones, so the count of any zone is exact.

use jiff::civil::Date;

use crate::TimeZone;

/// One time zone for each way in which days begin, from 2026 on. The position is part of stored
/// attribute names: add new zones at the end.
pub const ZONES: &[&str] = &[
    "UTC",
    "Africa/Addis_Ababa",
    "Africa/Algiers",
    "Africa/Blantyre",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/Ceuta",
    "America/Adak",
    "America/Anchorage",
    "America/Anguilla",
    "America/Araguaina",
    "America/Atikokan",
    "America/Bahia_Banderas",
    "America/Boise",
    "America/Chicago",
    "America/Creston",
    "America/Detroit",
    "America/Ensenada",
    "America/Glace_Bay",
    "America/Godthab",
    "America/Miquelon",
    "America/Noronha",
    "America/Santiago",
    "America/St_Johns",
    "Antarctica/Casey",
    "Antarctica/Davis",
    "Antarctica/DumontDUrville",
    "Antarctica/Macquarie",
    "Antarctica/Mawson",
    "Antarctica/McMurdo",
    "Antarctica/Troll",
    "Asia/Anadyr",
    "Asia/Baku",
    "Asia/Beirut",
    "Asia/Bishkek",
    "Asia/Calcutta",
    "Asia/Chita",
    "Asia/Famagusta",
    "Asia/Gaza",
    "Asia/Jerusalem",
    "Asia/Kabul",
    "Asia/Kathmandu",
    "Asia/Magadan",
    "Asia/Rangoon",
    "Asia/Tehran",
    "Atlantic/Azores",
    "Atlantic/Canary",
    "Atlantic/Cape_Verde",
    "Australia/Adelaide",
    "Australia/Darwin",
    "Australia/Eucla",
    "Australia/LHI",
    "Chile/EasterIsland",
    "Pacific/Honolulu",
    "Pacific/Midway",
    "Etc/GMT+12",
    "Pacific/Pitcairn",
    "Pacific/Gambier",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Pacific/Chatham",
    "Pacific/Marquesas",
    "Pacific/Norfolk",
    "America/Edmonton",
    "America/Vancouver",
    "America/Winnipeg",
];

/// Every zone of [`ZONES`], with the name of the attribute that holds its count.
pub fn zones() -> impl Iterator<Item = (String, TimeZone)> {
    ZONES
        .iter()
        .enumerate()
        .filter_map(|(number, name)| Some((attribute(number), name.parse().ok()?)))
}

fn attribute(number: usize) -> String {
    format!("z{number:02}")
}

/// The attribute that holds the count of a zone, whose days begin as those of the counted zone from
/// one date to another; `None` for a zone that began to differ in a later edition of the database.
pub fn counted_as(zone: &TimeZone, from: Date, to: Date) -> Option<String> {
    let dates: Vec<Date> =
        from.series(jiff::Span::new().days(1)).take_while(|date| *date <= to).collect();
    let begins_alike = |counted: &TimeZone| {
        dates.iter().all(|date| zone.start_of(*date) == counted.start_of(*date))
    };
    zones().find(|(_, counted)| begins_alike(counted)).map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_time_zone_is_counted() {
        let (from, to) = (date(2026, 1, 1), date(2030, 12, 31));
        let begins = |zone: &TimeZone| -> Vec<i64> {
            let days = from.series(jiff::Span::new().days(1)).take_while(|date| *date <= to);
            days.map(|date| zone.start_of(date).millis()).collect()
        };
        let counted: BTreeSet<Vec<i64>> = zones().map(|(_, zone)| begins(&zone)).collect();
        assert_eq!(zones().count(), ZONES.len(), "every name is in the database");
        let missing: Vec<String> = jiff::tz::db()
            .available()
            .filter_map(|name| {
                let zone: TimeZone = name.as_str().parse().ok()?;
                (!counted.contains(&begins(&zone))).then(|| name.as_str().to_owned())
            })
            .collect();
        assert_eq!(missing, [""; 0], "add one of these to the end of ZONES");
    }

    #[test]
    fn a_zone_has_the_count_of_one_with_the_same_days() {
        let zone = |name: &str| name.parse::<TimeZone>().unwrap();
        let year = (date(2026, 1, 1), date(2026, 12, 31));
        let of = |name: &str| counted_as(&zone(name), year.0, year.1);
        assert_eq!(of("UTC").as_deref(), Some("z00"));
        assert_eq!(of("Europe/Berlin"), of("Africa/Ceuta"));
        assert_eq!(of("Asia/Kolkata"), of("Asia/Calcutta"));
        assert_ne!(of("Europe/Berlin"), of("Europe/London"));
        assert!(of("America/Sao_Paulo").is_some());
    }
}
