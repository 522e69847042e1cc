//! What made-up people are called, where they live and what they write.

pub const FIRST_NAMES: &[&str] = &[
    "Aaliyah", "Abel", "Ada", "Adaeze", "Agnes", "Aino", "Alejandro", "Amara", "Amina", "Anders", "Anouk", "Arjun", "Astrid", "Ayşe", "Beatriz", "Bilal", "Bram", "Camille", "Chidi",
    "Chiara", "Daniel", "Daria", "Diego", "Eero", "Elif", "Elin", "Emre", "Esther", "Fatima", "Femke", "Filip", "Freya", "Giulia", "Grace", "Hana", "Haruto", "Ingrid", "Isabel",
    "Ivan", "Jamal", "Jana", "João", "Jonas", "Kasper", "Katarzyna", "Kenji", "Kwame", "Lakshmi", "Lars", "Leila", "Linnea", "Lucía", "Magnus", "Malik", "Maria", "Mateo", "Mei",
    "Mikołaj", "Mira", "Mohammed", "Nadia", "Naomi", "Nikolai", "Noor", "Olga", "Omar", "Paula", "Petra", "Priya", "Quentin", "Rafael", "Rania", "Renée", "Rosa", "Samir", "Sanne",
    "Saoirse", "Selma", "Sofia", "Søren", "Tariq", "Thandiwe", "Tomás", "Ulrike", "Valentina", "Viggo", "Wanjiru", "Wei", "Xenia", "Yara", "Yusuf", "Zainab", "Zoë", "Zuzana",
];

pub const LAST_NAMES: &[&str] = &[
    "Abbott", "Achterberg", "Adeyemi", "Almeida", "Andersen", "Aydın", "Bakker", "Banerjee", "Bergström", "Bianchi", "Boateng", "Brandt", "Castillo", "Chen", "Costa", "Dahl", "Delgado",
    "Demir", "Dubois", "Eriksen", "Farah", "Fernández", "Fischer", "Fontaine", "García", "Gupta", "Hakimi", "Hansen", "Haugen", "Hernández", "Hoffmann", "Ibrahim", "Ivanova", "Jansen",
    "Jensen", "Johansson", "Kamau", "Kaya", "Khan", "Kimura", "Klein", "Kovács", "Kowalski", "Krüger", "Larsen", "Lefèvre", "Lindqvist", "Lopes", "Mäkinen", "Marchetti", "Mbeki",
    "Mensah", "Meyer", "Moreau", "Müller", "Murphy", "Nakamura", "Nguyen", "Nielsen", "Novák", "Nowak", "O'Brien", "Okafor", "Olsen", "Osei", "Öztürk", "Papadopoulos", "Patel",
    "Pereira", "Petrov", "Popescu", "Quinn", "Rahman", "Ramírez", "Rossi", "Sato", "Schmidt", "Silva", "Singh", "Solberg", "Svensson", "Szabó", "Tanaka", "Teixeira", "Torres",
    "Usman", "Van Dijk", "Vargas", "Virtanen", "Visser", "Wagner", "Walsh", "Wójcik", "Yamamoto", "Yılmaz", "Zhang", "Zimmermann",
];

/// Reserved for examples (RFC 2606): no letter can reach anybody.
pub const DOMAINS: &[&str] = &["post.example", "mail.example", "brev.example", "correo.example", "studio.example", "campus.example", "example.org", "example.net"];

pub const CITIES: &[(&str, &str)] = &[
    ("Oslo", "NO"), ("Bergen", "NO"), ("Stockholm", "SE"), ("Göteborg", "SE"), ("København", "DK"), ("Helsinki", "FI"), ("Berlin", "DE"), ("Hamburg", "DE"), ("Wien", "AT"), ("Zürich", "CH"),
    ("Utrecht", "NL"), ("Gent", "BE"), ("Lyon", "FR"), ("Porto", "PT"), ("Sevilla", "ES"), ("Torino", "IT"), ("Kraków", "PL"), ("Brno", "CZ"), ("Leeds", "GB"), ("Cork", "IE"),
    ("Lagos", "NG"), ("Nairobi", "KE"), ("Accra", "GH"), ("Pune", "IN"), ("Osaka", "JP"), ("Seoul", "KR"), ("Toronto", "CA"), ("Denver", "US"), ("Curitiba", "BR"), ("Melbourne", "AU"),
];

pub const STREETS: &[&str] = &["Storgata", "Parkveien", "Kirkegade", "Lindenstraße", "Hauptstraße", "Prinsengracht", "Rue des Lilas", "Calle Mayor", "Via Roma", "Mill Lane", "Station Road", "Harbour Street"];

pub const BIOS: &[&str] = &[
    "Builds small tools for large choirs.", "Teaches physics and repairs bicycles.", "Runs a bakery; writes the newsletter.", "Student of hydrology.", "Photographs lighthouses.",
    "Keeps the servers of a library running.", "Translator, mostly of cookbooks.", "Makes maps for hikers.",
];

pub const REASONS: &[&str] = &["Spam in comments after two warnings.", "Payment disputed by the card's owner.", "Several accounts for one free trial.", "Harassment reported by three members.", "Password found in a leak; waiting for its owner."];

pub const TOPICS: &[&str] = &["Garden", "Budget", "Choir", "Thesis", "Workshop", "Travel", "Inventory", "Kitchen", "Survey", "Season"];

pub const SENTENCES: &[&str] = &[
    "The delivery moves to Thursday.", "Ask again in spring.", "Two of the three are ready.", "See the drawing for the measures.", "This one needs a second look.", "Agreed on the phone, to be written down.",
    "Cheaper than last year, and better.", "Left open until the others have answered.",
];

pub const COMPANIES: &[&str] = &["Works", "Studio", "Labs", "Collective", "Partners", "Press", "Foundry", "Kitchen", "Systems", "Archive"];

pub const AGENTS: &[&str] = &[
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:146.0) Gecko/20100101 Firefox/146.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
    "curl/8.17.0",
];

/// A name in the letters that addresses and handles have.
pub fn ascii(name: &str) -> String {
    name.to_lowercase().chars().filter_map(|c| Some(match c {
        'a'..='z' | ' ' => c,
        'á' | 'ã' | 'ä' | 'å' | 'à' => 'a',
        'é' | 'è' | 'ë' | 'ê' => 'e',
        'í' | 'ı' | 'î' => 'i',
        'ó' | 'ö' | 'ø' | 'ô' | 'õ' => 'o',
        'ú' | 'ü' | 'ů' => 'u',
        'ç' => 'c',
        'ğ' => 'g',
        'ł' => 'l',
        'ñ' => 'n',
        'ş' => 's',
        _ => return None,
    })).collect::<String>().replace(' ', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_makes_an_address() {
        for name in FIRST_NAMES.iter().chain(LAST_NAMES) {
            let plain = ascii(name);
            assert!(plain.len() + 2 >= name.chars().count() && !plain.is_empty(), "{name} became {plain}");
            assert!(format!("{plain}@{}", DOMAINS[0]).parse::<provost_domain::Email>().is_ok(), "{name}");
        }
    }
}
