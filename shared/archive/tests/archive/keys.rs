//! Which keys open an archive, and that a secret key is never revealed.

use provost_archive::{About, Archive, ArchiveOptions, Error, Identity, Recipient};

use crate::support::*;

#[test]
fn each_recipient_opens_the_archive_alone() {
    let (ada, grace) = (Identity::generate(), Identity::generate());
    let recipients = vec![ada.recipient(), grace.recipient()];
    let mut archive = Archive::create(ArchiveOptions::new(recipients, NOW)).unwrap();
    add(&mut archive, "profile.json", b"{}", 1);
    let (bytes, _) = finished(archive, About::new("p"));
    assert_eq!(opened(&bytes, &ada), opened(&bytes, &grace));
}

#[test]
fn a_key_is_parsed_from_its_text_and_from_a_key_file() {
    let identity = Identity::generate();
    let text = identity.reveal(str::to_owned);
    assert!(text.starts_with("AGE-SECRET-KEY-1"));
    assert!(identity.recipient().to_string().starts_with("age1"));
    let file = format!(
        "# created: 2026-11-20T16:25:33Z\n# public key: {}\n\n  {text}\n",
        identity.recipient()
    );
    for source in [text.clone(), file] {
        assert_eq!(Identity::parse(&source).unwrap().recipient(), identity.recipient());
    }
    assert!(
        matches!(Identity::parse(&format!("{text}\n{text}")), Err(Error::BadIdentity)),
        "two keys are ambiguous"
    );
}

#[test]
fn a_secret_key_is_never_printed() {
    let identity = Identity::generate();
    assert_eq!(format!("{identity:?}"), "Identity(…)");
    let wrong = identity.reveal(|text| Recipient::parse(text).unwrap_err());
    let text = identity.reveal(str::to_owned);
    assert!(
        !format!("{wrong} {wrong:?}").contains(&text),
        "a key pasted into the wrong field is not repeated"
    );
}

#[test]
fn an_invalid_recipient_is_rejected_with_a_sentence() {
    let good = Identity::generate().recipient().to_string();
    assert_eq!(Recipient::parse(&format!(" {good}\n")).unwrap().to_string(), good);
    let mut typo = good.clone();
    let last = if typo.pop() == Some('q') { 'p' } else { 'q' };
    typo.push(last);
    let mixed = good.replacen("age1", "AGE1", 1);
    for bad in [
        "",
        "age1",
        &typo,
        &mixed,
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA",
        "age1yubikey1qwerty",
        "age1\u{202e}",
        &good[..40],
    ] {
        let refused = Recipient::parse(bad).unwrap_err();
        assert!(matches!(refused, Error::BadRecipient), "{bad:?}");
    }
}
