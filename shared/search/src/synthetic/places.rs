//! The countries of synthetic users, with names that people there have.

/// A country and how its people are called.
pub(super) struct Place {
    pub country: &'static str,
    pub continent: &'static str,
    pub timezone: &'static str,
    pub locale: &'static str,
    pub calling_code: &'static str,
    pub cities: &'static [&'static str],
    pub given: &'static [&'static str],
    pub family: &'static [&'static str],
    /// Whether the family name comes first and without a blank.
    pub joined: bool,
    /// The script of further family names.
    pub script: Script,
}

/// The script in which names are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    Latin,
    Cyrillic,
    Other,
}

const fn place(
    [country, continent, timezone, locale, calling_code]: [&'static str; 5],
    cities: &'static [&'static str],
    given: &'static [&'static str],
    family: &'static [&'static str],
) -> Place {
    let script = Script::Latin;
    Place {
        country,
        continent,
        timezone,
        locale,
        calling_code,
        cities,
        given,
        family,
        joined: false,
        script,
    }
}

impl Place {
    const fn script(self, script: Script) -> Self {
        Self { script, ..self }
    }

    const fn joined(self) -> Self {
        Self { joined: true, script: Script::Other, ..self }
    }
}

pub(super) const PLACES: &[Place] = &[
    place(
        ["BD", "AS", "Asia/Dhaka", "bn-BD", "880"],
        &["Dhaka", "Chattogram", "Sylhet"],
        &["Rana", "Ayesha", "Tanvir", "Nusrat", "Farhana", "Imran"],
        &["Das", "Hossain", "Rahman", "Akter", "Chowdhury"],
    ),
    place(
        ["IN", "AS", "Asia/Kolkata", "hi-IN", "91"],
        &["Delhi", "Mumbai", "Pune"],
        &["अमित", "प्रिया", "राहुल", "सुनीता", "विकास", "अनीता"],
        &["शर्मा", "सिंह", "गुप्ता", "वर्मा", "पटेल"],
    )
    .script(Script::Other),
    place(
        ["DE", "EU", "Europe/Berlin", "de-DE", "49"],
        &["Berlin", "München", "Köln"],
        &["Jürgen", "Anna", "Lukas", "Käthe", "Sören", "Greta"],
        &["Müller", "Schröder", "Weiß", "König", "Groß"],
    ),
    place(
        ["FR", "EU", "Europe/Paris", "fr-FR", "33"],
        &["Paris", "Lyon", "Nîmes"],
        &["Élodie", "François", "Anne-Marie", "Jérôme", "Chloé", "Hugo"],
        &["Lefèvre", "Dubois", "Garçon", "Écueil", "d'Aubigné"],
    ),
    place(
        ["ES", "EU", "Europe/Madrid", "es-ES", "34"],
        &["Madrid", "Málaga", "Gijón"],
        &["Lucía", "José", "María", "Íñigo", "Núria", "Álvaro"],
        &["García", "Núñez", "Ibáñez", "Peña", "de la Cruz"],
    ),
    place(
        ["PL", "EU", "Europe/Warsaw", "pl-PL", "48"],
        &["Kraków", "Łódź", "Gdańsk"],
        &["Łucja", "Zbigniew", "Małgorzata", "Paweł", "Żaneta", "Kacper"],
        &["Wójcik", "Wiśniewska", "Żak", "Kowalczyk", "Łuczak"],
    ),
    place(
        ["DK", "EU", "Europe/Copenhagen", "da-DK", "45"],
        &["København", "Ærøskøbing", "Aarhus"],
        &["Søren", "Åse", "Mette", "Bjørn", "Freja", "Jens"],
        &["Kjær", "Møller", "Ægidius", "Sørensen", "Holm"],
    ),
    place(
        ["IS", "EU", "Atlantic/Reykjavik", "is-IS", "354"],
        &["Reykjavík", "Akureyri", "Ísafjörður"],
        &["Þór", "Sigríður", "Guðrún", "Eydís", "Hallgrímur", "Ásta"],
        &["Hleðsla", "Jónsdóttir", "Þórsson", "Ragnarsson", "Eðvarðsdóttir"],
    ),
    place(
        ["TR", "EU", "Europe/Istanbul", "tr-TR", "90"],
        &["İstanbul", "Ankara", "Muğla"],
        &["İnci", "Işıl", "Çağlar", "Gülşen", "Ömer", "Elif"],
        &["Yılmaz", "Öztürk", "Şahin", "Aydın", "Doğan"],
    ),
    place(
        ["VN", "AS", "Asia/Ho_Chi_Minh", "vi-VN", "84"],
        &["Hà Nội", "Huế", "Đà Nẵng"],
        &["Thị Hồng", "Minh Đức", "Ngọc Ánh", "Quốc Việt", "Thu Hằng", "Văn Long"],
        &["Nguyễn", "Trần", "Đặng", "Phạm", "Hoàng"],
    ),
    place(
        ["RU", "EU", "Europe/Moscow", "ru-RU", "7"],
        &["Москва", "Казань", "Томск"],
        &["Алексей", "Ольга", "Семён", "Наталья", "Пётр", "Юлия"],
        &["Семёнов", "Кузнецова", "Соловьёв", "Ёлкина", "Йорданов"],
    )
    .script(Script::Cyrillic),
    place(
        ["UA", "EU", "Europe/Kyiv", "uk-UA", "380"],
        &["Київ", "Львів", "Харків"],
        &["Олена", "Тарас", "Їжакевич", "Соломія", "Андрій", "Ганна"],
        &["Шевченко", "Ґалаґан", "Коваленко", "Бондар", "Мельник"],
    )
    .script(Script::Cyrillic),
    place(
        ["EG", "AF", "Africa/Cairo", "ar-EG", "20"],
        &["القاهرة", "الإسكندرية", "أسوان"],
        &["أحمد", "مُحَمَّد", "فاطمة", "إيمان", "هدى", "كريم"],
        &["حسن", "عبد الله", "إبراهيم", "السيد", "منصور"],
    )
    .script(Script::Other),
    place(
        ["IR", "AS", "Asia/Tehran", "fa-IR", "98"],
        &["تهران", "شیراز", "اصفهان"],
        &["کریم", "مریم", "رضا", "زهرا", "نیک‌خواه", "پریسا"],
        &["حسینی", "احمدی", "کاظمی", "رضایی", "یوسفی"],
    )
    .script(Script::Other),
    place(
        ["IL", "AS", "Asia/Jerusalem", "he-IL", "972"],
        &["תל אביב", "חיפה", "ירושלים"],
        &["שָׁלוֹם", "נועה", "דוד", "מיכל", "יוסי", "תמר"],
        &["כהן", "לוי", "מזרחי", "פרץ", "ביטון"],
    )
    .script(Script::Other),
    place(
        ["JP", "AS", "Asia/Tokyo", "ja-JP", "81"],
        &["東京", "大阪", "札幌"],
        &["太郎", "花子", "健一", "美咲", "ヤマト", "さくら"],
        &["山田", "佐藤", "鈴木", "高橋", "ガルシア"],
    )
    .joined(),
    place(
        ["KR", "AS", "Asia/Seoul", "ko-KR", "82"],
        &["서울", "부산", "대구"],
        &["지민", "서연", "민준", "하은", "도윤", "지우"],
        &["한", "김", "이", "박", "최"],
    )
    .joined(),
    place(
        ["CN", "AS", "Asia/Shanghai", "zh-CN", "86"],
        &["北京", "上海", "成都"],
        &["伟", "芳", "娜", "秀英", "敏", "静"],
        &["李", "王", "张", "刘", "陈"],
    )
    .joined(),
    place(
        ["TH", "AS", "Asia/Bangkok", "th-TH", "66"],
        &["กรุงเทพ", "เชียงใหม่", "ขอนแก่น"],
        &["สมชาย", "สมหญิง", "ไม้", "มานี", "ปิติ", "วีระ"],
        &["ใจดี", "ทองดี", "ศรีสุข", "แก้วใส", "บุญมี"],
    )
    .script(Script::Other),
    place(
        ["GR", "EU", "Europe/Athens", "el-GR", "30"],
        &["Αθήνα", "Θεσσαλονίκη", "Πάτρα"],
        &["Γιώργος", "Μαρία", "Νίκος", "Ελένη", "Ανδρέας", "Ζωή"],
        &["Παπαδόπουλος", "Οικονόμου", "Δημητρίου", "Νικολάου", "Σταθάκης"],
    )
    .script(Script::Other),
    place(
        ["IE", "EU", "Europe/Dublin", "en-IE", "353"],
        &["Dublin", "Cork", "Galway"],
        &["Aoife", "Seán", "Niamh", "Conor", "Carry", "Harry"],
        &["O'Connor", "O’Brien", "Murphy", "Ní Bhriain", "OʼNeill"],
    ),
    place(
        ["US", "NA", "America/New_York", "en-US", "1"],
        &["New York", "Austin", "Boise"],
        &["Albert Jan", "Emily", "James", "Olivia", "Noah", "Zoe"],
        &["Smith", "de Bruin", "Johnson", "Nguyen", "Wu"],
    ),
    place(
        ["BR", "SA", "America/Sao_Paulo", "pt-BR", "55"],
        &["São Paulo", "Brasília", "Maceió"],
        &["João", "Conceição", "Antônio", "Luíza", "Thaís", "Renê"],
        &["Gonçalves", "Araújo", "da Silva", "Simões", "Magalhães"],
    ),
    place(
        ["NG", "AF", "Africa/Lagos", "en-NG", "234"],
        &["Lagos", "Abuja", "Ọ̀yọ́"],
        &["Chidi", "Ngozi", "Adébáyọ̀", "Funmilayo", "Emeka", "Zainab"],
        &["Okafor", "Balógun", "Adeyemi", "Ng", "Eze"],
    ),
    place(
        ["AU", "OC", "Australia/Sydney", "en-AU", "61"],
        &["Sydney", "Perth", "Hobart"],
        &["Jack", "Charlotte", "Mia", "Lachlan", "Isla", "Romein"],
        &["Taylor", "Keromain", "von Adler", "Brown", "Nguyễn"],
    ),
];

/// Parts of further family names in Latin letters: beginning, middle, end.
pub(super) const LATIN: [&[&str]; 3] = [
    &[
        "al", "an", "ar", "ba", "be", "bo", "bra", "ca", "che", "cla", "da", "de", "do", "dra",
        "el", "fa", "fer", "ga", "gi", "gra", "ha", "hel", "ho", "in", "ja", "jo", "ka", "kla",
        "ko", "la", "li", "lo", "ma", "me", "mo", "na", "ne", "no", "ol", "pa", "pe", "pra", "ra",
        "re", "ro", "sa", "se", "sta", "ta", "te", "to", "u", "va", "vi", "wa", "we", "ya", "za",
    ],
    &[
        "ba", "ber", "bin", "cha", "dan", "del", "den", "dor", "fa", "ga", "gel", "go", "ka",
        "ken", "kin", "la", "len", "lin", "lo", "ma", "man", "mar", "mi", "mon", "na", "nel", "ni",
        "no", "pa", "pel", "po", "ra", "ren", "ri", "ro", "sa", "sen", "si", "ta", "ten", "ti",
        "tor", "va", "ven", "vi", "za",
    ],
    &[
        "ck", "do", "er", "es", "ez", "ham", "i", "in", "is", "ko", "land", "le", "ler", "man",
        "ni", "o", "off", "on", "os", "rup", "sen", "ski", "son", "ström", "sz", "ton", "va",
        "ville", "wood", "y",
    ],
];

/// Parts of further family names in Cyrillic letters.
pub(super) const CYRILLIC: [&[&str]; 3] = [
    &[
        "ал", "бар", "вол", "гол", "дро", "ива", "кар", "лео", "мак", "ник", "ов", "пол", "сер",
        "тим", "фё",
    ],
    &["ба", "во", "го", "да", "ле", "ма", "ни", "по", "ри", "са", "ти", "ше"],
    &["ев", "ина", "ко", "ов", "ова", "ский", "чук", "юк", "янц"],
];

/// Job titles, of which each comes in several grades and areas.
pub(super) const TITLES: &[&str] = &[
    "Teacher",
    "Data Analyst",
    "Engineer",
    "Nurse",
    "Designer",
    "Manager",
    "Researcher",
    "Consultant",
    "Librarian",
    "Technician",
    "Editor",
    "Counsellor",
    "Lecturer",
    "Architect",
];

/// Grades of job titles.
pub(super) const GRADES: &[&str] = &["", "Junior ", "Senior ", "Lead ", "Assistant ", "Chief "];

/// Areas of job titles.
pub(super) const AREAS: &[&str] = &[
    "",
    ", Mathematics",
    ", Physics",
    ", Operations",
    ", Human Resources",
    ", Finance",
    ", Health",
    ", Languages",
    ", Music",
    ", Sports",
    ", History",
    ", Chemistry",
    ", Logistics",
    ", Law",
];

/// What users are experts in.
pub(super) const EXPERTISE: &[&str] = &[
    "algebra",
    "geometry",
    "statistics",
    "physics",
    "chemistry",
    "biology",
    "history",
    "law",
    "music",
    "painting",
    "C; C++",
    "rust",
    "databases",
    "networks",
    "nursing",
    "first aid",
    "accounting",
    "marketing",
    "Deutsch",
    "English",
    "español",
    "français",
    "বাংলা",
    "日本語",
];
