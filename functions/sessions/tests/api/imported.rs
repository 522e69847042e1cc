//! `POST /api/sessions/login` with a password hash of another system.

use provost_auth::password::{import, is_outdated};
use provost_store::credentials::Credential;

use super::support::{sign_in, world};

/// The password of all hashes.
const PASSWORD: &str = "Tideline-7-Harbour";

/// Hashes by bcrypt, Django, Keycloak and Firebase.
const HASHES: [&str; 6] = [
    "$2y$10$abcdefghijklmnopqrstuuCy6PDARcKn6mcQzFO865XHXbeHigY6m",
    "$2a$10$abcdefghijklmnopqrstuuCy6PDARcKn6mcQzFO865XHXbeHigY6m",
    "$2b$10$abcdefghijklmnopqrstuuCy6PDARcKn6mcQzFO865XHXbeHigY6m",
    "pbkdf2_sha256$260000$q3VtNf0aXw$R5JYI6HjwZxzOGO/ksh8yvbD3Xopyan4TqNQ3Say1+Y=",
    r#"{"algorithm":"pbkdf2-sha512","iterations":210000,"salt":"AAECAwQFBgcICQoLDA0ODw==","value":"oqcQ5AiWxWTxV4sdbSp2m5E4W7jRMupcYX871slx+nD1caPBiT5KJXgd7MBdIavLlee8OKeJGsb9pz5lLIx9cw=="}"#,
    r#"{"algorithm":"firebase-scrypt","hash":"QyFAqK9kObOULoHGrnWiA7YAv0zFPyDBLT6qFvaBbfW/coNPBVhJLnUzEfrkcv8j0+dxNz1dLaW2g1+dsRRi+w==","salt":"c2FsdHNhbHQwOQ==","salt_separator":"Bw==","rounds":8,"mem_cost":14,"signer_key":"AwoRGB8mLTQ7QklQV15lbHN6gYiPlp2kq7K5wMfO1dzj6vH4/wYNFBsiKTA3PkVMU1phaG92fYSLkpmgp661vA=="}"#,
];

#[tokio::test]
async fn an_imported_hash_is_checked_and_replaced_at_the_first_sign_in() {
    for hash in HASHES {
        let world = world().await;
        let user = world.person("ada").await;
        let stored = async || world.app.store().credential(user.id).await.unwrap().unwrap();
        let password_hash = import(hash).unwrap();
        let mut tx = world.app.transaction();
        let before = Credential { password_hash, ..stored().await };
        tx.save_credential(user.id, &before).unwrap();
        tx.commit().await.unwrap();

        for wrong in ["Tideline-8-Harbour", "tideline-7-harbour", provost_testkit::people::PASSWORD]
        {
            sign_in(&world.anyone(), &user.email, wrong).await.is(401, "UNAUTHENTICATED");
            assert_eq!(stored().await.password_hash, before.password_hash, "{hash}");
        }
        let failures = world.user(user.id).await.unwrap().failures;
        assert_eq!(failures.count, 3, "a wrong password counts as with a hash of our own");
        sign_in(&world.anyone(), &user.email, PASSWORD).await.status(200);
        let after = stored().await;
        assert!(after.password_hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(!is_outdated(&after.password_hash));
        assert_eq!((after.set_at, after.resets), (before.set_at, before.resets));
        sign_in(&world.anyone(), &user.email, "Tideline-8-Harbour")
            .await
            .is(401, "UNAUTHENTICATED");
        sign_in(&world.anyone(), &user.email, PASSWORD).await.status(200);
        assert_eq!(stored().await.password_hash, after.password_hash, "replaced once");
    }
}

#[tokio::test]
async fn an_imported_hash_that_takes_too_long_is_never_checked() {
    let world = world().await;
    let ada = world.person("ada").await;
    let stored = world.app.store().credential(ada.id).await.unwrap().unwrap();
    let costly = "$2b$31$abcdefghijklmnopqrstuuCy6PDARcKn6mcQzFO865XHXbeHigY6m";
    let mut tx = world.app.transaction();
    tx.save_credential(ada.id, &Credential { password_hash: costly.to_owned(), ..stored }).unwrap();
    tx.commit().await.unwrap();
    // Checking it would take a day.
    sign_in(&world.anyone(), &ada.email, PASSWORD).await.is(401, "UNAUTHENTICATED");
}
