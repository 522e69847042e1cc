//! What each rule reports for a snapshot, and when it reports nothing.

use ulid::Ulid;

use super::*;
use crate::{
    Country, Timestamp, UserId,
    fraud::{Attempt, RuleSetting},
};

fn quiet() -> Features {
    Features {
        user: UserId::new(Ulid::nil()),
        now: at(10_000),
        email: "ada@example.org".parse().unwrap(),
        age: Some(36),
        consent_age: 13,
        billing_country: None,
        attempts: Vec::new(),
        keys: Vec::new(),
        at_address: 1,
        at_device: 1,
        same_mailbox: 0,
        similar_phone: 0,
        similar_address: 0,
        users_with_banned_name: 0,
    }
}

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_millis(1_795_000_000_000 + minutes * MINUTE)
}

fn attempt(minutes: i64, success: bool, country: Option<&str>) -> Attempt {
    Attempt {
        at: at(minutes),
        success,
        guess: !success,
        country: country.map(|code| code.parse::<Country>().unwrap()),
    }
}

fn fired(features: &Features) -> Vec<Rule> {
    examine(features, &RuleSet::default()).into_iter().map(|signal| signal.rule).collect()
}

#[test]
fn an_ordinary_user_raises_no_signal() {
    assert!(fired(&quiet()).is_empty());
    assert_eq!(score(&[]), 0);
}

#[test]
fn a_disposable_mailbox_is_recognised_by_its_domain_or_the_parent_domain() {
    for email in ["x@mailinator.com", "x@deep.sub.yopmail.com"] {
        assert_eq!(
            fired(&Features { email: email.parse().unwrap(), ..quiet() }),
            [Rule::DisposableEmail],
            "{email}"
        );
    }
    assert!(
        fired(&Features { email: "x@notmailinator.com".parse().unwrap(), ..quiet() }).is_empty()
    );
    let further = RuleSet { disposable_domains: vec!["Example.ORG".into()], ..RuleSet::default() };
    assert_eq!(examine(&quiet(), &further).len(), 1);
}

#[test]
fn counts_match_from_their_threshold() {
    assert!(
        fired(&Features {
            at_address: 4,
            at_device: 2,
            similar_address: 2,
            similar_phone: 2,
            ..quiet()
        })
        .is_empty()
    );
    assert_eq!(fired(&Features { at_address: 5, ..quiet() }), [Rule::SharedAddress]);
    assert_eq!(fired(&Features { at_device: 3, ..quiet() }), [Rule::SharedDevice]);
    assert_eq!(fired(&Features { same_mailbox: 1, ..quiet() }), [Rule::NearDuplicate]);
    assert_eq!(fired(&Features { similar_phone: 3, ..quiet() }), [Rule::NearDuplicate]);
    assert_eq!(fired(&Features { similar_address: 3, ..quiet() }), [Rule::NearDuplicate]);
    assert_eq!(fired(&Features { users_with_banned_name: 1, ..quiet() }), [Rule::BannedNamesake]);
}

#[test]
fn failures_count_only_up_to_a_success() {
    let mut attempts: Vec<_> = (0..5).map(|n| attempt(n, false, None)).collect();
    assert!(fired(&Features { attempts: attempts.clone(), ..quiet() }).is_empty(), "no success");
    attempts.push(attempt(6, true, None));
    assert_eq!(fired(&Features { attempts: attempts.clone(), ..quiet() }), [Rule::GuessedPassword]);
    attempts.insert(3, attempt(2, true, None));
    assert!(
        fired(&Features { attempts, ..quiet() }).is_empty(),
        "a success in between restarts the count"
    );
}

#[test]
fn a_repeated_event_is_reported_at_its_latest_time() {
    let reported = |features: &Features| {
        let signal = examine(features, &RuleSet::default()).pop().expect("a signal");
        (signal.happened_at().expect("an event"), signal.evidence)
    };
    // Nine wrong passwords, and a day later five.
    let run = |from: i64, failures: i64| {
        (0..=failures).map(move |n| attempt(from + n, n == failures, None))
    };
    let (when, evidence) =
        reported(&Features { attempts: run(0, 9).chain(run(1440, 5)).collect(), ..quiet() });
    assert_eq!((when, &evidence["failures"]), (at(1445), &json!(5)));
    let there = |minutes, country| attempt(minutes, true, Some(country));
    let attempts = vec![there(0, "NO"), there(5, "BR"), there(900, "BR"), there(930, "NO")];
    let (when, evidence) = reported(&Features { attempts, ..quiet() });
    assert_eq!(
        (when, &evidence["from"], &evidence["minutes"]),
        (at(930), &json!("BR"), &json!(30))
    );
    let keys = (0..7).map(at).chain((0..5).map(|n| at(600 + n))).collect();
    let (when, evidence) = reported(&Features { keys, ..quiet() });
    assert_eq!((when, &evidence["keys"]), (at(604), &json!(5)));
}

#[test]
fn an_unknown_country_raises_no_signal() {
    let billing_country = Some("NO".parse().unwrap());
    let seen = |country| {
        fired(&Features {
            attempts: vec![attempt(0, true, country)],
            billing_country: billing_country.clone(),
            ..quiet()
        })
    };
    assert!(seen(None).is_empty());
    assert!(seen(Some("NO")).is_empty());
    assert_eq!(seen(Some("BR")), [Rule::CountryMismatch]);
    assert!(
        fired(&Features { attempts: vec![attempt(0, true, Some("BR"))], ..quiet() }).is_empty(),
        "no billing country, no mismatch"
    );
}

#[test]
fn two_countries_within_the_hour_are_impossible_travel() {
    let travel = |minutes| {
        fired(&Features {
            attempts: vec![attempt(0, true, Some("NO")), attempt(minutes, true, Some("BR"))],
            ..quiet()
        })
    };
    assert_eq!(travel(59), [Rule::ImpossibleTravel]);
    assert!(travel(60).is_empty());
    let failed = vec![attempt(0, true, Some("NO")), attempt(5, false, Some("BR"))];
    assert!(
        fired(&Features { attempts: failed, ..quiet() }).is_empty(),
        "a failed attempt is no evidence of travel"
    );
}

#[test]
fn an_age_has_a_minimum_and_a_maximum() {
    let age = |age| fired(&Features { age, ..quiet() });
    assert_eq!(age(Some(12)), [Rule::AgeOutOfRange]);
    assert!(age(Some(13)).is_empty());
    assert!(age(Some(110)).is_empty());
    assert_eq!(age(Some(111)), [Rule::AgeOutOfRange]);
    assert!(age(None).is_empty());
}

#[test]
fn a_key_burst_is_many_keys_within_an_hour() {
    let keys =
        |gap: i64| fired(&Features { keys: (0..5).map(|n| at(n * gap)).collect(), ..quiet() });
    assert_eq!(keys(15), [Rule::KeyBurst]);
    assert!(keys(16).is_empty());
}

#[test]
fn a_disabled_rule_raises_no_signal_and_the_score_is_capped() {
    let features = Features {
        email: "x@mailinator.com".parse().unwrap(),
        at_device: 9,
        at_address: 9,
        ..quiet()
    };
    assert_eq!(score(&examine(&features, &RuleSet::default())), HIGHEST);
    let off = RuleSet {
        rules: [(Rule::DisposableEmail, RuleSetting { enabled: false, weight: 60, threshold: 1 })]
            .into(),
        ..RuleSet::default()
    };
    assert_eq!(score(&examine(&features, &off)), 70);
}
