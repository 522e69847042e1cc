//! `POST /v1/users/bulk/import`: plan, execution, repetition, and password hashes.

#[path = "import/external_ids.rs"]
mod external_ids;
#[path = "import/files.rs"]
mod files;

use http::Method;
use provost_auth::password::verify;
use provost_domain::{BuiltInRole, Email, Permission, UserId};
use provost_local::Function;
use provost_testkit::{KillPoint, Reply, Someone, World};
use serde_json::{Value, json};

use super::users::functions;

pub const IMPORT: &str = "/v1/users/bulk/import";

pub async fn world() -> World {
    World::of(|app| {
        let mut all = functions(app);
        all.push(Function::http("users", fn_users::routes().router(app.clone())));
        all.push(Function::http("audit", fn_audit::routes().router(app.clone())));
        all
    })
    .await
}

/// Sends a file, as a table or as lines of JSON.
pub async fn send(by: &Someone<'_>, query: &str, file: impl AsRef<[u8]>) -> Reply {
    let file = file.as_ref();
    let media = if file.starts_with(b"{") { "application/x-ndjson" } else { "text/csv" };
    by.ask(Method::POST, &format!("{IMPORT}?{query}"), media, file.to_vec().into()).await
}

pub async fn plan(by: &Someone<'_>, file: impl AsRef<[u8]>) -> Value {
    send(by, "dry_run=true", file).await.status(200)
}

/// Plans an import and executes the plan.
pub async fn import(by: &Someone<'_>, file: impl AsRef<[u8]>) -> Value {
    let planned = plan(by, &file).await;
    assert_eq!(planned["state"], "planned");
    let id = planned["plan_id"].as_str().expect("an id");
    let done = send(by, &format!("plan_id={id}"), &file).await.status(200);
    assert_eq!(done["state"], "completed");
    done
}

/// The numbers of created, existing and refused rows.
pub fn numbers(report: &Value) -> (u64, u64, u64) {
    let number = |name: &str| report[name].as_u64().expect("a number");
    (number("created"), number("existing"), number("refused"))
}

/// Line, column and code of each problem.
pub fn problems(report: &Value) -> Vec<(u64, String, String)> {
    let text = |problem: &Value, name: &str| problem[name].as_str().unwrap_or_default().to_owned();
    let all = report["problems"].as_array().expect("problems").iter();
    all.map(|one| (one["line"].as_u64().expect("a line"), text(one, "column"), text(one, "code")))
        .collect()
}

pub async fn owner(world: &World, email: &str) -> Option<UserId> {
    let email: Email = email.parse().expect("an address");
    world.app.store().owner_of_email(&email).await.expect("the table responds")
}

const FILE: &str = "email,name,phone,is_instructor,country,expertise,date_of_birth,bio\n\
    ada@import.example,Ada L,+8801712345678,true,BD,algebra; C\\; C++,1990-05-01,'=1+1\n\
    Bela@import.example,Bela,,,,,,\n";

#[tokio::test]
async fn a_plan_creates_nobody_and_its_execution_creates_everybody() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let planned = plan(&root, FILE).await;
    assert_eq!(numbers(&planned), (2, 0, 0));
    assert_eq!(planned["encoding"], "utf-8");
    assert_eq!(owner(&world, "ada@import.example").await, None);
    let done = import(&root, FILE).await;
    assert_eq!(numbers(&done), (2, 0, 0));
    let ada = owner(&world, "ada@import.example").await.expect("she is created");
    assert_eq!(done["created_users"][0], json!({ "line": 2, "user_id": ada }));
    let shown = root.get(&format!("/v1/users/{ada}")).await.ok();
    assert_eq!(
        (&shown["name"], &shown["phone"], &shown["is_instructor"], &shown["has_password"]),
        (&json!("Ada L"), &json!("+8801712345678"), &json!(true), &json!(false))
    );
    let profile = &shown["profile"];
    assert_eq!(
        (&profile["country"], &profile["expertise"], &profile["date_of_birth"], &profile["bio"]),
        (&json!("BD"), &json!(["algebra", "C; C++"]), &json!("1990-05-01"), &json!("=1+1"))
    );
    assert!(owner(&world, "bela@import.example").await.is_some());
    let entries = root.get("/api/admin/audit/logs?action=user.imported").await.ok();
    assert_eq!(entries["data"][0]["changes"]["created"]["after"], 2);
    let entries = root.get("/api/admin/audit/logs?action=user.created").await.ok();
    assert_eq!(entries["pagination"]["total"], 2);
    world.settle().await;
}

#[tokio::test]
async fn a_file_that_is_imported_again_creates_nobody() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let first = import(&root, FILE).await;
    let again = import(&root, FILE).await;
    assert_eq!(numbers(&again), (0, 2, 0));
    assert_eq!(first["plan_id"], again["plan_id"], "the same plan can be executed again");
    for (existing, created) in again["existing_users"]
        .as_array()
        .expect("rows")
        .iter()
        .zip(first["created_users"].as_array().expect("rows"))
    {
        assert_eq!(
            (&existing["user_id"], &existing["line"]),
            (&created["user_id"], &created["line"])
        );
        assert_eq!(existing["known_by"], "email");
    }
    world.settle().await;
}

#[tokio::test]
async fn a_row_that_collides_says_with_whom() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    import(&root, FILE).await;
    let ada = owner(&world, "ada@import.example").await.expect("ada");
    let bela = owner(&world, "bela@import.example").await.expect("bela");
    let unique = root.get(&format!("/v1/users/{bela}")).await.ok()["unique_id"].clone();
    let file = format!(
        "email,name,phone,unique_id\nc@import.example,C,+8801712345678,\n\
         d@import.example,D,,{}\nada@import.example,Ada,,{}\nbela@import.example,Bela,,{}\n",
        unique.as_str().expect("an id"),
        unique.as_str().expect("an id"),
        unique.as_str().expect("an id"),
    );
    // The three rows have the same unique id, so only the first of them is looked at.
    let report = plan(&root, &file).await;
    assert_eq!(numbers(&report), (0, 0, 4));
    assert_eq!(report["problems"][0]["user_id"], json!(ada));
    assert_eq!(report["problems"][1]["user_id"], json!(bela));
    let codes: Vec<_> = problems(&report).into_iter().map(|(_, _, code)| code).collect();
    assert_eq!(codes, ["taken", "taken", "repeated_value", "repeated_value"]);
    let one = format!(
        "email,name,unique_id\nada@import.example,Ada,{}\n",
        unique.as_str().expect("an id")
    );
    assert_eq!(
        problems(&plan(&root, one).await),
        [(2, "unique_id".to_owned(), "taken".to_owned())]
    );
    // Who may not view users is not told who has a value.
    let clerk = world.staff("clerk", BuiltInRole::Staff).await;
    world
        .edit(clerk.id, |user| {
            user.grants.extend([Permission::UserCreate]);
            user.denials.extend([Permission::UserView]);
        })
        .await;
    let seen = plan(&clerk, &file).await;
    assert!(!seen.to_string().contains("usr_"), "{seen}");
    world.settle().await;
}

#[tokio::test]
async fn a_plan_that_no_longer_holds_is_refused() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let planned = plan(&root, FILE).await;
    let query = format!("plan_id={}", planned["plan_id"].as_str().expect("an id"));
    let other = FILE.replace("Bela,,", "Bella,,");
    send(&root, &query, other).await.is(409, "PLAN_DRIFTED");
    send(&root, &format!("{query}&send_welcome=true"), FILE).await.is(409, "PLAN_DRIFTED");
    let phone = json!({ "name": "X", "email": "x@import.example", "phone": "+8801712345678" });
    root.post("/v1/users", phone).await.status(201);
    send(&root, &query, FILE).await.is(409, "PLAN_DRIFTED");
    assert_eq!(owner(&world, "bela@import.example").await, None, "nobody was created");
    // The steps are not left to chance.
    let refused = send(&root, "", FILE).await.status(422);
    assert_eq!(refused["errors"][0]["field"], "plan_id");
    let refused = send(&root, &format!("dry_run=true&{query}"), FILE).await.status(422);
    assert_eq!(refused["errors"][0]["field"], "plan_id");
    world.settle().await;
}

/// The password of all hashes.
const PASSWORD: &str = "Tideline-7-Harbour";

#[tokio::test]
async fn a_hash_of_another_system_becomes_the_password() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let keycloak = json!({
        "algorithm": "pbkdf2-sha512", "iterations": 210_000, "salt": "AAECAwQFBgcICQoLDA0ODw==",
        "value": "oqcQ5AiWxWTxV4sdbSp2m5E4W7jRMupcYX871slx+nD1caPBiT5KJXgd7MBdIavLlee8OKeJGsb9pz5lLIx9cw==",
    });
    let csv = format!(
        "email,name,email_verified,password_hash\n\
         a@import.example,A,TRUE,$2y$10$abcdefghijklmnopqrstuuCy6PDARcKn6mcQzFO865XHXbeHigY6m\n\
         b@import.example,B,true,pbkdf2_sha256$260000$q3VtNf0aXw$R5JYI6HjwZxzOGO/ksh8yvbD3Xopyan4TqNQ3Say1+Y=\n\
         c@import.example,C,true,\"{}\"\n",
        keycloak.to_string().replace('"', "\"\"")
    );
    let ndjson = json!({
        "email": "d@import.example", "name": "D", "email_verified": true, "password_hash": keycloak
    });
    let done = import(&root, csv).await;
    assert_eq!(
        (numbers(&done), done["without_password"].as_array().map(Vec::len)),
        ((3, 0, 0), Some(0))
    );
    import(&root, ndjson.to_string()).await;
    for email in ["a@import.example", "b@import.example", "c@import.example", "d@import.example"] {
        let user = owner(&world, email).await.expect("the user");
        let stored =
            world.app.store().credential(user).await.expect("readable").expect("a password");
        assert!(verify(PASSWORD, Some(&stored.password_hash)), "{email}");
        assert!(!verify("Tideline-8-Harbour", Some(&stored.password_hash)), "{email}");
        assert!(!stored.must_reset);
        let shown = root.get(&format!("/v1/users/{user}")).await.ok();
        assert_eq!((&shown["has_password"], &shown["status"]), (&json!(true), &json!("active")));
    }
    world.settle().await;
}

#[tokio::test]
async fn a_hash_that_cannot_be_verified_leaves_the_user_without_a_password() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let file = "email,name,password_hash\n\
        a@import.example,A,$2x$10$abcdefghijklmnopqrstuuCy6PDARcKn6mcQzFO865XHXbeHigY6m\n\
        b@import.example,B,5f4dcc3b5aa765d61d8327deb882cf99\n\
        c@import.example,C,\n";
    let done = import(&root, file).await;
    assert_eq!(numbers(&done), (3, 0, 0));
    let rows = done["without_password"].as_array().expect("rows");
    let rows: Vec<_> = rows.iter().map(|row| (&row["line"], &row["code"])).collect();
    let (unusable, none) = (json!("unusable_hash"), json!("no_hash"));
    assert_eq!(rows, [(&json!(2), &unusable), (&json!(3), &unusable), (&json!(4), &none)]);
    for email in ["a@import.example", "b@import.example", "c@import.example"] {
        let user = owner(&world, email).await.expect("the user");
        assert!(world.app.store().credential(user).await.expect("readable").is_none(), "{email}");
    }
    world.settle().await;
}

#[tokio::test]
async fn a_hash_that_takes_too_long_is_refused_in_the_plan() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let firebase = json!({
        "algorithm": "firebase-scrypt", "hash": "AAAAAAAAAAAAAAAAAAAAAA==", "salt": "AA==",
        "salt_separator": "Bw==", "rounds": 8, "mem_cost": 24, "signer_key": "AAAAAAAAAAAAAAAAAAAAAA==",
    });
    let rows = [
        json!("$2b$31$abcdefghijklmnopqrstuuCy6PDARcKn6mcQzFO865XHXbeHigY6m"),
        json!("pbkdf2_sha256$4000000000$salt$R5JYI6HjwZxzOGO/ksh8yvbD3Xopyan4TqNQ3Say1+Y="),
        firebase,
    ];
    let rows = rows.iter().enumerate().map(|(at, hash)| {
        json!({ "email": format!("u{at}@import.example"), "name": "U", "password_hash": hash })
            .to_string()
    });
    let file = rows.collect::<Vec<_>>().join("\n");
    let report = import(&root, file).await;
    assert_eq!(numbers(&report), (0, 0, 3));
    for (line, (at, column, code)) in (1..).zip(problems(&report)) {
        assert_eq!(
            (at, column.as_str(), code.as_str()),
            (line, "password_hash", "hash_too_costly")
        );
    }
    assert_eq!(owner(&world, "u0@import.example").await, None);
    world.settle().await;
}

/// Imports a file of some rows once for each point at which the import is killed, and repeats it.
async fn sweep(rows: &[&str], points: fn(usize) -> Vec<KillPoint>) {
    let file = |number: usize| {
        let row = |name: &&str| format!("{name}{number}@import.example,{name},{name}{number}\n");
        format!("email,name,username\n{}", rows.iter().map(row).collect::<String>())
    };
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let planned = plan(&root, file(0)).await;
    let id = planned["plan_id"].as_str().expect("an id").to_owned();
    world.interceptor.reset();
    send(&root, &format!("plan_id={id}"), file(0)).await.status(200);
    let calls = world.interceptor.calls();
    assert!(calls > 5, "{:?}", world.interceptor.log());
    let points: Vec<KillPoint> = (1..=calls).flat_map(points).collect();
    for (number, point) in (1..).zip(points.iter().copied()) {
        let planned = plan(&root, file(number)).await;
        let query = format!("plan_id={}", planned["plan_id"].as_str().expect("an id"));
        world.interceptor.kill_at(point);
        let run = send(&root, &query, file(number));
        let survived = world.interceptor.until_killed(run).await;
        world.interceptor.reset();
        assert!(survived.is_none(), "{point:?} was reached");
        let done = send(&root, &query, file(number)).await.status(200);
        let (created, existing, refused) = numbers(&done);
        assert_eq!((created + existing, refused), (rows.len() as u64, 0), "{point:?}");
        for name in rows {
            let email = format!("{name}{number}@import.example");
            assert!(owner(&world, &email).await.is_some(), "{point:?} {email}");
        }
    }
    world.settle().await;
    let entries = root.get("/api/admin/audit/logs?action=user.created").await.ok();
    let users = rows.len() * (1 + points.len());
    assert_eq!(entries["pagination"]["total"], users, "each user was created once");
}

#[tokio::test]
async fn an_import_killed_at_any_call_is_completed_by_repeating_it() {
    sweep(&["ada"], |call| vec![KillPoint::Before(call), KillPoint::After(call)]).await;
}

#[tokio::test]
async fn an_import_killed_among_concurrent_calls_is_completed_by_repeating_it() {
    // Calls of other rows are on their way when one ends, so only beginnings have a number.
    sweep(&["ada", "bela", "cleo"], |call| vec![KillPoint::Before(call)]).await;
}

#[tokio::test]
async fn only_who_may_create_users_imports_them() {
    let world = world().await;
    let clerk = world.staff("clerk", BuiltInRole::Staff).await;
    let ada = world.person("ada").await;
    send(&world.anyone(), "dry_run=true", FILE).await.is(401, "UNAUTHENTICATED");
    send(&ada, "dry_run=true", FILE).await.is(403, "ADMIN_REQUIRED");
    send(&clerk, "dry_run=true", FILE).await.is(403, "PERMISSION_DENIED");
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let path = format!("{IMPORT}?dry_run=true");
    root.post(&path, json!({})).await.is(415, "UNSUPPORTED_MEDIA");
    let large = vec![b'x'; (1 << 20) + 1];
    let refused = root.ask(Method::POST, &path, "text/csv", large.into()).await;
    let refused = refused.is(413, "TOO_LARGE");
    assert!(refused["detail"].as_str().expect("a text").contains("`provost import FILE`"));
    let rows: String = (0..1_001).map(|at| format!("u{at}@import.example,U\n")).collect();
    let refused = send(&root, "dry_run=true", format!("email,name\n{rows}")).await.status(422);
    assert_eq!(refused["errors"][0]["code"], "too_many_rows");
    let message = refused["errors"][0]["message"].as_str().expect("a text");
    assert!(message.contains("`provost import FILE`"), "{message}");
}
