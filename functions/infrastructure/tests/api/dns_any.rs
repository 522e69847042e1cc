//! Whatever is typed: what is taken is one plain line that means the same when it is read again,
//! and lies within its zone.

use fn_infrastructure::dns::{content, name, strings};
use proptest::{prelude::*, test_runner::RngSeed};
use provost_domain::dns::RecordType::{self, A, Aaaa, Caa, Cname, Mx, Ns, Srv, Txt};

const ZONE: &str = "apex.example";

fn kinds() -> impl Strategy<Value = RecordType> {
    prop::sample::select(vec![A, Aaaa, Cname, Mx, Txt, Srv, Caa, Ns])
}

/// Pieces of what people and attackers type, so that much of it is nearly right.
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
    // The same cases every time, so that a failure is the change's own; `PROPTEST_RNG_SEED` and
    // `PROPTEST_CASES` look further.
    #![proptest_config(cases())]

    #[test]
    fn a_content_that_is_taken_is_one_line_that_means_the_same_again(kind in kinds(), text in typed()) {
        if let Ok(kept) = content::check(kind, &text, "www.apex.example", ZONE) {
            prop_assert!(kept.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{kept:?}");
            prop_assert!(kept.len() <= 4 * content::MAX_TEXT + 1024);
            prop_assert_eq!(content::check(kind, &kept, "www.apex.example", ZONE).ok(), Some(kept.clone()));
            // Outside of quotes nothing could end a line or begin another statement of a zone file.
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
    fn any_bytes_written_as_strings_are_read_again(strings in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..6)) {
        let written: Vec<String> = strings.iter().map(|string| strings::quote(string)).collect();
        for between in [" ", "", "\t"] {
            prop_assert_eq!(strings::read(&written.join(between)).ok(), Some(strings.clone()));
        }
        prop_assert_eq!(strings::read(&format!("( {} ; a \"comment\"\n )", written.join("\n"))).ok(), Some(strings.clone()));
        // What a text record keeps is the same text, whatever its strings were.
        let kept = content::check(Txt, &written.join(" "), "www.apex.example", ZONE);
        prop_assert_eq!(kept.ok().and_then(|kept| strings::read(&kept).ok()).map(|kept| kept.concat()), Some(strings.concat()));
    }

    #[test]
    fn a_name_that_is_taken_lies_within_its_zone_and_is_one_name(kind in kinds(), text in typed()) {
        if let Ok(kept) = name::owner(&text, ZONE, kind) {
            prop_assert!(name::within(&kept, ZONE), "{kept:?}");
            prop_assert!(kept.len() <= 253 && kept.split('.').all(|label| (1..=63).contains(&label.len())), "{kept:?}");
            prop_assert!(kept.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.*".contains(&byte)), "{kept:?}");
            prop_assert!(!kept.strip_prefix("*.").unwrap_or(&kept).contains('*'), "{kept:?}");
            prop_assert_eq!(name::owner(&format!("{kept}."), ZONE, kind).ok(), Some(kept.clone()));
        }
    }

    #[test]
    fn a_zone_that_is_taken_is_a_domain_and_not_the_platforms_own(text in typed()) {
        if let Ok(kept) = name::zone(&text, "provost.example") {
            prop_assert!(kept.contains('.') && !name::within(&kept, "provost.example") && !name::within("provost.example", &kept));
            prop_assert_eq!(name::zone(&kept, "provost.example").ok(), Some(kept.clone()));
        }
    }
}
