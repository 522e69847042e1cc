use super::*;

/// A directory of keys, as in the local stack.
fn folder(keys: &BTreeMap<String, String>) -> (tempfile::TempDir, KeySource) {
    let folder = tempfile::tempdir().expect("a directory");
    for (name, key) in keys {
        std::fs::write(folder.path().join(name), key).expect("the directory is writable");
    }
    let source = KeySource {
        from: From::Directory(folder.path().to_owned()),
        cache: Arc::default(),
        watch: None,
    };
    (folder, source)
}

#[tokio::test]
async fn a_rotated_key_replaces_the_old_one_after_five_minutes() {
    let (before, after) =
        (KeySource::generate().expect("keys"), KeySource::generate().expect("keys"));
    let kid = |keys: &BTreeMap<String, String>| {
        Signer::read(Purpose::Session, &keys["session"]).expect("a key").public().kid.clone()
    };
    let (folder, source) = folder(&before);
    let start = Timestamp::from_millis(1_000_000);
    let used = async |at: i64| {
        source.signer(Purpose::Session, start.plus(at)).await.expect("a key").public().kid.clone()
    };
    assert_eq!(used(0).await, kid(&before));
    std::fs::write(folder.path().join("session"), &after["session"])
        .expect("the directory is writable");
    assert_eq!(used(KEY_CACHE - 1).await, kid(&before), "the key is cached for five minutes");
    assert_eq!(used(KEY_CACHE).await, kid(&after));

    // Once its public half is removed, tokens signed with the old key are rejected.
    let token = Signer::read(Purpose::Session, &before["session"])
        .expect("a key")
        .sign(serde_json::json!({}), start, MINUTE)
        .expect("a token");
    let verify = |keys: &[&BTreeMap<String, String>]| {
        let public =
            keys.iter().flat_map(|keys| KeySource::public(keys).expect("keys").keys).collect();
        let verifier = Verifier::new(PublicKeys { keys: public }).expect("a verifier");
        verifier.verify::<serde_json::Value>(Purpose::Session, &token, start)
    };
    assert!(verify(&[&before, &after]).is_ok());
    assert_eq!(verify(&[&after]), Err(provost_auth::token::NotAccepted::Forged));
}

#[tokio::test]
async fn a_cached_key_stays_in_use_when_it_cannot_be_read_again() {
    let keys = KeySource::generate().expect("keys");
    let (folder, source) = folder(&keys);
    let start = Timestamp::from_millis(1_000_000);
    let first = source.signer(Purpose::Link, start).await.expect("a key").public().clone();
    std::fs::write(folder.path().join("link"), "not a key").expect("the directory is writable");
    assert_eq!(
        source.signer(Purpose::Link, start.plus(KEY_CACHE)).await.expect("the cached key").public(),
        &first
    );
    std::fs::write(folder.path().join("receipt"), "not a key").expect("the directory is writable");
    assert!(source.signer(Purpose::Receipt, start).await.is_err(), "no earlier key is cached");
}
