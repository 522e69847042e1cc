//! Credentials: what is read from a request, which tokens are valid, and what the account as stored
//! allows the caller.

mod credentials {
    mod imported_hashes;
}

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use provost_auth::{
    Caller, Presented, Purpose, Signer, Verifier,
    keys::{PublicKeys, generate},
    refresh::{RefreshToken, TokenStatus},
    secret,
    token::{AccessClaims, NotAccepted},
};
use provost_domain::{
    ApiKeyId, BuiltInRole, Code, DeletionId, Email, Permission, PermissionSet, Pseudonym,
    SessionId, Status, Timestamp, User, UserId,
    api_key::LiveKey,
    new_user_record::NewUserRecord,
    secret::{HalfDigest, SubjectKey},
    session::{Later, LiveSession, SESSION_IDLE},
};
use ulid::Ulid;

const SESSION: SessionId = SessionId::new(Ulid(7));
const KEY: ApiKeyId = ApiKeyId::new(Ulid(8));
const USER: UserId = UserId::new(Ulid(1));

fn now() -> Timestamp {
    "2026-11-20T16:00:00Z".parse().expect("a time")
}

/// A user with one session, who is staff.
fn grace() -> User {
    let new = NewUserRecord {
        user_id: USER,
        pseudonym: Pseudonym::new(Ulid(2)),
        subject_key: SubjectKey([7; 32]),
        email: "grace@user.example".parse::<Email>().expect("an address"),
        username: None,
        phone: None,
        first_name: "Grace".to_owned(),
        last_name: "Lindqvist".to_owned(),
        display_name: None,
    };
    let mut grace = new.begin(now());
    grace.status = Status::Active;
    grace.role = BuiltInRole::Admin;
    let session = LiveSession {
        expires_at: now().plus(SESSION_IDLE),
        last_active_at: now(),
        family: HalfDigest([1; 16]),
        refresh: HalfDigest([2; 16]),
        mfa: false,
        pending_deletion: false,
        later: Later::default(),
    };
    grace.sessions.insert(SESSION, session);
    grace
}

fn with_key(scopes: Option<PermissionSet>, self_read: bool) -> Result<Caller, Code> {
    let key = secret::api_key(USER).expect("a key");
    let digest = secret::digest_of(&key);
    let mut grace = grace();
    let live = LiveKey { digest, scopes, self_read, expires_at: None, last_used_at: None };
    grace.api_keys.insert(KEY, live);
    let presented = Presented::ApiKey { user: USER, digest: secret::digest_of(&key) };
    Caller::decide(&presented, Some(grace), false, now()).map_err(|error| error.code)
}

fn by_session(account: User, allow_pending_deletion: bool, at: Timestamp) -> Result<Caller, Code> {
    let presented = Presented::Session { user: USER, session: SESSION };
    Caller::decide(&presented, Some(account), allow_pending_deletion, at)
        .map_err(|error| error.code)
}

#[test]
fn a_session_ends_at_the_instant_of_its_expiry() {
    let end = now().plus(SESSION_IDLE);
    let caller = by_session(grace(), false, end.plus(-1)).expect("it is valid");
    assert_eq!(caller.session(), Some(SESSION));
    assert_eq!(by_session(grace(), false, end).unwrap_err(), Code::SessionEnded);
    assert_eq!(by_session(grace(), false, end.plus(1)).unwrap_err(), Code::SessionEnded);
}

#[test]
fn only_the_one_session_of_a_pending_deletion_enters_and_only_where_it_may() {
    let pending = |is_kept: bool, status: Status| {
        let mut account = grace();
        account.sessions.get_mut(&SESSION).expect("a session").pending_deletion = is_kept;
        if status == Status::Deleted {
            account.deletion = Some(provost_domain::user::PendingDeletion {
                id: DeletionId::new(Ulid(9)),
                due_at: now().plus(1),
                before: Status::Active,
                executing: false,
            });
        }
        account.status = status;
        account
    };
    let caller = by_session(pending(true, Status::Deleted), true, now()).expect("it is kept");
    assert!(caller.permissions.is_empty(), "nothing that staff may do");
    for (is_kept, allowed) in [(true, false), (false, true), (false, false)] {
        let refused = by_session(pending(is_kept, Status::Deleted), allowed, now()).unwrap_err();
        assert_eq!(refused, Code::DeletionPending, "{is_kept} {allowed}");
    }
    let caller = by_session(pending(true, Status::Active), true, now()).expect("it is active");
    assert!(caller.permissions.contains(&Permission::UserView), "the deletion was cancelled");
}

#[test]
fn a_missing_permission_is_named_and_depends_on_who_asks() {
    let admin = by_session(grace(), false, now()).expect("valid");
    assert!(admin.require(Permission::UserView).is_ok());
    assert_eq!(admin.require(Permission::UserPurge).unwrap_err().code, Code::SuperadminRequired);
    let mut account = grace();
    account.role = BuiltInRole::User;
    let user = by_session(account, false, now()).expect("valid");
    assert_eq!(user.require(Permission::UserView).unwrap_err().code, Code::AdminRequired);
    let scopes = PermissionSet::from_iter([Permission::UserList]);
    let narrowed = with_key(Some(scopes), false).expect("valid");
    assert!(narrowed.require(Permission::UserList).is_ok());
    let refused = narrowed.require(Permission::UserView).unwrap_err();
    assert_eq!(refused.code, Code::PermissionDenied);
    assert_eq!(refused.extra["missing"], serde_json::json!(["user.view"]));
}

#[test]
fn scopes_limit_a_key_to_what_they_name_also_for_its_user_s_own_data() {
    for (scopes, self_read, is_narrowed, reads_own) in [
        (None, false, false, true),
        (Some(PermissionSet::new()), false, true, false),
        (Some(PermissionSet::new()), true, true, true),
    ] {
        let caller = with_key(scopes.clone(), self_read).expect("valid");
        assert_eq!((caller.is_narrowed(), caller.reads_own()), (is_narrowed, reads_own));
        assert_eq!(caller.session(), None);
    }
    let session = by_session(grace(), false, now()).expect("valid");
    assert!(!session.is_narrowed() && session.reads_own());
}

#[test]
fn a_credential_is_read_from_the_header() {
    let signer = signer(Purpose::Session);
    let verifier = verifier(&signer);
    let claims = AccessClaims::of(USER, SESSION);
    let token = signer.sign(claims, now(), 60_000).expect("a token");
    let read = |header: Option<&str>| Presented::read(header, &verifier, now());
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let header = format!("{scheme} {token}");
        assert!(matches!(read(Some(&header)), Presented::Session { user: USER, session: SESSION }));
    }
    for header in [format!("Basic {token}"), token.clone(), "Bearer".to_owned(), String::new()] {
        assert!(matches!(read(Some(&header)), Presented::Unknown), "{header}");
    }
    assert!(matches!(read(None), Presented::Nothing));
    let key = secret::api_key(USER).expect("a key");
    let header = format!("Bearer {key}");
    assert!(matches!(read(Some(&header)), Presented::ApiKey { user: USER, .. }));
}

#[test]
fn a_key_names_its_purpose_and_a_token_its_kind() {
    let named = Purpose::ALL.map(|purpose| (purpose.as_str(), purpose.typ()));
    assert_eq!(
        named,
        [
            ("session", "at+jwt"),
            ("link", "link+jwt"),
            ("receipt", "receipt+jwt"),
            ("audit", "audit+jwt"),
        ],
        "tokens and parameters that are in use have these names"
    );
    for purpose in Purpose::ALL {
        let signer = signer(purpose);
        assert_eq!(signer.public().purpose(), Some(purpose));
        assert_eq!(format!("{signer:?}"), format!("Signer({})", signer.public().kid));
    }
}

fn signer(purpose: Purpose) -> Signer {
    Signer::read(purpose, &generate().expect("a key")).expect("a signer")
}

fn verifier(signer: &Signer) -> Verifier {
    Verifier::new(PublicKeys { keys: vec![signer.public().clone()] }).expect("a verifier")
}

#[test]
fn a_token_is_valid_from_its_time_to_its_end_with_half_a_minute_of_leeway() {
    let signer = signer(Purpose::Session);
    let claims = || AccessClaims::of(USER, SESSION);
    let token = signer.sign(claims(), now(), 600_000).expect("a token");
    // A verifier of its own for each time, so that none has verified the token before.
    let at = |millis: i64| {
        let verified =
            verifier(&signer).verify::<AccessClaims>(Purpose::Session, &token, now().plus(millis));
        verified.map(|claims| claims.sub)
    };
    assert_eq!(at(-31_000), Err(NotAccepted::Forged), "it is from the future");
    assert_eq!(at(-30_000), Ok(USER));
    assert_eq!(at(629_999), Ok(USER));
    assert_eq!(at(630_000), Err(NotAccepted::Expired));
}

#[test]
fn a_token_names_who_may_accept_it_and_is_not_longer_than_four_kib() {
    let signer = signer(Purpose::Link);
    let verify = |token: &str| {
        verifier(&signer).verify::<serde_json::Value>(Purpose::Link, token, now()).map(drop)
    };
    let sign = |padding: usize| {
        let claims = serde_json::json!({ "padding": "x".repeat(padding) });
        signer.sign(claims, now(), 60_000).expect("a token")
    };
    let payload = sign(0).split('.').nth(1).expect("claims").to_owned();
    let payload = URL_SAFE_NO_PAD.decode(payload).expect("base64");
    let payload: serde_json::Value = serde_json::from_slice(&payload).expect("JSON");
    assert_eq!(
        (&payload["iss"], &payload["aud"]),
        (&serde_json::json!("provost"), &serde_json::json!("provost:link"))
    );
    let longest = (0..4096).rev().map(sign).find(|token| token.len() <= 4096).expect("one fits");
    assert!(longest.len() > 4090 && verify(&longest).is_ok());
    let longer = (0..4096).map(sign).find(|token| token.len() > 4096).expect("one is longer");
    assert_eq!(verify(&longer), Err(NotAccepted::Forged));
    assert_eq!(verify("xyzzy"), Err(NotAccepted::Forged));
}

#[test]
fn a_refresh_token_is_good_once_and_until_its_session_ends() {
    let first = RefreshToken::first(USER, SESSION).expect("randomness");
    let session = first.start(now(), false);
    let read = RefreshToken::read(&first.text()).expect("it reads back");
    assert_eq!((read.user, read.session), (USER, SESSION));
    let end = now().plus(SESSION_IDLE);
    assert_eq!(read.check(Some(&session), end.plus(-1)), TokenStatus::Current);
    for late in [end, end.plus(1)] {
        assert_eq!(read.check(Some(&session), late), TokenStatus::Ended);
    }
    assert_eq!(read.check(None, now()), TokenStatus::Ended);

    let second = read.next().expect("randomness");
    assert!(second.text() != first.text());
    let rotated = LiveSession { refresh: second.digest(), ..session };
    assert_eq!(second.check(Some(&rotated), now()), TokenStatus::Current);
    assert_eq!(first.check(Some(&rotated), now()), TokenStatus::Reused);
    let foreign = RefreshToken::first(USER, SESSION).expect("randomness");
    assert_eq!(foreign.check(Some(&rotated), now()), TokenStatus::Foreign);
    assert!(!format!("{first:?}").contains(&first.text()[8..20]), "it is not printed");

    let text = first.text();
    let parts: Vec<&str> = text.split('.').collect();
    for broken in [
        "xyzzy".to_owned(),
        text[1..].to_owned(),
        format!("{text}.x"),
        parts[..3].join("."),
        [&parts[0][..parts[0].len() - 1], parts[1], parts[2], parts[3]].join("."),
        [parts[0], &parts[1][1..], parts[2], parts[3]].join("."),
        [parts[0], parts[1], &parts[2][1..], parts[3]].join("."),
    ] {
        assert!(RefreshToken::read(&broken).is_none(), "{broken}");
    }
}

#[test]
fn a_digest_is_sha_256_in_lower_case_hexadecimal() {
    // FIPS 180-2, appendix B.1.
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(secret::hex_digest("abc"), digest);
}
