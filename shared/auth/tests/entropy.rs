//! What seeds AWS-LC in this build: the kernel alone. `docs/decisions/0026-kernel-entropy-only.md`
//! says why.

#[test]
fn no_entropy_is_gathered_from_cpu_jitter() {
    // A random number, so that AWS-LC's generator is linked with whatever seeds it.
    provost_auth::secret::bytes::<32>().expect("the system gives randomness");
    let program =
        std::fs::read(std::env::current_exe().expect("this program's path")).expect("this program");
    let text = String::from_utf8_lossy(&program);
    // The linker leaves the names of functions, each between two zeros. AWS-LC's have its version
    // in front.
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
