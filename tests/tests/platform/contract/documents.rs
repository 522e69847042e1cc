//! Routes ↔ API description ↔ permission matrix ↔ README.

use std::{collections::BTreeSet, fmt::Write};

use provost_domain::BuiltInRole;

use crate::{artefact, project};

#[test]
fn the_openapi_document_matches_the_routes() {
    let document =
        serde_json::to_string_pretty(&provost_http::openapi::document(&provost::tables()))
            .expect("a document");
    artefact::compare("openapi.json", &(document + "\n"));
}

#[test]
fn every_operation_has_a_unique_name_and_a_summary() {
    let mut names = BTreeSet::new();
    for function in provost::tables() {
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
        provost::tables().into_iter().flat_map(|function| function.rows).collect();
    rows.sort_by_key(|row| (row.path, row.method.to_string()));
    for row in rows {
        let cells = BuiltInRole::ALL.map(|role| {
            let holds =
                row.permission.is_some_and(|permission| role.permissions().contains(&permission));
            match row.access.as_str() {
                "public" => "all",
                "signed-in" | "signed-in or leaving" => "own",
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
    let document = provost_http::openapi::document(&provost::tables());
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
    let mut rows: Vec<_> = provost::tables()
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
