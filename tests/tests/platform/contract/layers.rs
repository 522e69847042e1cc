//! The crates' layers: dependencies point in one direction, and only some crates may use an AWS SDK
//! or an emulator.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
};

use serde_json::Value;

/// The workspace crates that each crate may depend on.
const ALLOWED: &[(&str, &[&str])] = &[
    ("provost-domain", &[]),
    ("provost-api", &["provost-domain"]),
    ("provost-telemetry", &[]),
    ("provost-archive", &[]),
    ("provost-merkle", &[]),
    ("provost-avatar", &["provost-domain"]),
    ("provost-mail", &["provost-domain"]),
    ("provost-search", &["provost-domain"]),
    ("provost-store", &["provost-domain", "provost-merkle"]),
    ("provost-directory", &["provost-domain", "provost-api", "provost-search", "provost-store"]),
    ("provost-auth", &["provost-domain", "provost-merkle", "provost-store"]),
    ("provost-jobs", &["provost-domain", "provost-store", "provost-telemetry"]),
    (
        "provost-app",
        &[
            "provost-domain",
            "provost-store",
            "provost-auth",
            "provost-jobs",
            "provost-telemetry",
            "provost-mail",
        ],
    ),
    (
        "provost-operations",
        &[
            "provost-domain",
            "provost-merkle",
            "provost-store",
            "provost-auth",
            "provost-app",
            "provost-mail",
        ],
    ),
    (
        "provost-http",
        &[
            "provost-domain",
            "provost-api",
            "provost-store",
            "provost-auth",
            "provost-app",
            "provost-operations",
            "provost-telemetry",
        ],
    ),
    ("provost-local", &[]),
];

/// The crates of the emulators; only the local stack and the test kit may depend on them.
const EMULATORS: &[&str] =
    &["dynoxide-rs", "s3s", "s3s-fs", "rustack-sqs-core", "rustack-sqs-http", "rustack-sqs-model"];

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(crate::project())
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    metadata["packages"].as_array().expect("packages").clone()
}

fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    packages()
        .iter()
        .map(|package| {
            let normal = package["dependencies"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|dependency| dependency["kind"].is_null());
            (
                package["name"].as_str().unwrap_or_default().to_owned(),
                normal
                    .filter_map(|dependency| dependency["name"].as_str().map(str::to_owned))
                    .collect(),
            )
        })
        .collect()
}

#[test]
fn dependencies_point_in_one_direction() {
    let all = dependencies();
    for (name, allowed) in ALLOWED {
        let ours: Vec<_> = all[*name]
            .iter()
            .filter(|dependency| dependency.starts_with("provost") || dependency.starts_with("fn-"))
            .collect();
        for dependency in ours {
            assert!(
                allowed.contains(&dependency.as_str()),
                "{name} may not depend on {dependency}: move the code, or change the layers on purpose here and in docs/decisions"
            );
        }
    }
}

#[test]
fn a_function_never_depends_on_another() {
    for (name, dependencies) in dependencies().iter().filter(|(name, _)| name.starts_with("fn-")) {
        let others: Vec<_> = dependencies
            .iter()
            .filter(|dependency| {
                dependency.starts_with("fn-")
                    || *dependency == "provost-local"
                    || *dependency == "provost-testkit"
            })
            .collect();
        assert!(
            others.is_empty(),
            "{name} depends on {others:?}; code that two functions need belongs in shared/"
        );
    }
}

#[test]
fn only_the_store_and_the_application_use_an_aws_sdk() {
    let may = [
        "provost-store",
        "provost-app",
        "provost-local",
        "provost-testkit",
        "provost-tests",
        "provost",
    ];
    for (name, dependencies) in dependencies() {
        let sdk = dependencies.iter().find(|dependency| dependency.starts_with("aws-sdk-"));
        assert!(
            sdk.is_none() || may.contains(&name.as_str()),
            "{name} depends on {sdk:?}; go through provost-store"
        );
        let emulator =
            dependencies.iter().find(|dependency| EMULATORS.contains(&dependency.as_str()));
        assert!(
            emulator.is_none() || name == "provost-local",
            "{name} depends on {emulator:?}, which only the local stack may"
        );
    }
}

/// The text of all files in a folder and its subfolders.
fn sources(folder: &Path) -> String {
    let entries =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries
        .map(|path| {
            if path.is_dir() {
                sources(&path)
            } else {
                std::fs::read_to_string(&path).expect("a text")
            }
        })
        .collect()
}

#[test]
fn only_targets_with_tests_are_built_for_tests() {
    // Each test target is one more program to link with the whole platform, and the machine that
    // checks a change has two cores.
    let mut wrong = Vec::new();
    for package in packages() {
        for target in package["targets"].as_array().into_iter().flatten() {
            let kind = target["kind"][0].as_str().unwrap_or_default();
            if !["lib", "bin"].contains(&kind) {
                continue;
            }
            let root = Path::new(target["src_path"].as_str().expect("a path"));
            let text = if kind == "lib" {
                sources(root.parent().expect("a folder"))
            } else {
                std::fs::read_to_string(root).expect("a text")
            };
            let has_tests = ["#[test]", "#[tokio::test", "#[cfg(test)]", "proptest!"]
                .iter()
                .any(|mark| text.contains(mark));
            let has_examples = kind == "lib"
                && text
                    .lines()
                    .map(str::trim_start)
                    .any(|line| line.starts_with("/// ```") || line.starts_with("//! ```"));
            for (flag, wanted) in [("test", has_tests), ("doctest", has_examples)] {
                if target[flag].as_bool() != Some(wanted) {
                    let table = if kind == "lib" { "[lib]" } else { "[[bin]]" };
                    wrong.push(format!(
                        "{}: write `{flag} = {wanted}` under {table} in its Cargo.toml",
                        package["name"]
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
