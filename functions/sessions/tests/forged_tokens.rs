//! Forged access tokens: none gives access.

use aws_lc_rs::{
    hmac,
    signature::{Ed25519KeyPair, KeyPair},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as BASE64},
};
use provost_auth::{Purpose, Signer};
use provost_domain::{BuiltInRole, SessionId, UserId};
use provost_local::Function;
use provost_testkit::{World, world::private_keys};
use serde_json::{Value, json};

fn pair(purpose: Purpose) -> Ed25519KeyPair {
    Ed25519KeyPair::from_pkcs8(&STANDARD.decode(&private_keys()[purpose.as_str()]).unwrap())
        .unwrap()
}
fn kid(purpose: Purpose) -> String {
    Signer::read(purpose, &private_keys()[purpose.as_str()]).unwrap().public().kid.clone()
}
fn part(value: &Value) -> String {
    BASE64.encode(value.to_string())
}
fn sign_text(key: &Ed25519KeyPair, head: &str, body: &str) -> String {
    let signed = format!("{}.{}", BASE64.encode(head), BASE64.encode(body));
    let signature = BASE64.encode(key.sign(signed.as_bytes()).as_ref());
    format!("{signed}.{signature}")
}
fn sign(key: &Ed25519KeyPair, head: &Value, body: &Value) -> String {
    sign_text(key, &head.to_string(), &body.to_string())
}

/// A valid token of a user, and its parts.
struct Good {
    head: Value,
    body: Value,
    now: i64,
}

impl Good {
    fn new(user: UserId, session: SessionId, now: i64) -> Self {
        let head = json!({"alg": "EdDSA", "typ": "at+jwt", "kid": kid(Purpose::Session)});
        let body = json!({"iss": "provost", "aud": "provost:session", "iat": now, "nbf": now, "exp": now + 600, "sub": user, "sid": session});
        Self { head, body, now }
    }
    fn token(&self) -> String {
        sign(&pair(Purpose::Session), &self.head, &self.body)
    }
    fn head(&self, name: &str, value: Value) -> String {
        let mut head = self.head.clone();
        if value.is_null() {
            head.as_object_mut().unwrap().remove(name);
        } else {
            head[name] = value;
        }
        sign(&pair(Purpose::Session), &head, &self.body)
    }
    fn body(&self, name: &str, value: Value) -> String {
        let mut body = self.body.clone();
        if value.is_null() {
            body.as_object_mut().unwrap().remove(name);
        } else {
            body[name] = value;
        }
        sign(&pair(Purpose::Session), &self.head, &body)
    }
    fn unsigned(&self, alg: &str) -> String {
        let mut head = self.head.clone();
        head["alg"] = json!(alg);
        format!("{}.{}.", part(&head), part(&self.body))
    }
    /// Signed with HMAC under a publicly known key.
    fn hmac(&self, alg: &str, algorithm: hmac::Algorithm, key: &[u8]) -> String {
        let mut head = self.head.clone();
        head["alg"] = json!(alg);
        let signed = format!("{}.{}", part(&head), part(&self.body));
        let tag = hmac::sign(&hmac::Key::new(algorithm, key), signed.as_bytes());
        format!("{signed}.{}", BASE64.encode(tag.as_ref()))
    }
}

/// The order of the group. Adding it to the second half of a signature gives a signature that a lax
/// verifier also accepts.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

fn malleated(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let mut bytes = BASE64.decode(signature).unwrap();
    let mut carry = 0_u16;
    for (byte, order) in bytes[32..].iter_mut().zip(ORDER) {
        carry += u16::from(*byte) + u16::from(order);
        *byte = carry.to_le_bytes()[0];
        carry >>= 8;
    }
    format!("{signed}.{}", BASE64.encode(bytes))
}

fn forgeries(good: &Good, someone_else: UserId, organisation: &str) -> Vec<(&'static str, String)> {
    let token = good.token();
    let parts: Vec<&str> = token.split('.').collect();
    let (head, body, signature) = (parts[0], parts[1], parts[2]);
    let public = pair(Purpose::Session).public_key().as_ref().to_vec();
    let own = Ed25519KeyPair::generate().unwrap();
    let own_x = BASE64.encode(own.public_key().as_ref());
    let own_jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": own_x});
    let with = |extra: Value, key: &Ed25519KeyPair| {
        let mut head = good.head.clone();
        for (name, value) in extra.as_object().unwrap() {
            head[name] = value.clone();
        }
        sign(key, &head, &good.body)
    };
    let session = pair(Purpose::Session);
    let mut flipped = BASE64.decode(signature).unwrap();
    flipped[7] ^= 1;
    let flipped_body = {
        let mut bytes = BASE64.decode(body).unwrap();
        let at = bytes.len() - 3;
        bytes[at] ^= 1;
        BASE64.encode(bytes)
    };
    let doubled = |extra: &str| {
        let text = good.body.to_string();
        sign_text(
            &session,
            &good.head.to_string(),
            &format!("{},{extra}}}", &text[..text.len() - 1]),
        )
    };
    let now = good.now;
    vec![
        ("no algorithm", good.unsigned("none")),
        ("No algorithm", good.unsigned("None")),
        ("nO algorithm", good.unsigned("nOnE")),
        ("the right algorithm and no signature", good.unsigned("EdDSA")),
        ("no algorithm, but a signature", {
            let mut h = good.head.clone();
            h["alg"] = json!("none");
            sign(&session, &h, &good.body)
        }),
        ("HS256 with the public key", good.hmac("HS256", hmac::HMAC_SHA256, &public)),
        (
            "HS256 with the public key as text",
            good.hmac("HS256", hmac::HMAC_SHA256, BASE64.encode(&public).as_bytes()),
        ),
        ("HS512 with the public key", good.hmac("HS512", hmac::HMAC_SHA512, &public)),
        ("HS256 with nothing", good.hmac("HS256", hmac::HMAC_SHA256, b"")),
        ("an HMAC that says EdDSA", good.hmac("EdDSA", hmac::HMAC_SHA512, &public)),
        ("ES256", good.head("alg", json!("ES256"))),
        ("RS256", good.head("alg", json!("RS256"))),
        ("PS512", good.head("alg", json!("PS512"))),
        ("Ed448", good.head("alg", json!("Ed448"))),
        ("an algorithm in small letters", good.head("alg", json!("eddsa"))),
        ("no alg", good.head("alg", Value::Null)),
        ("alg as a list", good.head("alg", json!(["EdDSA"]))),
        ("no typ", good.head("typ", Value::Null)),
        ("typ JWT", good.head("typ", json!("JWT"))),
        ("typ of a link", good.head("typ", json!("link+jwt"))),
        ("typ of a receipt", good.head("typ", json!("receipt+jwt"))),
        ("typ in capitals", good.head("typ", json!("AT+JWT"))),
        ("no kid", good.head("kid", Value::Null)),
        ("an unknown kid", good.head("kid", json!("session-000000000000"))),
        ("the kid of links", good.head("kid", json!(kid(Purpose::Link)))),
        ("a kid that climbs", good.head("kid", json!("session-../../../../etc/passwd"))),
        ("a kid that asks", good.head("kid", json!("session-' OR '1'='1"))),
        ("a kid with a zero", good.head("kid", json!("session-\0"))),
        ("a kid of another type", good.head("kid", json!(7))),
        ("only the purpose as kid", good.head("kid", json!("session-"))),
        ("an embedded key", with(json!({"jwk": own_jwk}), &own)),
        ("an embedded key and our kid, our signature", with(json!({"jwk": own_jwk}), &session)),
        ("a key elsewhere", with(json!({"jku": "https://evil.example/keys.json"}), &own)),
        ("a certificate elsewhere", with(json!({"x5u": "https://evil.example/cert.pem"}), &own)),
        ("an embedded certificate", with(json!({"x5c": ["AAAA"]}), &own)),
        ("a demand that nobody knows", with(json!({"crit": ["exp"]}), &session)),
        ("an unencoded payload", with(json!({"b64": false, "crit": ["b64"]}), &session)),
        ("a nested token", with(json!({"cty": "JWT"}), &session)),
        ("somebody's own key under our kid", sign(&own, &good.head, &good.body)),
        ("the key of links", sign(&pair(Purpose::Link), &good.head, &good.body)),
        ("the key of links, honestly named", {
            let mut h = good.head.clone();
            h["kid"] = json!(kid(Purpose::Link));
            sign(&pair(Purpose::Link), &h, &good.body)
        }),
        ("the key of receipts, honestly named", {
            let mut h = good.head.clone();
            h["kid"] = json!(kid(Purpose::Receipt));
            sign(&pair(Purpose::Receipt), &h, &good.body)
        }),
        ("no issuer", good.body("iss", Value::Null)),
        ("another issuer", good.body("iss", json!("https://evil.example"))),
        ("no audience", good.body("aud", Value::Null)),
        ("another audience", good.body("aud", json!("provost:link"))),
        ("a list of audiences", good.body("aud", json!(["provost:session", "provost:link"]))),
        ("expired long ago", good.body("exp", json!(now - 3600))),
        ("expired beyond the leeway", good.body("exp", json!(now - 31))),
        ("expired at the leeway's very end", good.body("exp", json!(now - 30))),
        ("no expiry", good.body("exp", Value::Null)),
        ("an expiry as text", good.body("exp", json!((now + 600).to_string()))),
        ("a negative expiry", good.body("exp", json!(-1))),
        ("an expiry beyond all numbers", good.body("exp", json!(1e300))),
        ("not yet good", good.body("nbf", json!(now + 31))),
        ("good in a year", good.body("nbf", json!(now + 31_536_000))),
        ("no beginning", good.body("nbf", Value::Null)),
        ("no subject", good.body("sub", Value::Null)),
        ("a subject of another kind", good.body("sub", json!(organisation))),
        ("a subject that nobody is", good.body("sub", json!("usr_00000000000000000000000000"))),
        ("somebody else with one's own session", good.body("sub", json!(someone_else))),
        ("no session", good.body("sid", Value::Null)),
        ("a session that never was", good.body("sid", json!("ses_00000000000000000000000000"))),
        ("a list of sessions", good.body("sid", json!([good.body["sid"]]))),
        ("two subjects", doubled(&format!("\"sub\":\"{someone_else}\""))),
        ("two expiries", doubled(&format!("\"exp\":{}", now + 99_999))),
        ("two audiences, one of them right", doubled("\"aud\":\"provost:session\"")),
        (
            "two algorithms",
            sign_text(
                &session,
                &format!("{{\"alg\":\"none\",{}", &good.head.to_string()[1..]),
                &good.body.to_string(),
            ),
        ),
        ("a changed bit in the signature", format!("{head}.{body}.{}", BASE64.encode(&flipped))),
        ("a changed bit in the claims", format!("{head}.{flipped_body}.{signature}")),
        ("a malleated signature", malleated(&token)),
        ("a short signature", format!("{head}.{body}.{}", &signature[..84])),
        ("a long signature", format!("{token}AAAA")),
        ("no signature", format!("{head}.{body}.")),
        ("two parts", format!("{head}.{body}")),
        ("four parts", format!("{token}.{signature}")),
        ("five parts", format!("{token}.a.b")),
        ("a dot at the end", format!("{token}.")),
        ("a dot before", format!(".{token}")),
        ("padding", format!("{token}==")),
        (
            "standard letters",
            format!("{head}.{body}.{}", STANDARD.encode(BASE64.decode(signature).unwrap())),
        ),
        ("swapped halves", format!("{body}.{head}.{signature}")),
        ("a space inside", format!("{head}. {body}.{signature}")),
        ("bytes after the end", format!("{token} x")),
        ("a comma and another", format!("{token}, {token}")),
        ("the claims as a list", sign_text(&session, &good.head.to_string(), "[]")),
        ("the claims as nothing", sign_text(&session, &good.head.to_string(), "")),
        ("the claims as no JSON", sign_text(&session, &good.head.to_string(), "{\"sub\":")),
        ("the head as a list", sign_text(&session, "[]", &good.body.to_string())),
        ("claims that are no text", {
            let s = format!("{head}.{}", BASE64.encode([0xff, 0xfe]));
            let sig = BASE64.encode(session.sign(s.as_bytes()).as_ref());
            format!("{s}.{sig}")
        }),
        ("eight KiB of it", good.body("pad", json!("x".repeat(8192)))),
        ("eight KiB of letters", "A".repeat(8192)),
        ("eight KiB of dots", ".".repeat(8192)),
        (
            "deep claims",
            good.body(
                "deep",
                serde_json::from_str(&format!("{}{}", "[".repeat(100), "]".repeat(100))).unwrap(),
            )
            .repeat(3),
        ),
        ("nothing at all", "x".to_owned()),
        ("two dots", "..".to_owned()),
        (
            "a JSON token",
            json!({"payload": body, "protected": head, "signature": signature}).to_string(),
        ),
        (
            "an API key's form",
            format!("prv_{}.{}", "A".repeat(43), &good.body["sub"].as_str().unwrap()[4..]),
        ),
        ("an API key's form without owner", format!("prv_{}", "A".repeat(43))),
        ("a system key's form", format!("esk_{}", "A".repeat(43))),
        (
            "a refresh token's form",
            format!(
                "prr_{0}.{0}.{1}.{2}",
                "A".repeat(43),
                &good.body["sid"].as_str().unwrap()[4..],
                &good.body["sub"].as_str().unwrap()[4..]
            ),
        ),
    ]
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the figure is what one runs this for")]
async fn no_forged_token_is_accepted() {
    let world = World::of(|app| {
        vec![Function::http("sessions", fn_sessions::routes().router(app.clone()))]
    })
    .await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let ada = world.person("ada").await;
    let good = Good::new(root.id, root.session.unwrap(), world.app.now().seconds());
    let path = format!("/api/sessions/{}", root.id);
    root.with_token(&good.token()).get(&path).await.ok();

    let forgeries = forgeries(&good, ada.id, &root.id.to_string().replace("usr_", "org_"));
    assert!(forgeries.len() >= 40, "{}", forgeries.len());
    let mut accepted = Vec::new();
    for (what, token) in &forgeries {
        let reply = root.with_token(token).get(&path).await;
        if reply.status != 401 {
            accepted.push((what, reply.status.as_u16(), reply.text()));
        }
        assert!(
            ["UNAUTHENTICATED", "SESSION_ENDED"].contains(&reply.code().as_str()),
            "{what}: {}",
            reply.text()
        );
        assert_eq!(reply.header("www-authenticate"), "Bearer", "{what}");
    }
    assert!(accepted.is_empty(), "{accepted:?}");
    println!("{} forged tokens, none accepted", forgeries.len());
}

#[tokio::test]
async fn a_valid_token_is_accepted_within_the_clock_leeway_and_not_beyond() {
    let world = World::of(|app| {
        vec![Function::http("sessions", fn_sessions::routes().router(app.clone()))]
    })
    .await;
    let ada = world.person("ada").await;
    let path = format!("/api/sessions/{}", ada.id);
    let good = Good::new(ada.id, ada.session.unwrap(), world.app.now().seconds());
    let now = good.now;
    for good in [good.token(), good.body("nbf", json!(now + 30)), good.body("exp", json!(now - 29))]
    {
        ada.with_token(&good).get(&path).await.ok();
    }
    world.advance(10 * 60 * 1000 + 29_000);
    ada.get(&path).await.ok();
    world.advance(1000);
    ada.get(&path).await.is(401, "SESSION_ENDED");
}

#[tokio::test]
async fn other_authorization_schemes_and_cookies_are_rejected() {
    let world = World::of(|app| {
        vec![Function::http("sessions", fn_sessions::routes().router(app.clone()))]
    })
    .await;
    let ada = world.person("ada").await;
    let path = format!("/api/sessions/{}", ada.id);
    let token = ada.token.clone().unwrap();
    let anyone = world.anyone();
    for header in [
        format!("Basic {token}"),
        format!("Bearer{token}"),
        token.clone(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        String::new(),
        format!("Token {token}"),
    ] {
        anyone.with_header("authorization", &header).get(&path).await.is(401, "UNAUTHENTICATED");
    }
    // A browser sends cookies by itself, also for another site, so the API takes none.
    anyone
        .with_header("cookie", &format!("__Host-provost={token}; provost={token}"))
        .get(&path)
        .await
        .is(401, "UNAUTHENTICATED");
    anyone.with_header("authorization", &format!("bearer {token}")).get(&path).await.ok();
}
