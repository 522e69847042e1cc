//! The search box.

use provost_search::{Index, MatchClass, SearchMode, Stage, UserRecord};

use super::*;

#[test]
fn words_are_found_in_any_order() {
    let index = names(&["Albert Jan de Bruin", "Albert Smith"]);
    for text in ["Albert Jan", "de Bruin", "bruin albert", "Albert de", "Jan Bruin"] {
        assert_eq!(found(&index, text), [0], "{text}");
    }
}

#[test]
fn the_middle_of_an_address_is_found() {
    let email = |number, email: &str| UserRecord { email: Some(email.to_owned()), ..user(number) };
    let index = Index::from_records(&[email(0, "rana@acme.example"), email(1, "lia@zeta.example")]);
    for text in ["@acme.example", "acme", "cme.exam"] {
        assert_eq!(found(&index, text), [0], "{text}");
    }
}

#[test]
fn special_characters_are_characters() {
    let username = |number, name: &str| UserRecord {
        username: Some(name.to_owned()),
        name: Some(name.replace('_', " ")),
        ..user(number)
    };
    let mut users = vec![username(0, "test_case"), username(1, "test1")];
    users.push(named(2, "50% off (a|b) .* [a \\ *"));
    let index = Index::from_records(&users);
    assert_eq!(found(&index, "test_"), [0]);
    for text in ["50%", "(", "[a", "\\", "a|b", ".*", "%", "*"] {
        assert_eq!(found(&index, text), [2], "{text}");
    }
    assert_eq!(found(&index, "_"), [0]);
    assert!(found(&index, "\"").is_empty());
}

#[test]
fn spellings_with_and_without_marks_find_each_other() {
    for (name, texts) in [
        ("Lucía", &["lucia", "Lucía", "LUCIA", "lucía"][..]),
        ("Łucja", &["lucja"]),
        ("Søren Kjær", &["soren kjaer", "kjær"]),
        ("Đặng", &["dang", "Đa\u{323}\u{306}ng"]),
        ("Ðuro", &["duro"]),
        ("Straße", &["strasse"]),
        ("Hleðsla", &["hledsla"]),
        ("Þór", &["thor"]),
        ("İnci Işıl", &["inci", "İNCİ", "INCI", "isil", "ışıl", "IŞIL", "işıl"]),
        ("أحمد", &["احمد"]),
        ("إيمان", &["ايمان"]),
        ("مُحَمَّد", &["محمد", "محمـد"]),
        ("هدى", &["هدي"]),
        ("كريم", &["کریم"]),
        ("שָׁלוֹם", &["שלום"]),
        ("ヤマダ", &["ﾔﾏﾀﾞ"]),
        ("Rana", &["Ｒａｎａ"]),
        ("한지민", &["\u{1112}\u{1161}\u{11ab}\u{110c}\u{1175}\u{1106}\u{1175}\u{11ab}"]),
        ("Müller", &["muller", "mueller", "MÜLLER"]),
        ("Mueller", &["müller", "mueller"]),
        ("Ħamrun", &["hamrun", "ĦAMRUN"]),
        ("Máhtŧa Ŋuŋu", &["mahtta", "nunu"]),
        ("فاطمة", &["فاطمه", "فَاطِمَة"]),
        ("فاطمه", &["فاطمة"]),
        // The other way round.
        ("Lucia", &["Lucía", "LUCÍA", "Luci\u{301}a"]),
        ("Lucja", &["Łucja"]),
        ("Soren Kjaer", &["Søren Kjær"]),
        ("Dang", &["Đặng"]),
        ("Duro", &["Ðuro"]),
        ("Strasse", &["Straße"]),
        ("Hledsla", &["Hleðsla"]),
        ("Thor", &["Þór"]),
        ("Inci Isil", &["İnci", "Işıl"]),
        ("احمد", &["أحمد"]),
        ("ايمان", &["إيمان"]),
        ("محمـد", &["محمد", "مُحَمَّد"]),
        ("هدي", &["هدى"]),
        ("کریم", &["كريم"]),
        ("שלום", &["שָׁלוֹם"]),
        ("Việt", &["Vie\u{323}\u{302}t", "viet"]),
        ("Vie\u{323}\u{302}t", &["Việt"]),
        ("ガス", &["カ\u{3099}ス"]),
        ("カ\u{3099}ス", &["ガス"]),
    ] {
        let index = names(&[name, "Quentin Zebedee"]);
        for text in texts {
            assert_eq!(found_literally(&index, text), [0], "{text} finds {name}");
        }
    }
}

#[test]
fn one_character_is_enough_where_scripts_need_no_more() {
    let index = names(&["山田太郎", "Ng", "Wu", "李", "Nguyen"]);
    for (text, expected) in
        [("山", vec![0]), ("太郎", vec![0]), ("田太", vec![0]), ("wu", vec![2]), ("李", vec![3])]
    {
        assert_eq!(found(&index, text), expected, "{text}");
    }
    assert_eq!(found(&index, "Ng"), [1, 4]);
}

#[test]
fn apostrophes_and_dashes_may_be_left_out() {
    let connors = ["O'Connor", "O\u{2019}Connor", "O\u{2bc}Connor", "OConnor", "O Connor"];
    let index = names(&connors);
    for text in connors.iter().chain(&["o connor"]) {
        assert_eq!(found_literally(&index, text), [0, 1, 2, 3, 4], "{text}");
    }
    let index = names(&["Anne-Marie", "Annemarie", "Anne Marie"]);
    for text in ["anne marie", "anne\u{2011}marie", "Anne-Marie"] {
        assert_eq!(found_literally(&index, text), [0, 1, 2], "{text}");
    }
    assert_eq!(found_literally(&index, "annemarie"), [0, 1]);
}

#[test]
fn blanks_of_all_kinds_separate_words() {
    let index = names(&["Rana Das"]);
    for text in ["rana  das", "rana\u{a0}das", "\u{3000}rana\u{3000}das ", "rana\tdas\n"] {
        assert_eq!(found(&index, text), [0], "{text:?}");
    }
}

#[test]
fn symbols_are_told_apart() {
    let index = names(&["DJ 🎧", "🇬🇧 Team", "Crew 🇬🇧🇩🇪", "🇬🇧🇩🇪"]);
    assert!(found(&index, "🌠").is_empty());
    assert!(found(&index, "🇧🇩").is_empty());
    assert!(found(&index, "🇧").is_empty(), "half a flag");
    assert_eq!(found(&index, "🇩🇪"), [2, 3]);
    assert_eq!(found(&index, "🎧"), [0]);
}

#[test]
fn a_typing_mistake_never_comes_before_a_literal_hit() {
    let index = names(&["Romein", "Keromain"]);
    let results = page(&index, &search_query("romain"));
    assert_eq!(numbers(&results), [1, 0]);
    assert_eq!((results.literal_total, results.total, results.stage), (1, 2, Stage::TypoInside));
    let classes: Vec<MatchClass> = results.hits.iter().map(|hit| hit.matches[0].class).collect();
    assert_eq!(classes, [MatchClass::Substring, MatchClass::Typo]);
}

#[test]
fn kinds_of_hits_come_in_order() {
    let index = names(&["Rosanna", "Annabel", "Anna", "Zanna"]);
    assert_eq!(found(&index, "anna"), [2, 1, 0, 3]);
}

#[test]
fn typing_mistakes_are_offered_when_few_match() {
    let index = names(&["Carry", "Harry"]);
    let results = page(&index, &search_query("carry"));
    assert_eq!((numbers(&results), results.literal_total), (vec![0, 1], 1));
    let many = names(&["Carry", "Carry", "Carry", "Carry", "Carry", "Harry"]);
    let results = page(&many, &search_query("carry"));
    assert_eq!((results.total, results.stage), (5, Stage::Literal));
}

#[test]
fn digits_are_exact() {
    let unique = |number, unique: &str, name: &str| UserRecord {
        unique_id: Some(unique.to_owned()),
        username: Some(name.to_owned()),
        ..user(number)
    };
    let index =
        Index::from_records(&[unique(0, "LRN-0007", "rana7"), unique(1, "LRN-0008", "rana8")]);
    assert_eq!(found(&index, "LRN-0007"), [0]);
    assert_eq!(found(&index, "rana7"), [0]);
    assert!(found(&index, "2001").is_empty());
    let index = names(&["Class of 2000"]);
    assert!(found(&index, "2001").is_empty());
}

#[test]
fn a_phone_number_is_found_in_every_spelling() {
    let phone = |number, phone: &str| UserRecord { phone: Some(phone.to_owned()), ..user(number) };
    let index = Index::from_records(&[phone(0, "+4930901820"), phone(1, "+8801712345678")]);
    for text in [
        "+49 30 901820",
        "030 901820",
        "030/901820",
        "030.90.18.20",
        "(030) 90-1820",
        "0049 30 901820",
        "901820",
        "49 30 901820",
        "+49 (0)30 901820",
        "tel:+49-30-901820",
        "+49\u{a0}30\u{a0}901820",
        "030\u{2013}901820",
        "+49\u{2011}30\u{2011}901820",
        "\u{202a}+49 30 901820\u{202c}",
        "０３０９０１８２０",
    ] {
        assert_eq!(found(&index, text), [0], "{text}");
    }
}

#[test]
fn an_address_with_a_plus_is_found_when_the_plus_arrives_as_a_blank() {
    let email = |number, email: &str| UserRecord { email: Some(email.to_owned()), ..user(number) };
    let index = Index::from_records(&[
        email(0, "rana+lms@example.org"),
        UserRecord { name: Some("Rana".to_owned()), ..email(1, "lms@example.org") },
    ]);
    assert_eq!(found(&index, "rana+lms@example.org"), [0]);
    assert_eq!(found(&index, "rana lms@example.org"), [0]);
    assert_eq!(found(&index, "rana.x lms@example.org"), Vec::<u64>::new());
}

#[test]
fn what_a_mail_program_copies_finds_its_user_first() {
    let email = |number, email: &str| UserRecord { email: Some(email.to_owned()), ..user(number) };
    let index =
        Index::from_records(&[email(0, "xrana.das@example.org"), email(1, "rana.das@example.org")]);
    for text in [
        "Rana Das <rana.das@example.org>",
        "<rana.das@example.org>",
        "\"Das, Rana\" <rana.das@example.org>;",
        "mailto:rana.das@example.org",
        " \nrana.das@example.org ",
    ] {
        assert_eq!(found(&index, text)[0], 1, "{text}");
    }
}

#[test]
fn an_identifier_finds_its_user_in_upper_and_lower_case() {
    let one = UserRecord {
        unique_id: Some("EMP-1093".to_owned()),
        external_id: Some("sis:77".to_owned()),
        ..user(0)
    };
    let index = Index::from_records(&[one, user(1)]);
    let id = id(0).to_string();
    for text in
        ["emp-1093", "EMP-1093", "SIS:77", "sis:77", &id, &id.to_lowercase(), &id.to_uppercase()]
    {
        assert_eq!(found(&index, text), [0], "{text}");
    }
}

#[test]
fn a_phrase_is_found_between_the_borders_of_words() {
    let index = names(&["Albert Jan de Bruin", "Jan Albert", "Albertjan"]);
    assert_eq!(found(&index, "\"Albert Jan\""), [0]);
}

#[test]
fn a_mode_limits_the_kinds_of_hits() {
    let index = names(&["Anna", "Annabel", "Rosanna", "Anno"]);
    for (mode, count) in [
        (SearchMode::Exact, 1),
        (SearchMode::Prefix, 2),
        (SearchMode::Substring, 3),
        (SearchMode::Fuzzy, 4),
    ] {
        let mut query = search_query("anna");
        if let Some(search) = &mut query.search {
            search.mode = mode;
        }
        assert_eq!(page(&index, &query).total, count, "{mode:?}");
    }
}

#[test]
fn personal_data_is_only_searched_for_those_who_may_see_it() {
    let one = UserRecord {
        email: Some("rana@acme.example".to_owned()),
        phone: Some("+4930901820".to_owned()),
        ..user(0)
    };
    let index = Index::from_records(&[one]);
    for text in ["rana@acme.example", "acme", "901820", "+4930901820", "rana@acme.exampl"] {
        let mut query = search_query(text);
        assert_eq!(page(&index, &query).total, 1, "{text}");
        if let Some(search) = &mut query.search {
            (search.emails, search.phones) = (false, false);
        }
        assert_eq!(page(&index, &query).total, 0, "{text}");
    }
}

#[test]
fn one_mistake_in_an_address_is_found_if_nothing_else_is() {
    let email = |number, email: &str| UserRecord { email: Some(email.to_owned()), ..user(number) };
    let index = Index::from_records(&[email(0, "rana.das@example.org"), email(1, "x@example.org")]);
    assert_eq!(found(&index, "rana.dsa@example.org"), [0]);
    assert_eq!(found(&index, "rana.das@exampel.org"), Vec::<u64>::new());
}

#[test]
fn a_mistyped_address_needs_the_right_to_see_addresses_and_no_other() {
    let one = UserRecord {
        name: Some("Rana Das".to_owned()),
        email: Some("rana.das@example.org".to_owned()),
        phone: Some("+4930901820".to_owned()),
        ..user(0)
    };
    let index = Index::from_records(&[one]);
    for (emails, phones, expected) in
        [(true, true, 1), (true, false, 1), (false, true, 0), (false, false, 0)]
    {
        // The address is the shorter word or the longer one.
        for text in ["rana rana.dsa@example.org", "rana.dsa@example.org", "rana.dsa@e 901820"] {
            let mut query = search_query(text);
            if let Some(search) = &mut query.search {
                (search.emails, search.phones) = (emails, phones);
            }
            let expected = if text.ends_with("901820") && !phones { 0 } else { expected };
            assert_eq!(page(&index, &query).total, expected, "{text} {emails} {phones}");
        }
    }
}
