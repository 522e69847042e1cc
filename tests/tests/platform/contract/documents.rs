//! Routes ↔ API description ↔ permission matrix ↔ README.

use std::{collections::BTreeSet, fmt::Write};

use provost_domain::BuiltInRole;
use provost_http::examples::Examples;
use serde_json::Value;

use crate::{artefact, examples, project};

fn document(examples: &Examples) -> Value {
    provost_http::openapi::document(&crate::api_tables(), provost::TAGS, examples)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_openapi_document_matches_the_routes_and_the_examples() {
    let document = serde_json::to_string_pretty(&document(&examples::current().await));
    artefact::compare("openapi.json", &(document.expect("a document") + "\n"));
}

/// The parts of an operation that need an example and have none.
fn without_example(operation: &Value) -> Vec<String> {
    let mut parts = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        if parameter["in"] == "path" && parameter.get("example").is_none() {
            parts.push(format!("the parameter {}", parameter["name"]));
        }
    }
    let shown = |content: Option<&Value>| {
        let media = content.and_then(Value::as_object).into_iter().flatten();
        media.fold(None, |shown, (_, media)| {
            Some(shown.unwrap_or_default() || media.get("example").is_some())
        })
    };
    if shown(operation.pointer("/requestBody/content")) == Some(false) {
        parts.push("the body".to_owned());
    }
    let responses = operation["responses"].as_object().into_iter().flatten();
    let success = responses.filter(|(status, _)| status.starts_with(['2', '3']));
    let shown: Vec<_> = success.map(|(_, response)| shown(response.get("content"))).collect();
    // An alternative without a body may be the one that the example gets.
    if !shown.is_empty() && shown.iter().all(|shown| *shown == Some(false)) {
        parts.push("the answer".to_owned());
    }
    parts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_shows_its_parameters_body_and_answer() {
    let document = document(&examples::current().await);
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            let file = Examples::file(operation["tags"][0].as_str().unwrap_or_default());
            let missing = without_example(operation);
            assert!(
                missing.is_empty(),
                "{method} {path}: {file} lacks {} of {}",
                missing.join(" and "),
                operation["operationId"]
            );
        }
    }
}

#[test]
fn every_function_has_a_tag_with_a_description() {
    let functions: BTreeSet<_> =
        crate::api_tables().iter().map(|function| function.function).collect();
    let tags: BTreeSet<_> = provost::TAGS.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        tags, functions,
        "describe each HTTP function once in `TAGS` of infra/cli/src/lib.rs"
    );
    assert_eq!(tags.len(), provost::TAGS.len(), "a tag is listed twice");
    for (name, text) in provost::TAGS {
        assert!(text.ends_with('.') && text.len() > 30, "{name} needs a sentence");
    }
}

/// The words of a name or a text, without articles.
fn words(text: &str) -> String {
    let mut words = String::new();
    for letter in text.chars() {
        if letter.is_uppercase() || !letter.is_alphanumeric() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase().filter(|letter| letter.is_alphanumeric()));
    }
    let words = words.split_whitespace().filter(|word| !["a", "an", "the"].contains(word));
    words.collect::<Vec<_>>().concat()
}

/// The descriptions below a value that only repeat a name or a summary.
fn repetitions(value: &Value, name: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            let text = |member: &str| members.get(member).and_then(Value::as_str);
            if let Some(description) = text("description") {
                let names = [Some(name), text("name"), text("summary"), text("operationId")];
                if names.into_iter().flatten().any(|name| words(name) == words(description)) {
                    found.push(format!("{}: {description}", text("name").unwrap_or(name)));
                }
            }
            for (name, member) in members.iter().filter(|(name, _)| *name != "example") {
                repetitions(member, name, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| repetitions(item, "", found)),
        _ => {}
    }
}

#[test]
fn no_description_repeats_its_name() {
    let mut found = Vec::new();
    repetitions(&document(&Examples::default()), "", &mut found);
    assert!(
        found.is_empty(),
        "say what the name does not say, such as units, limits or effects:\n{}",
        found.join("\n")
    );
    let poor = serde_json::json!({"userId": {"description": "The user id."}, "kept": {"description": "Until it ends."}});
    repetitions(&poor, "", &mut found);
    assert_eq!(found, ["userId: The user id."]);
}

#[test]
fn every_operation_has_a_unique_name_and_a_summary() {
    let mut names = BTreeSet::new();
    for function in crate::api_tables() {
        for row in function.rows {
            let name = row.operation_id();
            assert!(
                name.len() > 4 && name.chars().all(char::is_alphanumeric),
                "{row:?}: {name} is not an operation name: name the handler as a command, such as ban_user"
            );
            assert!(
                names.insert(name),
                "two operations are called {}: rename a handler of {}",
                row.operation_id(),
                function.function
            );
            assert!(
                row.about.ends_with('.') && row.about.len() > 10,
                "{row:?} needs a summary that says what it does"
            );
            let verb = row.about.split(' ').next().unwrap_or_default();
            assert!(
                !verb.ends_with('s') || verb == "Dismiss",
                "{row:?}: begin with an imperative verb, such as List or Ban, not {verb}"
            );
        }
    }
}

#[test]
fn the_permission_matrix_matches_the_routes() {
    let mut text = String::from(
        "# Who may call what: built-in roles across, routes down. Generated from the tables of routes; compared by a test.\n# yes: may; own: on their own data only; rank: and only on someone below them; staff: and only on members of staff below them; -: may not; all: anyone\n",
    );
    let _ = writeln!(
        text,
        "{:<7} {:<70} {:<10} {:<40} {:<6} {:<6} {:<6} {:<6}",
        "method", "path", "effect", "access", "user", "staff", "admin", "root"
    );
    let mut rows: Vec<_> =
        crate::api_tables().into_iter().flat_map(|function| function.rows).collect();
    rows.sort_by_key(|row| (row.path, row.method.to_string()));
    for row in rows {
        let cells = BuiltInRole::ALL.map(|role| {
            let holds =
                row.permission.is_some_and(|permission| role.permissions().contains(&permission));
            match row.access.as_str() {
                "public" => "all",
                "signed-in" | "signed-in or pending deletion" | "signed-in or impersonating" => {
                    "own"
                }
                access
                    if access.starts_with("own or")
                        || access.starts_with("member")
                        || access.starts_with("org-") =>
                {
                    if holds {
                        "yes"
                    } else {
                        "own"
                    }
                }
                access if access.ends_with("+rank") || access.ends_with("+owner-rank") => {
                    if holds {
                        "rank"
                    } else {
                        "-"
                    }
                }
                access if access.ends_with("staff-rank") => {
                    if holds {
                        "staff"
                    } else {
                        "-"
                    }
                }
                _ => {
                    if holds {
                        "yes"
                    } else {
                        "-"
                    }
                }
            }
        });
        let [user, staff, admin, root] = cells;
        let _ = writeln!(
            text,
            "{:<7} {:<70} {:<10} {:<40} {user:<6} {staff:<6} {admin:<6} {root:<6}",
            row.method.as_str(),
            row.path,
            row.effect.as_str(),
            row.access
        );
    }
    artefact::compare("tests/permissions.txt", &text);
}

#[test]
fn no_schema_name_is_numbered() {
    let document = document(&Examples::default());
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    let numbered: Vec<_> =
        schemas.keys().filter(|name| name.ends_with(|last: char| last.is_ascii_digit())).collect();
    assert!(
        numbered.is_empty() && schemas.len() > 100,
        "two types share the name before the number in {numbered:?}: give one another name with #[schemars(rename = \"…\")]"
    );
}

#[test]
fn the_route_table_links_every_handler() {
    let mut rows: Vec<_> = crate::api_tables()
        .into_iter()
        .flat_map(|function| {
            function.rows.into_iter().map(move |row| {
                (
                    row.path,
                    row.method.to_string(),
                    row.operation_id(),
                    source(function.function, row.handler()),
                )
            })
        })
        .collect();
    rows.sort();
    let mut table = String::from("\n| method | path | operation | file |\n|---|---|---|---|\n");
    for (path, method, operation, file) in rows {
        assert!(
            project().join("functions").join(&file).is_file(),
            "{method} {path}: {file} does not exist"
        );
        let _ = writeln!(table, "| {method} | `{path}` | `{operation}` | [`{file}`]({file}) |");
    }
    artefact::compare_block("functions/README.md", "routes", &(table + "\n"));
}

/// The source file of a handler, relative to `functions/`.
fn source(function: &str, handler: &str) -> String {
    let mut modules: Vec<_> = handler.split("::").skip(1).collect();
    modules.pop();
    format!(
        "{function}/src/{}.rs",
        if modules.is_empty() { "lib".to_owned() } else { modules.join("/") }
    )
}

#[test]
fn the_readme_names_every_function() {
    let readme = std::fs::read_to_string(project().join("README.md")).expect("the README");
    let names: BTreeSet<_> = std::fs::read_dir(project().join("functions"))
        .expect("functions")
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    for name in names {
        assert!(
            readme.contains(&format!("| `{name}` |")),
            "the README's table of functions lacks a row that begins with | `{name}` |"
        );
    }
}
