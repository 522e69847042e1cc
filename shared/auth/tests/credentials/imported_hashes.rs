//! Password hashes of other systems.

use provost_auth::password::{UnusableHash, import, is_outdated, verify};

const PASSWORD: &str = "Tideline-7-Harbour";

const KEYCLOAK: &str = r#"{"algorithm":"pbkdf2-sha512","iterations":210000,"salt":"AAECAwQFBgcICQoLDA0ODw==","value":"oqcQ5AiWxWTxV4sdbSp2m5E4W7jRMupcYX871slx+nD1caPBiT5KJXgd7MBdIavLlee8OKeJGsb9pz5lLIx9cw=="}"#;
const FIREBASE: &str = r#"{"algorithm":"firebase-scrypt","hash":"QyFAqK9kObOULoHGrnWiA7YAv0zFPyDBLT6qFvaBbfW/coNPBVhJLnUzEfrkcv8j0+dxNz1dLaW2g1+dsRRi+w==","salt":"c2FsdHNhbHQwOQ==","salt_separator":"Bw==","rounds":8,"mem_cost":14,"signer_key":"AwoRGB8mLTQ7QklQV15lbHN6gYiPlp2kq7K5wMfO1dzj6vH4/wYNFBsiKTA3PkVMU1phaG92fYSLkpmgp661vA=="}"#;

fn right_and_wrong(given: &str, password: &str) {
    let stored = import(given).unwrap_or_else(|error| panic!("{given}: {error}"));
    assert!(verify(password, Some(&stored)), "{given}");
    let mut wrong = password.to_owned();
    wrong.pop();
    for wrong in [wrong.as_str(), "", "tideline-7-harbour"] {
        assert!(!verify(wrong, Some(&stored)), "{given} with {wrong:?}");
    }
    assert!(is_outdated(&stored), "{stored} is replaced at the first sign-in");
    assert_eq!(import(&stored), Ok(stored.clone()), "the stored form is taken as it is");
}

#[test]
fn hashes_of_other_systems_match_their_password() {
    let digest = "R5JYI6HjwZxzOGO/ksh8yvbD3Xopyan4TqNQ3Say1+Y";
    for given in [
        "$2y$10$abcdefghijklmnopqrstuuCy6PDARcKn6mcQzFO865XHXbeHigY6m".to_owned(),
        "$2a$10$abcdefghijklmnopqrstuuCy6PDARcKn6mcQzFO865XHXbeHigY6m".to_owned(),
        " $2b$10$abcdefghijklmnopqrstuuCy6PDARcKn6mcQzFO865XHXbeHigY6m\n".to_owned(),
        format!("pbkdf2_sha256$260000$q3VtNf0aXw${digest}="),
        format!("$pbkdf2-sha256$i=260000$cTNWdE5mMGFYdw${digest}"),
        KEYCLOAK.to_owned(),
        FIREBASE.to_owned(),
    ] {
        right_and_wrong(&given, PASSWORD);
    }
    let export = r#"{"id":"1","type":"password","secretData":"{\"value\":\"oqcQ5AiWxWTxV4sdbSp2m5E4W7jRMupcYX871slx+nD1caPBiT5KJXgd7MBdIavLlee8OKeJGsb9pz5lLIx9cw==\",\"salt\":\"AAECAwQFBgcICQoLDA0ODw==\",\"additionalParameters\":{}}","credentialData":"{\"hashIterations\":210000,\"algorithm\":\"pbkdf2-sha512\",\"additionalParameters\":{}}"}"#;
    assert_eq!(import(export), import(KEYCLOAK), "an export of a realm is understood");
    let phc = "$argon2i$v=19$m=4096,t=3,p=1$cHJvdm9zdC1zYWx0LTE2Yg$KyxQzCSiRpAyu5hYlEipcJYEEVGK4ZxWWn1QMpIXts4";
    right_and_wrong(phc, "Wintry-9");
    assert_eq!(import(&format!("argon2{phc}")), Ok(phc.to_owned()), "as Django writes it");
}

/// Hashes of the password, made by Python's `hashlib` and `crypt`.
const MADE: [&str; 7] = [
    // phpass, as WordPress used until 6.8.
    "$P$BsAltSaltJIJqYPoyirHDhjydzNUAC0",
    "$wp$2y$06$abcdefghijklmnopqrstuuZQhyAEtCdrnnI.C90MOo1fGR.2qIHy2",
    // better-auth
    "00112233445566778899aabbccddeeff:90a22489dc09772e2c50f988da2b9e61dc24a13b8d51dde79d073f52d91e7273b803de36b0c081bc4c8bb6e32711a00ea52d33d1968fe3f876764660d07d43d9",
    "$scrypt$ln=10,r=8,p=1$c2FsdA$5i2zq0YSmGX+psS4qqG9XKodA9toZB8/ErIEcLVRHyE",
    // Keycloak with SHA-1, and with a digest of two blocks.
    r#"{"algorithm":"pbkdf2","hashIterations":27500,"salt":"c2FsdDU2Nzg=","value":"04GExRVVBlGy1SLqkSnbnbwaxVuC2IdwCW+45+8CiVj4GeSfzfst1sLxAfjEYc3QdM6YByPFRaAee5kHH1B2rg=="}"#,
    r#"{"algorithm":"pbkdf2-sha256","iterations":27500,"salt":"AAECAwQFBgcICQoLDA0ODw","hash":"Adqqg+d8CxMK7I1Pl9Ic7wlzkDWMjpxNxdSOtq3KaqGFbucOtj69Xts0wbjgUYCmd9tbsaANoJGW7TIBtl8DFw"}"#,
    "$2y$06$abcdefghijklmnopqrstuuigzGtozMyNLKn/Ag1XMB7khlQE.MjBq",
];

#[test]
fn each_form_matches_what_its_system_makes() {
    for given in MADE {
        right_and_wrong(given, PASSWORD);
    }
    // From the tests of phpass itself.
    right_and_wrong("$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0", "test12345");
    right_and_wrong("$H$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0", "test12345");
}

#[test]
fn a_password_is_changed_as_its_system_changes_it() {
    // WordPress leaves out blanks at the ends.
    for given in [MADE[0], MADE[1]] {
        let stored = import(given).expect("it is taken");
        assert!(verify(&format!(" {PASSWORD}\t"), Some(&stored)), "{given}");
    }
    // better-auth hashes the compatibility form (NFKC).
    let given = "00112233445566778899aabbccddeeff:5348e02264cec6a196f288f573ce98bc91a3d0de549ed061be1125173c0b37db7fa4d34449011f11ee35965ed12fafd4eee385c0c5662a086f2d1d51b30245aa";
    let stored = import(given).expect("it is taken");
    for typed in ["Gr\u{f6}\u{df}e-\u{ff11}\u{fb01}-9", "Gro\u{308}\u{df}e-1fi-9"] {
        assert!(verify(typed, Some(&stored)), "{typed}");
    }
    // bcrypt reads 72 bytes.
    let long = "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i";
    assert!(verify(&"x".repeat(80), Some(long)) && !verify(&"x".repeat(71), Some(long)));
}

#[test]
fn a_hash_that_cannot_be_verified_is_not_taken() {
    for given in [
        "",
        "$2x$10$abcdefghijklmnopqrstuuCy6PDARcKn6mcQzFO865XHXbeHigY6m",
        "$2b$03$abcdefghijklmnopqrstuuCy6PDARcKn6mcQzFO865XHXbeHigY6m",
        "$2b$10$abcdefghijklmnopqrstuuCy6PDARcKn6mcQzFO865XHXbeHigY6",
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "$1$salt$qJH7.N4xYta3aEG/dfqo/0",
        "$5$salt$x",
        "$P$BsAltSaltJIJqYPoyirHDhjydzNUAC",
        "$P$4sAltSaltJIJqYPoyirHDhjydzNUAC0",
        "$P$BsAltSaltJIJqYPoyirHDhjydzNU!C0",
        "pbkdf2_md5$1000$salt$R5JYI6HjwZxzOGO/ksh8yvbD3Xopyan4TqNQ3Say1+Y=",
        "pbkdf2_sha256$0$salt$R5JYI6HjwZxzOGO/ksh8yvbD3Xopyan4TqNQ3Say1+Y=",
        "pbkdf2_sha256$1000$salt$R5JY",
        "pbkdf2_sha256$1000$salt$",
        "bcrypt_sha256$$2b$12$abcdefghijklmnopqrstuv",
        "{\"algorithm\":\"hmac-sha256\",\"salt\":\"\",\"value\":\"\"}",
        "{",
        "$wp$2b$10$abcdefghijklmnopqrstuuCy6PDARcKn6mcQzFO865XHXbeHigY6m",
        "$argon2id$v=19$m=19456,t=2,p=1$cHJvdm9zdC1zYWx0LTE2Yg",
        "00:11",
        "$scrypt$ln=14,r=8,p=1$c2FsdA$c2FsdA",
    ] {
        assert_eq!(import(given), Err(UnusableHash::Unknown), "{given}");
    }
}

#[test]
fn a_hash_that_takes_too_long_to_verify_is_not_taken_and_never_verified() {
    let digest = "R5JYI6HjwZxzOGO/ksh8yvbD3Xopyan4TqNQ3Say1+Y";
    let with_cost = |cost: u64| FIREBASE.replace(":14", &format!(":{cost}"));
    for given in [
        "$2b$31$abcdefghijklmnopqrstuuCy6PDARcKn6mcQzFO865XHXbeHigY6m".to_owned(),
        "$2b$17$abcdefghijklmnopqrstuuCy6PDARcKn6mcQzFO865XHXbeHigY6m".to_owned(),
        format!("pbkdf2_sha256$4000000000$salt${digest}="),
        format!("pbkdf2_sha256$10000001$salt${digest}="),
        format!("$pbkdf2-sha256$i=5000000000000$c2FsdA${digest}"),
        KEYCLOAK.replace("210000", "10000001"),
        with_cost(24),
        with_cost(17),
        with_cost(63),
        with_cost(255),
        with_cost(4000),
        format!("$scrypt$ln=16,r=8,p=2$c2FsdA${digest}"),
        format!("$scrypt$ln=14,r=4294967295,p=4294967295$c2FsdA${digest}"),
        "$P$MsAltSaltJIJqYPoyirHDhjydzNUAC0".to_owned(),
        format!("$argon2id$v=19$m=4000000,t=1,p=1$cHJvdm9zdC1zYWx0LTE2Yg${digest}"),
        format!("$argon2id$v=19$m=19456,t=1000,p=1$cHJvdm9zdC1zYWx0LTE2Yg${digest}"),
    ] {
        assert_eq!(import(&given), Err(UnusableHash::TooCostly), "{given}");
        assert!(!verify(PASSWORD, Some(&given)), "{given}");
    }
    // The highest cost that is taken.
    for given in [
        "$2b$16$abcdefghijklmnopqrstuuCy6PDARcKn6mcQzFO865XHXbeHigY6m".to_owned(),
        format!("pbkdf2_sha256$10000000$salt${digest}="),
        with_cost(16),
        "$P$LsAltSaltJIJqYPoyirHDhjydzNUAC0".to_owned(),
    ] {
        assert!(import(&given).is_ok(), "{given}");
    }
}

#[test]
fn a_password_of_a_mebibyte_matches_no_imported_hash() {
    let stored = import("$P$LsAltSaltJIJqYPoyirHDhjydzNUAC0").expect("it is taken");
    assert!(!verify(&"x".repeat(4097), Some(&stored)));
}
