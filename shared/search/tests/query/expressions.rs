//! Filter expressions in the grammar of SCIM.

use std::time::{Duration, Instant};

use provost_search::{Field, Filter, Term, TextTest, query::scim};

use crate::{
    matcher::matches,
    world::{self, *},
};

fn same(one: &str, other: &str) {
    assert_eq!(expression(one).unwrap(), expression(other).unwrap(), "{one} / {other}");
}

fn code(text: &str) -> &'static str {
    named(expression(text)).1
}

#[test]
fn names_and_operators_are_read_in_any_case() {
    same(r#"userName Eq "rana""#, r#"username eq "rana""#);
    same(r#"USERNAME eq "rana""#, r#"userName EQ "rana""#);
    same(r#"city eq "1" AND state eq "2""#, r#"city eq "1" and state eq "2""#);
    same(r#"city eq "1" Or state eq "2""#, r#"city eq "1" or state eq "2""#);
    same(r#"NOT (city eq "1")"#, r#"not (city eq "1")"#);
    same(r#"createdAt PR"#, "created_at pr");
    same(r#"urn:ietf:params:scim:schemas:core:2.0:User:userName eq "a""#, r#"userName eq "a""#);
    assert_eq!(meant(r#"city eq "Dhaka" AND isAdmin eq false"#), "");
}

#[test]
fn attributes_of_scim_are_those_of_the_index() {
    for (scim, ours) in [
        (r#"emails eq "a@b.example""#, r#"email eq "a@b.example""#),
        (r#"emails.value eq "a@b.example""#, r#"email eq "a@b.example""#),
        (r#"phoneNumbers co "49""#, r#"phone co "49""#),
        (r#"displayName sw "A""#, r#"name sw "A""#),
        (r#"externalId eq "7""#, r#"external_id eq "7""#),
        (r#"active eq true"#, r#"status eq "active""#),
        (r#"active eq false"#, r#"status ne "active""#),
        (r#"meta.created gt "2026-01-01T00:00:00Z""#, r#"created_at gt "2026-01-01T00:00:00Z""#),
        (r#"roles eq "Editor""#, r#"roles.value eq "rol_editor""#),
        (r#"emails[value eq "a" and value pr]"#, r#"emails pr and (email eq "a" and email pr)"#),
    ] {
        same(scim, ours);
    }
    assert_eq!(meant("isLocked eq false and has_location eq true"), "Ada Bela");
    assert_eq!(meant(r#"permission eq "course.update""#), "Ada Bela");
    assert_eq!(meant("age ge 22"), "Ada Bela");
}

#[test]
fn and_binds_more_closely_than_or() {
    same(
        r#"city eq "A" or city eq "B" and status eq "active""#,
        r#"city eq "A" or (city eq "B" and status eq "active")"#,
    );
    let halves = [r#"not (city eq "Dhaka" or city eq "Oslo")"#, r#"status eq "active""#];
    let meant = |a: &str, b: &str| world::meant(&format!("{a} and {b}"));
    assert_eq!(meant(halves[0], halves[1]), "Eve");
    assert_eq!(meant(halves[0], halves[1]), meant(halves[1], halves[0]));
}

#[test]
fn values_can_be_words_of_the_grammar() {
    for name in ["OR", "and", "not (x)", "eq", "true", "null", ")", "]", "pr"] {
        let user = user("x", NOW);
        let named = provost_search::UserRecord { name: Some(name.to_owned()), ..user.clone() };
        let filter = expression(&format!("name eq \"{name}\"")).unwrap();
        assert!(matches(&named, &filter, time(NOW)), "{name}");
        assert!(!matches(&user, &filter, time(NOW)), "{name}");
    }
}

#[test]
fn strings_are_those_of_json() {
    let value = |text: &str| match expression(text).unwrap() {
        Filter::Term(Term::Text { field: Field::Name, test: TextTest::Equal, values }) => {
            values[0].clone()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(value(r#"name eq "Say \"hi\" \\ Co""#), r#"Say "hi" \ Co"#);
    assert_eq!(value(r#"name eq "Ren\u00e9""#), "René");
    assert_eq!(value(r#"name eq "O'Neil""#), "O'Neil");
    assert_eq!(value(r#"name eq "\ud83c\udfa7""#), "🎧");
    for (text, position) in [
        ("userName eq rana", 13),
        ("userName eq 'rana'", 13),
        ("userName eq \"rana", 13),
        ("userName eq \u{201c}rana\u{201d}", 13),
        (r#"name eq "é" and userName eq rana"#, 29),
        (r#"name eq "\x""#, 9),
        (r#"name eq "\ud800""#, 9),
        ("name eq \"a\nb\"", 9),
        ("userName eq TRUE", 13),
    ] {
        assert_eq!(wrong_at(text), position, "{text}");
        assert_eq!(named(expression(text)).0, "filter");
    }
}

#[test]
fn an_attribute_is_compared_only_in_ways_that_fit_its_type() {
    for text in [
        "is_admin gt true",
        r#"is_admin eq "true""#,
        "is_admin eq null",
        "is_admin pr",
        "is_admin eq 1",
        r#"created_at gt "yesterday""#,
        "created_at gt 5",
        r#"created_at co "2026""#,
        r#"created_at eq "2026-11-26""#,
        "name co null",
        "name sw null",
        "name gt null",
        "name eq 5",
        "name eq true",
        r#"profile_score eq "5""#,
        "profile_score co 5",
        "profile_score gt 1e3",
        r#"roles co "e""#,
        r#"expertise gt "a""#,
        r#"date_of_birth ge "1990""#,
        r#"date_of_birth ge "1990-02-30""#,
        r#"age ge "18""#,
        r#"enrollments eq "A""#,
        r#"permission co "x""#,
        "is_locked pr",
        "permission pr",
        r#"enrollments.status co "x""#,
        r#"country eq "ZZ""#,
        r#"id eq "1""#,
    ] {
        assert_eq!(code(text), "invalid", "{text}");
    }
    for text in [
        r#"status eq "gone""#,
        r#"roles eq "nobody""#,
        r#"permission eq "x.y""#,
        r#"enrollments[status eq "done"]"#,
        r#"gender ne "x""#,
    ] {
        assert_eq!(code(text), "unknown_value", "{text}");
    }
    for text in [r#"city co """#, r#"city eq "  ""#, r#"name ne """#] {
        assert_eq!(code(text), "empty_filter_value", "{text}");
    }
}

#[test]
fn null_and_pr_are_about_users_without_a_value() {
    assert_eq!(meant("city eq null"), "Cleo Dora Eve");
    same("city ne null", "city pr");
    assert_eq!(meant("city pr"), "Ada Bela");
    assert_eq!(meant(r#"city ne "Dhaka""#), "Bela Cleo Dora Eve");
    assert_eq!(meant("last_login_at eq null"), "Bela Cleo Dora Eve");
    assert_eq!(meant("expertise pr"), "Ada");
}

#[test]
fn instants_compare_as_instants() {
    for operator in ["gt", "ge", "lt", "le", "eq", "ne"] {
        same(
            &format!(r#"created_at {operator} "2026-11-26T14:38:21.8617979-07:00""#),
            &format!(r#"created_at {operator} "2026-11-26T21:38:21.8617979Z""#),
        );
    }
    let at = |millis: &str| user("x", &format!("2026-11-26T21:38:21.{millis}Z"));
    let holds = |operator: &str, value: &str, millis: &str| {
        let text = format!(r#"created_at {operator} "2026-11-26T21:38:21.{value}Z""#);
        matches(&at(millis), &expression(&text).unwrap(), time(NOW))
    };
    for (operator, before, after) in
        [("gt", false, true), ("ge", false, true), ("lt", true, false), ("le", true, false)]
    {
        assert_eq!(holds(operator, "8617979", "861"), before, "{operator}");
        assert_eq!(holds(operator, "8617979", "862"), after, "{operator}");
    }
    for (operator, same) in [("gt", false), ("ge", true), ("lt", false), ("le", true), ("eq", true)]
    {
        assert_eq!(holds(operator, "861", "861"), same, "{operator}");
        assert_eq!(holds(operator, "8610000", "861"), same, "{operator}");
    }
    assert!(!holds("eq", "8617979", "861") && holds("ne", "8617979", "861"));
}

#[test]
fn dates_and_numbers_compare_by_their_bounds() {
    assert_eq!(meant(r#"created_at ge "2026-11-26" and created_at lt "2026-11-27""#), "Ada Bela");
    assert_eq!(meant(r#"date_of_birth eq "2004-02-29""#), "Ada");
    assert_eq!(meant(r#"date_of_birth lt "2004-02-29""#), "Bela");
    assert_eq!(meant(r#"date_of_birth le "2004-02-29""#), "Ada Bela");
    assert_eq!(meant(r#"date_of_birth gt "2004-02-28""#), "Ada");
    assert_eq!(meant("profile_score gt 71.5 and profile_score le 72"), "Ada");
    assert_eq!(meant("profile_score gt -1"), "Ada");
    assert_eq!(meant("profile_score lt 0 or profile_score eq 72.5"), "");
    assert_eq!(meant("profile_score ne 72"), "Bela Cleo Dora Eve");
    assert_eq!(meant("profile_score le 99999999999999999999999"), "Ada");
}

#[test]
fn square_brackets_are_about_one_enrolment() {
    let completed_b = r#"enrollments[program_id eq "B" and status eq "completed"]"#;
    assert_eq!(meant(completed_b), "Bela");
    assert_eq!(
        meant(r#"enrollments.program_id eq "B" and enrollments.status eq "completed""#),
        "Ada Bela"
    );
    assert_eq!(meant(r#"enrollments[programId eq "B" and progress lt 50]"#), "Ada");
    assert_eq!(
        meant(r#"enrollments[(program_id eq "A" or program_id eq "B") and progress ge 62.5]"#),
        "Ada"
    );
    assert_eq!(meant(&format!("not ({completed_b})")), "Ada Cleo Dora Eve");
    assert_eq!(meant(&format!(r#"{completed_b} and city eq "Oslo""#)), "Bela");
    assert_eq!(meant("enrollments[progress le 60 and progress le 10]"), "Ada");
    assert_eq!(meant("enrollments[progress ge 10 and progress ge 70]"), "Ada");
    for text in [
        r#"enrollments[not (status eq "active")]"#,
        r#"enrollments[status ne "active"]"#,
        r#"city[value eq "x"]"#,
        r#"emails[emails[value pr]]"#,
        r#"roles[value eq "admin"]"#,
        r#"enrollments[city eq "x"]"#,
        r#"emails[type eq "work"]"#,
        "enrollments[]",
        r#"emails[value eq "x""#,
        r#"emails[value eq "x")"#,
    ] {
        assert!(expression(text).is_err(), "{text}");
    }
}

#[test]
fn what_is_not_understood_is_refused_with_its_position() {
    for (text, position) in [
        (r#"city eq "a" AND"#, 16),
        (r#"city eq "a" AN state eq "b""#, 13),
        (r#"city eq "a" state eq "b""#, 13),
        (r#"city eq "a")"#, 12),
        (r#"(city eq "a""#, 1),
        (r#"city eq "a" and (state pr"#, 17),
        ("", 1),
        ("   ", 4),
        ("city", 5),
        ("city xx 1", 6),
        ("city eq", 8),
        ("not city pr", 5),
        ("not not (city pr)", 5),
        ("passwordHash pr", 1),
        ("city pr and notes pr", 13),
        ("city pr & state pr", 9),
        ("()", 2),
        ("eq", 1),
        ("1 eq 1", 1),
    ] {
        assert_eq!(wrong_at(text), position, "{text}");
    }
    assert!(sentence(expression("isAdmim eq true")).contains("is_admin"));
}

#[test]
fn depth_length_and_number_of_conditions_are_bounded() {
    let nested = |open: &str, depth: usize, end: &str| {
        format!("{}city pr{}{end}", open.repeat(depth), ")".repeat(depth))
    };
    for open in ["(", "not ("] {
        assert!(expression(&nested(open, scim::MAX_DEPTH, "")).is_ok());
        assert_eq!(code(&nested(open, scim::MAX_DEPTH + 1, "")), "too_deep");
        assert_eq!(code(&nested(open, 300, "")), "too_deep");
        assert_eq!(code(&nested(open, 300, "x")), "too_deep");
    }
    assert_eq!(code(&"(".repeat(4000)), "too_deep");
    assert_eq!(code(&"not (".repeat(800)), "too_deep");
    assert_eq!(code(&format!("{}$", "(".repeat(4000))), "too_deep");
    assert_eq!(code(&nested("(", 4000, "")), "too_long");
    assert_eq!(code(&nested("not (", 800, "")), "too_long");
    assert_eq!(code(&nested("not (", 800, "!")), "too_long");
    let mixed = "(city pr or state pr and not (".repeat(6);
    assert_eq!(
        code(&format!("{mixed}city pr{}", "))".repeat(7))),
        "syntax",
        "one bracket too many"
    );
    assert!(expression(&format!("{mixed}city pr{}", "))".repeat(6))).is_ok());
    let terms = |count: usize| vec!["city pr"; count].join(" or ");
    assert!(expression(&terms(scim::MAX_TERMS)).is_ok());
    assert_eq!(code(&terms(scim::MAX_TERMS + 1)), "too_many_filter_values");
}

#[test]
fn a_deep_expression_is_refused_in_less_than_a_millisecond() {
    let closed = |open: &str, depth| format!("{}city pr{}", open.repeat(depth), ")".repeat(depth));
    for text in [
        "(".repeat(4_000),
        "not (".repeat(800),
        closed("(", 2_000),
        closed("(", 4_000),
        closed("not (", 600),
        closed("not (", 800),
        format!("{}$", closed("(", 2_000)),
        format!("{}$", closed("not (", 600)),
    ] {
        let once = || {
            let start = Instant::now();
            assert!(expression(&text).is_err());
            start.elapsed()
        };
        // The shortest of several times is that of the parser alone.
        let shortest = std::iter::repeat_with(once).take(50).min();
        assert!(shortest < Some(Duration::from_millis(1)), "{shortest:?}");
    }
}
