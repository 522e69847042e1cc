//! The kernel is the only entropy source of AWS-LC in this build.
//! `docs/decisions/0026-kernel-entropy-only.md` explains why.

#[test]
fn no_entropy_is_gathered_from_cpu_jitter() {
    // Generates a random number, so that AWS-LC's generator and its entropy sources are linked.
    provost_auth::secret::bytes::<32>().expect("the system gives randomness");
    let program =
        std::fs::read(std::env::current_exe().expect("this program's path")).expect("this program");
    let text = String::from_utf8_lossy(&program);
    // The binary contains the names of functions between zero bytes. AWS-LC's names begin with its
    // version.
    let names: Vec<&str> = text.split('\0').filter(|name| name.starts_with("aws_lc_")).collect();
    assert!(
        names.iter().any(|name| name.ends_with("CRYPTO_sysrand")),
        "the names of AWS-LC's functions were stripped, so this test shows nothing"
    );
    let jitter: Vec<_> = names.iter().filter(|name| name.contains("jent_")).collect();
    assert!(
        jitter.is_empty(),
        "build inside the repository, whose .cargo/config.toml keeps CPU jitter out of AWS-LC; linked were {jitter:?}"
    );
}
