//! Countries.

use std::str::FromStr;

use super::text_type::{InvalidContact, text_type};
use crate::stored_enum::stored_enum;

text_type!(
    /// Country code (ISO 3166-1 alpha-2).
    Country, ("pattern" = "^[A-Z]{2}$")
);

/// ISO 3166-1 alpha-2, officially assigned codes.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

impl FromStr for Country {
    type Err = InvalidContact;

    fn from_str(text: &str) -> Result<Self, InvalidContact> {
        let upper = text.to_ascii_uppercase();
        if upper.len() == 2 && COUNTRIES.split(' ').any(|code| code == upper) {
            Ok(Self(upper))
        } else {
            Err(InvalidContact(
                "this is not a valid country. Use a two-letter ISO 3166-1 code, such as NO",
            ))
        }
    }
}

stored_enum! {
    /// Continent, by its usual two-letter code.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum Continent {
        /// Africa.
        Africa = "AF",
        /// Antarctica.
        Antarctica = "AN",
        /// Asia.
        Asia = "AS",
        /// Europe.
        Europe = "EU",
        /// North America, with Central America and the Caribbean.
        NorthAmerica = "NA",
        /// Oceania.
        Oceania = "OC",
        /// South America.
        SouthAmerica = "SA",
    }
}

/// The countries of each continent, by the geographic regions of the United Nations (UN M49). Asia
/// has all others.
const CONTINENTS: [(Continent, &str); 6] = [
    (
        Continent::Africa,
        "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW IO KE KM LR LS LY MA MG ML MR MU MW MZ NA NE NG RE RW SC SD SH SL SN SO SS ST SZ TD TF TG TN TZ UG YT ZA ZM ZW",
    ),
    (Continent::Antarctica, "AQ"),
    (
        Continent::Europe,
        "AD AL AT AX BA BE BG BY CH CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM UA VA",
    ),
    (
        Continent::NorthAmerica,
        "AG AI AW BB BL BM BQ BS BZ CA CR CU CW DM DO GD GL GP GT HN HT JM KN KY LC MF MQ MS MX NI PA PM PR SV SX TC TT US VC VG VI",
    ),
    (
        Continent::Oceania,
        "AS AU CC CK CX FJ FM GU HM KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TO TV UM VU WF WS",
    ),
    (Continent::SouthAmerica, "AR BO BR BV CL CO EC FK GF GS GY PE PY SR UY VE"),
];

impl Country {
    /// The continent that the country belongs to.
    pub fn continent(&self) -> Continent {
        CONTINENTS
            .into_iter()
            .find(|(_, countries)| countries.split(' ').any(|code| code == self.0))
            .map_or(Continent::Asia, |(continent, _)| continent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_must_exist() {
        assert_eq!("no".parse::<Country>().unwrap().as_str(), "NO");
        assert!("XX".parse::<Country>().is_err());
        assert!("N O".parse::<Country>().is_err());
    }

    #[test]
    fn each_country_belongs_to_one_continent() {
        let all: Vec<_> = CONTINENTS.into_iter().flat_map(|(_, list)| list.split(' ')).collect();
        for code in &all {
            assert!(COUNTRIES.split(' ').any(|known| known == *code), "{code}");
            assert_eq!(all.iter().filter(|other| *other == code).count(), 1, "{code}");
        }
        let of = |code: &str| code.parse::<Country>().unwrap().continent().as_str();
        assert_eq!(
            ["BD", "NO", "ZA", "MX", "BR", "NZ", "AQ", "CY"].map(of),
            ["AS", "EU", "AF", "NA", "SA", "OC", "AN", "AS"]
        );
        let asia = COUNTRIES.split(' ').filter(|code| of(code) == "AS").count();
        assert_eq!(asia, 51);
    }
}
