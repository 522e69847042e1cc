//! The program itself: it starts, serves requests, is found by its own commands, stops on a signal,
//! and keeps its data.

use std::{path::Path, process::Stdio};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    process::{Child, Command},
};

/// The result of a command.
#[derive(Debug)]
pub struct Ran {
    /// Whether it succeeded.
    pub ok: bool,
    /// Its exit status.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

fn with(directory: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = command(directory, arguments);
    command.envs(variables.iter().copied());
    command
}

fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_provost"));
    // Nothing from the environment of the tests is passed on: neither a port nor a deployment.
    command
        .env_clear()
        .env("PROVOST_DIRECTORY", directory.join("data"))
        .env("PORT", "0")
        .current_dir(directory)
        .args(arguments)
        .kill_on_drop(true);
    command
}

/// Runs a command until it ends.
pub async fn provost(directory: &Path, arguments: &[&str], input: &str) -> Ran {
    ran(command(directory, arguments), input).await
}

async fn ran(mut command: Command, input: &str) -> Ran {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // A command that reads nothing has closed its end.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let output = child.wait_with_output().await.expect("the program ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran {
        ok: output.status.success(),
        code: output.status.code(),
        out: text(&output.stdout),
        err: text(&output.stderr),
    }
}

/// A running platform.
struct Running {
    child: Child,
    banner: String,
    url: String,
}

impl Running {
    async fn start(directory: &Path, arguments: &[&str]) -> Self {
        Self::begin(command(directory, arguments)).await
    }

    async fn begin(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let (mut banner, mut url) = (String::new(), String::new());
        while let Some(line) = lines.next_line().await.expect("text") {
            if let Some(rest) = line.strip_prefix("Provost is ready at ") {
                url = rest.to_owned();
            }
            banner.push_str(&line);
            banner.push('\n');
            if line.contains("Stop with Ctrl-C") {
                break;
            }
        }
        assert!(!url.is_empty(), "the banner has the URL: {banner}");
        Self { child, banner, url }
    }

    async fn stop(mut self) {
        let pid = self.child.id().expect("the program is running").to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().await.expect("kill").success());
        let status = self.child.wait().await.expect("the program ends");
        assert!(status.success(), "{status}");
    }
}

/// A client that ignores any configured proxy.
fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

#[tokio::test]
async fn the_platform_starts_serves_requests_and_stops() {
    let directory = tempfile::tempdir().unwrap();
    let running = Running::start(directory.path(), &[]).await;
    assert!(running.banner.contains("root@provost.example"), "{}", running.banner);
    let document: serde_json::Value = http()
        .get(format!("{}/openapi.json", running.url))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(
        http()
            .get(format!("{}/api/admin/email/logs", running.url))
            .send()
            .await
            .unwrap()
            .status()
            .as_u16(),
        401
    );

    // A new platform has the standard plans.
    let password =
        running.banner.lines().find_map(|line| line.trim().strip_prefix("password")).unwrap();
    let password = password.trim().to_owned();
    assert_eq!(
        std::fs::read_to_string(directory.path().join("data/first-password")).unwrap(),
        password
    );
    let client = http();
    let login = client
        .post(format!("{}/api/sessions/login", running.url))
        .header("content-type", "application/json");
    let login = login
        .body(
            serde_json::json!({ "email": "root@provost.example", "password": password })
                .to_string(),
        )
        .send()
        .await
        .unwrap();
    let tokens: serde_json::Value = login.json().await.unwrap();
    let plans = client
        .get(format!("{}/api/admin/plans", running.url))
        .bearer_auth(tokens["accessToken"].as_str().unwrap());
    let plans: serde_json::Value = plans.send().await.unwrap().json().await.unwrap();
    assert_eq!(plans["pagination"]["total"], 4, "{plans}");

    // Its own commands reach it while it is running, and a second platform cannot use its data.
    let seeded = provost(directory.path(), &["seed", "--users", "3"], "").await;
    assert!(seeded.ok && seeded.out.contains("Created 3 users"), "{seeded:?}");
    let address = seeded.out.rsplit(' ').next().unwrap().trim().trim_end_matches('.').to_owned();
    assert!(provost(directory.path(), &["promote", &address, "SUPERADMIN"], "").await.ok);
    let second = provost(directory.path(), &[], "").await;
    assert!(!second.ok && second.err.contains("another process uses it"), "{second:?}");
    assert!(!provost(directory.path(), &["--fresh"], "").await.ok);
    running.stop().await;

    // Commands also work while it is stopped, and see the data that was written before.
    let again = provost(directory.path(), &["promote", &address], "").await;
    assert!(again.ok && again.out.contains("is already rootAdmin"), "{again:?}");
    let running = Running::start(directory.path(), &[]).await;
    assert!(running.banner.contains(&password), "the password was not changed: {}", running.banner);
    running.stop().await;
    let running = Running::start(directory.path(), &["--fresh"]).await;
    assert!(
        running.banner.contains("  password  ") && !running.banner.contains(&password),
        "{}",
        running.banner
    );
    running.stop().await;
}

#[tokio::test]
async fn private_files_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let running = Running::start(directory.path(), &[]).await;
    let mode = |path: &str| {
        std::fs::metadata(directory.path().join("data").join(path)).unwrap().permissions().mode()
            & 0o777
    };
    for name in ["session", "link", "receipt", "audit", "cursor", "stripe-webhook"] {
        assert_eq!(mode(&format!("keys/{name}")), 0o600, "{name}");
    }
    assert_eq!(
        (mode(""), mode("keys"), mode("running.json"), mode("first-password")),
        (0o700, 0o700, 0o600, 0o600)
    );
    let mut left = vec![directory.path().join("data")];
    while let Some(folder) = left.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            assert_eq!(
                entry.metadata().unwrap().permissions().mode() & 0o077,
                0,
                "{}",
                entry.path().display()
            );
            if entry.file_type().unwrap().is_dir() {
                left.push(entry.path());
            }
        }
    }
    running.stop().await;
    assert!(!directory.path().join("data/running.json").exists());
}

#[tokio::test]
async fn a_weak_root_password_is_rejected_and_not_printed() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = command(directory.path(), &[])
        .env("PROVOST_ROOT_PASSWORD", "hunter2")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).await.unwrap();
    assert!(!child.wait().await.unwrap().success());
    assert!(
        err.contains("PROVOST_ROOT_PASSWORD")
            && err.contains("at least 8 characters")
            && !err.contains("hunter2"),
        "{err}"
    );
}

#[tokio::test]
async fn a_directory_with_other_files_is_not_removed() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("data")).unwrap();
    std::fs::write(directory.path().join("data/thesis.txt"), "years of work").unwrap();
    for arguments in [&["--fresh"][..], &[]] {
        let refused = provost(directory.path(), arguments, "").await;
        assert!(
            !refused.ok
                && refused.err.contains("thesis.txt")
                && refused.err.contains("PROVOST_DIRECTORY"),
            "{refused:?}"
        );
    }
    assert_eq!(
        std::fs::read_to_string(directory.path().join("data/thesis.txt")).unwrap(),
        "years of work"
    );
    assert_eq!(std::fs::read_dir(directory.path().join("data")).unwrap().count(), 1);
}

/// The name, size and content length of everything below a directory.
fn contents(directory: &Path) -> Vec<(std::path::PathBuf, u64)> {
    let mut found = Vec::new();
    let mut left = vec![directory.to_owned()];
    while let Some(folder) = left.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let metadata = entry.metadata().unwrap();
            if metadata.is_dir() {
                left.push(entry.path());
            } else if entry.file_name() != "lock" {
                found.push((entry.path(), metadata.len()));
            }
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn nothing_is_deleted_unless_the_platform_can_start() {
    let directory = tempfile::tempdir().unwrap();
    let running = Running::start(directory.path(), &[]).await;
    let port = running.url.rsplit(':').next().unwrap().to_owned();
    running.stop().await;
    let before = contents(directory.path());
    let taken = std::net::TcpListener::bind(format!("127.0.0.1:{port}")).unwrap();
    for (variable, value) in [
        ("PORT", port.as_str()),
        ("PORT", "many"),
        ("PROVOST_ROOT_EMAIL", "nobody"),
        ("PROVOST_ROOT_PASSWORD", "hunter2"),
        ("PASSWORD_POLICY", "none"),
    ] {
        let refused = ran(with(directory.path(), &["--fresh"], &[(variable, value)]), "").await;
        assert!(
            refused.code == Some(1) && refused.err.contains(variable),
            "{variable}={value}: {refused:?}"
        );
        assert_eq!(contents(directory.path()), before, "{variable}={value}");
    }
    drop(taken);
    std::fs::write(directory.path().join("data/thesis.txt"), "years of work").unwrap();
    let refused = provost(directory.path(), &["--fresh"], "").await;
    assert!(!refused.ok && refused.err.contains("thesis.txt"), "{refused:?}");
    std::fs::remove_file(directory.path().join("data/thesis.txt")).unwrap();
    assert_eq!(contents(directory.path()), before);
}

#[tokio::test]
async fn settings_of_an_existing_root_account_are_reported_as_having_no_effect() {
    let directory = tempfile::tempdir().unwrap();
    let first = [
        ("PROVOST_ROOT_EMAIL", "first@provost.example"),
        ("PROVOST_ROOT_PASSWORD", "Harbour-Lights-26"),
    ];
    Running::begin(with(directory.path(), &[], &first)).await.stop().await;
    let running = Running::begin(with(directory.path(), &[], &first)).await;
    assert!(!running.banner.contains("no effect"), "{}", running.banner);
    running.stop().await;
    let second = [
        ("PROVOST_ROOT_EMAIL", "second@provost.example"),
        ("PROVOST_ROOT_PASSWORD", "Other-Lights-27"),
    ];
    let running = Running::begin(with(directory.path(), &[], &second)).await;
    let note = "PROVOST_ROOT_EMAIL and PROVOST_ROOT_PASSWORD have no effect, because this data folder already has the root account first@provost.example";
    assert!(running.banner.contains(note), "{}", running.banner);
    running.stop().await;
    let second_root = provost(directory.path(), &["promote", "second@provost.example"], "").await;
    assert!(
        !second_root.ok && second_root.err.contains("no user has this email address"),
        "{second_root:?}"
    );
}

#[tokio::test]
async fn a_command_in_a_wrong_folder_creates_nothing_and_names_the_folder() {
    let directory = tempfile::tempdir().unwrap();
    for arguments in [
        &["promote", "ada@example.org"][..],
        &["two-factor-off", "ada@example.org"],
        &["fraud", "rules"],
        &["seed", "--users", "1"],
    ] {
        let refused = provost(directory.path(), arguments, "").await;
        let looked = directory.path().join("data");
        assert!(
            refused.code == Some(1) && refused.err.contains(&looked.display().to_string()),
            "{arguments:?}: {refused:?}"
        );
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "{arguments:?}");
    }
}

#[tokio::test]
async fn an_invalid_command_line_ends_with_status_two() {
    let directory = tempfile::tempdir().unwrap();
    for (arguments, said) in [
        (&["promote"][..], "not provided:\n  <EMAIL>"),
        (&["two-factor-off"], "not provided:\n  <EMAIL>"),
        (&["fraud", "rules", "set"], "not provided:\n  <FILE>"),
        (&["export", "verify", "-i", "k"], "not provided:\n  <FILE>"),
        (&["export", "decrypt", "a"], "not provided:\n  --identity <KEYFILE>"),
        (&["seed", "--user", "3"], "a similar argument exists: '--users'"),
        (&["seed", "3"], "unexpected argument '3'"),
        (&["keys", "x"], "unexpected argument 'x'"),
        (&["sed"], "a similar subcommand exists: 'seed'"),
        (&["--frehs"], "a similar argument exists: '--fresh'"),
    ] {
        let refused = provost(directory.path(), arguments, "").await;
        assert!(
            refused.code == Some(2) && refused.err.contains(said) && refused.out.is_empty(),
            "{arguments:?}: {refused:?}"
        );
    }
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_hanging_request_does_not_delay_a_stop() {
    let directory = tempfile::tempdir().unwrap();
    let running = Running::start(directory.path(), &[]).await;
    let mut half =
        tokio::net::TcpStream::connect(running.url.trim_start_matches("http://")).await.unwrap();
    half.write_all(
        b"POST /api/sessions/login HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 100\r\n\r\n{",
    )
    .await
    .unwrap();
    // The connection to the platform's port is open, and no more data is sent.
    running.stop().await;
    assert_eq!(half.read(&mut [0; 16]).await.unwrap_or(0), 0);
    assert!(!directory.path().join("data/running.json").exists());
}

#[tokio::test]
async fn the_services_accept_only_the_access_key_in_the_private_file() {
    let directory = tempfile::tempdir().unwrap();
    let running = Running::start(directory.path(), &[]).await;
    let told = std::fs::read_to_string(directory.path().join("data/running.json")).unwrap();
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let settings = &told["settings"];
    for service in ["DYNAMODB", "S3", "SQS"] {
        let url = settings[format!("AWS_ENDPOINT_URL_{service}")].as_str().unwrap();
        let refused = http()
            .post(url)
            .header("x-amz-target", "DynamoDB_20120810.ListTables")
            .body("{}")
            .send()
            .await
            .unwrap();
        assert_eq!(refused.status(), 403, "{service}");
    }
    let host = http()
        .get(format!("{}/openapi.json", running.url))
        .header("host", "evil.example")
        .send()
        .await
        .unwrap();
    assert_eq!(host.status(), 403);
    running.stop().await;
}

#[tokio::test]
async fn the_api_description_and_the_keys_are_printed() {
    let directory = tempfile::tempdir().unwrap();
    let described = provost(directory.path(), &["openapi"], "").await;
    assert_eq!(described.out, provost::OPENAPI);
    let keys = provost(directory.path(), &["keys"], "").await;
    for name in ["session", "link", "receipt", "audit", "cursor"] {
        assert!(keys.out.contains(&format!("--name /provost/keys/{name} ")), "{name}");
    }
    let public: serde_json::Value =
        serde_json::from_str(keys.out.trim_end().lines().last().unwrap()).unwrap();
    assert_eq!(public["keys"].as_array().map(Vec::len), Some(4));
    let unknown = provost(directory.path(), &["sed"], "").await;
    assert!(
        unknown.code == Some(2) && unknown.err.contains("unrecognized subcommand 'sed'"),
        "{unknown:?}"
    );
}
