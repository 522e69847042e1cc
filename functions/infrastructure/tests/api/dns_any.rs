//! Arbitrary input: accepted content is one line that parses back to the same content, and accepted
//! names lie within their zone.

use fn_infrastructure::dns::{content, name, strings};
use proptest::{prelude::*, test_runner::RngSeed};
use provost_domain::dns::RecordType::{self, A, Aaaa, Caa, Cname, Mx, Ns, Srv, Txt};

const ZONE: &str = "apex.example";

fn kinds() -> impl Strategy<Value = RecordType> {
    prop::sample::select(vec![A, Aaaa, Cname, Mx, Txt, Srv, Caa, Ns])
}

/// Fragments that users and attackers might type, so that much of the input is almost valid.
fn typed() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "10", "0", "65535", "192.0.2.1", "2001:db8::1", "::ffff:1.2.3.4", "mail.example.org", "@", ".", "*", "_sip", "_tcp", "issue", "iodef", "128",
            "\"", "\\", "\\\"", "\\195", "\\000", "\\;", "under_score", "r3---sn", "contactemail", "sec@example.org", ";", "(", ")", "$ORIGIN", "\n", "\r", "\t", "\0", "bücher", "xn--bcher-kva", "apex.example", "apex.example.", " ", "  ",
            "-", "--", "ca.example.org", "mailto:a@example.org", "https://example.org/", "\u{202e}", "\u{200b}", "。", "IN A 192.0.2.1",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => "[a-z0-9._-]{1,70}",
    ];
    prop::collection::vec(piece, 0..8).prop_flat_map(|pieces| {
        prop::sample::select(vec!["", " ", "."]).prop_map(move |between| pieces.join(between))
    })
}

fn cases() -> ProptestConfig {
    let given = ProptestConfig::default();
    let rng_seed =
        if given.rng_seed == RngSeed::Random { RngSeed::Fixed(26) } else { given.rng_seed };
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { given.cases } else { 4096 };
    ProptestConfig { cases, rng_seed, ..given }
}

proptest! {
    // The cases are the same in every run, so that a failure is caused by the change under test.
    // Set `PROPTEST_RNG_SEED` and `PROPTEST_CASES` to search further.
    #![proptest_config(cases())]

    #[test]
    fn accepted_content_is_one_line_and_is_a_fixed_point(kind in kinds(), text in typed()) {
        if let Ok(kept) = content::check(kind, &text, "www.apex.example", ZONE) {
            prop_assert!(kept.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{kept:?}");
            prop_assert!(kept.len() <= 4 * content::MAX_TEXT + 1024);
            prop_assert_eq!(content::check(kind, &kept, "www.apex.example", ZONE).ok(), Some(kept.clone()));
            // Outside of quotes nothing may end the line or start another zone file directive.
            let mut quoted = false;
            let mut letters = kept.chars();
            while let Some(letter) = letters.next() {
                match letter {
                    '\\' if quoted => { letters.next(); }
                    '"' => quoted = !quoted,
                    ';' | '(' | ')' | '$' | '\\' => prop_assert!(quoted, "{kept:?}"),
                    _ => {}
                }
            }
            prop_assert!(!quoted, "{kept:?}");
        }
    }

    #[test]
    fn quoted_strings_of_any_bytes_round_trip(strings in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..6)) {
        let written: Vec<String> = strings.iter().map(|string| strings::quote(string)).collect();
        for between in [" ", "", "\t"] {
            prop_assert_eq!(strings::read(&written.join(between)).ok(), Some(strings.clone()));
        }
        prop_assert_eq!(strings::read(&format!("( {} ; a \"comment\"\n )", written.join("\n"))).ok(), Some(strings.clone()));
        // A TXT record stores the same text, however it was split into strings.
        let kept = content::check(Txt, &written.join(" "), "www.apex.example", ZONE);
        prop_assert_eq!(kept.ok().and_then(|kept| strings::read(&kept).ok()).map(|kept| kept.concat()), Some(strings.concat()));
    }

    #[test]
    fn an_accepted_name_lies_within_its_zone_and_is_normalised(kind in kinds(), text in typed()) {
        if let Ok(kept) = name::owner(&text, ZONE, kind) {
            prop_assert!(name::within(&kept, ZONE), "{kept:?}");
            prop_assert!(kept.len() <= 253 && kept.split('.').all(|label| (1..=63).contains(&label.len())), "{kept:?}");
            prop_assert!(kept.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.*".contains(&byte)), "{kept:?}");
            prop_assert!(!kept.strip_prefix("*.").unwrap_or(&kept).contains('*'), "{kept:?}");
            prop_assert_eq!(name::owner(&format!("{kept}."), ZONE, kind).ok(), Some(kept.clone()));
        }
    }

    #[test]
    fn an_accepted_zone_is_a_domain_and_not_the_platforms_own(text in typed()) {
        if let Ok(kept) = name::zone(&text, "provost.example") {
            prop_assert!(kept.contains('.') && !name::within(&kept, "provost.example") && !name::within("provost.example", &kept));
            prop_assert_eq!(name::zone(&kept, "provost.example").ok(), Some(kept.clone()));
        }
    }
}
