//! Confirming an address, signing in, student status.

use provost_domain::{
    SessionId, Username,
    device::Device,
    entitlement::{Limits, StudentClaim, StudentSource},
    lockout::{Failures, Try},
    session::SESSION_IDLE,
    time::{MINUTE, SECOND},
    user::PortalTier,
};

use crate::{ada, id, now, session};

#[test]
fn only_a_first_confirmation_by_somebody_else_ends_earlier_credentials() {
    let mut registered = ada();
    registered.sessions.insert(SessionId::new(id(3)), session(now()));
    registered.two_factor_enabled = true;
    let kept = |person: provost_domain::User| (person.sessions.len(), person.two_factor_enabled);
    assert_eq!(
        kept(registered.clone().confirm_email(false, now())),
        (0, false),
        "somebody else may have registered the account"
    );
    let own = registered.confirm_email(true, now());
    assert_eq!(kept(own.clone()), (1, true), "it is the user's own session");
    // A new address, after the first was confirmed.
    assert_eq!(kept(own.confirm_email(false, now())), (1, true));
}

#[test]
fn a_session_ends_at_the_instant_of_its_expiry() {
    let device = Device::from_user_agent("testkit");
    let begun = |at: i64| {
        let mut ada = ada();
        ada.sessions.insert(SessionId::new(id(3)), session(now()));
        let at = now().plus(at);
        ada.sign_in(SessionId::new(id(4)), session(at), &device, "", at).0.sessions.len()
    };
    assert_eq!((begun(SESSION_IDLE - 1), begun(SESSION_IDLE)), (2, 1));
}

#[test]
fn a_username_has_lower_case_letters_digits_dots_dashes_and_underscores() {
    for good in ["abc", "123", "a.b", "a_b", "a-b", "a1.2-3_z"] {
        assert!(good.parse::<Username>().is_ok(), "{good}");
    }
    for bad in ["ab", "Abc", "a b", "a+b", "äbc", &"a".repeat(65)] {
        assert!(bad.parse::<Username>().is_err(), "{bad}");
    }
}

#[test]
fn an_attempt_of_a_lost_request_counts_as_a_failure_even_after_a_success() {
    let begin = |failures: Failures| match failures.begin(now()) {
        Ok(Try::Counted(failures)) => failures,
        other => panic!("no attempt is left: {other:?}"),
    };
    let one_is_under_way = begin(begin(Failures::default())).forgiven();
    assert_eq!((one_is_under_way.count, one_is_under_way.pending), (0, 1));
    let Ok(Try::Counted(later)) = one_is_under_way.begin(now().plus(MINUTE)) else {
        panic!("an attempt is left")
    };
    assert_eq!((later.count, later.pending), (1, 1));
    let Ok(Try::Counted(sooner)) = one_is_under_way.begin(now().plus(SECOND)) else {
        panic!("an attempt is left")
    };
    assert_eq!((sooner.count, sooner.pending), (0, 2));
    // Default values take no space in the stored account.
    assert_eq!(
        serde_json::to_value(Failures::default()).expect("JSON"),
        serde_json::json!({ "count": 0 })
    );
}

#[test]
fn a_student_has_at_least_the_educational_tier_and_shows_the_proof() {
    let claim =
        || StudentClaim { source: StudentSource::Github, github_login: Some("ada".to_owned()) };
    for (before, after) in
        [(PortalTier::Free, PortalTier::Educational), (PortalTier::Paid, PortalTier::Paid)]
    {
        let mut person = ada();
        person.portal_tier = before;
        let (student, _) = person.become_student(claim(), Limits::default(), now());
        assert_eq!(student.portal_tier, after);
        let proof = student.entitlements.student.as_ref().and_then(|known| known.claim.clone());
        assert_eq!(proof, Some(claim()));
        let (asked, _) = student.require_reverify(Limits::default(), now()).expect("a student");
        assert_eq!(
            (asked.portal_tier, asked.entitlements.reverify_required()),
            (before, true),
            "only student benefits are removed"
        );
        let (again, _) = asked.become_student(claim(), Limits::default(), now());
        assert_eq!(again.portal_tier, after, "the earlier benefits are restored");
    }
}

#[test]
fn tablets_are_distinguished_from_phones_by_any_of_their_marks() {
    for (agent, kind) in [
        (
            "Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 Safari/604.1",
            "tablet",
        ),
        ("Mozilla/5.0 (Tablet; rv:109.0) Gecko/118.0 Firefox/118.0", "tablet"),
        (
            "Mozilla/5.0 (Linux; Android 11) AppleWebKit/537.36 Silk/118.1 like Chrome/118.0 Mobile Safari/537.36",
            "tablet",
        ),
        (
            "Mozilla/5.0 (Linux; Android 13; SM-X200) AppleWebKit/537.36 Chrome/118.0 Safari/537.36",
            "tablet",
        ),
        (
            "Mozilla/5.0 (Linux; Android 13; Pixel 7) AppleWebKit/537.36 Chrome/118.0 Mobile Safari/537.36",
            "mobile",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Safari/604.1",
            "mobile",
        ),
        (
            "Mozilla/5.0 (iPod; CPU like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Safari/604.1",
            "mobile",
        ),
    ] {
        assert_eq!(Device::from_user_agent(agent).kind, kind, "{agent}");
    }
}
