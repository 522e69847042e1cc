//! Routes ↔ template: every route reaches its own function, and the template has no path without a
//! route.

use std::collections::BTreeSet;

use provost_local::Api;
use provost_testkit::{World, world::infrastructure};

#[tokio::test]
async fn every_route_reaches_its_own_function() {
    let world = crate::world().await;
    let api =
        Api::new(&infrastructure(), provost::functions(&world.app)).expect("the template's routes");
    for function in provost::tables() {
        for row in &function.rows {
            let path =
                row.path
                    .split('/')
                    .map(|segment| {
                        if segment.starts_with('{') {
                            "01ARZ3NDEKTSV4RRFFQ69G5FAV"
                        } else {
                            segment
                        }
                    })
                    .collect::<Vec<_>>()
                    .join("/");
            let matched = api.route(row.method.as_str(), &path);
            let reached = matched.as_ref().map(|matched| matched.function.as_str());
            assert_eq!(
                reached,
                Some(function.function),
                "{} {} does not reach {}: add an HttpApi event to its function in template.yaml",
                row.method,
                row.path,
                function.function
            );
        }
    }
}

#[test]
fn every_path_of_the_template_has_a_route() {
    let rows: Vec<_> = provost::tables()
        .into_iter()
        .flat_map(|function| function.rows.into_iter().map(move |row| (function.function, row)))
        .collect();
    for route in &infrastructure().routes {
        // Every route for `GET` also answers `HEAD`.
        let method = if route.method.eq_ignore_ascii_case("HEAD") { "GET" } else { &route.method };
        let answered = rows.iter().any(|(function, row)| {
            let fits =
                ["ANY", "*"].contains(&method) || method.eq_ignore_ascii_case(row.method.as_str());
            *function == route.function && fits && covers(&route.path, row.path)
        });
        assert!(
            answered,
            "the template's {} {} of {} has no route: remove it from template.yaml or add the route",
            route.method, route.path, route.function
        );
    }
}

#[test]
fn a_path_of_several_functions_allows_the_methods_of_all() {
    let tables = provost::tables();
    let shape = |path: &str| {
        let variable =
            |segment: &'_ str| if segment.starts_with('{') { "{}" } else { segment }.to_owned();
        path.split('/').map(variable).collect::<Vec<_>>().join("/")
    };
    for table in &tables {
        for row in &table.rows {
            let served: BTreeSet<_> = tables
                .iter()
                .flat_map(|other| &other.rows)
                .filter(|other| shape(other.path) == shape(row.path))
                .map(|other| other.method.as_str())
                .collect();
            let allowed: BTreeSet<_> =
                table.methods(row.path).into_iter().map(provost_http::Method::as_str).collect();
            assert_eq!(
                allowed, served,
                "{} of {}: add .also_served_by(path, method) to its table for each method of another function",
                row.path, table.function
            );
        }
    }
}

/// Whether a path of the template matches a path of the table, regardless of the names of
/// variables.
fn covers(template: &str, row: &str) -> bool {
    let (mut wanted, mut given) = (template.split('/'), row.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (Some(segment), Some(_)) if segment.ends_with("+}") => return true,
            (Some(a), Some(b)) if a == b || (a.starts_with('{') && b.starts_with('{')) => {}
            (Some(a), Some(_)) if a.starts_with('{') => {}
            (None, None) => return true,
            _ => return false,
        }
    }
}

#[test]
fn every_function_of_the_template_is_a_crate_and_mounted() {
    let declared: BTreeSet<_> =
        infrastructure().functions.iter().map(|function| function.name.clone()).collect();
    let crates: BTreeSet<_> = std::fs::read_dir(crate::project().join("functions"))
        .expect("functions")
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(declared, crates, "functions/ and template.yaml name different functions");
}

#[tokio::test]
async fn the_local_stack_mounts_every_function() {
    let world = World::of(|_| Vec::new()).await;
    let mounted: BTreeSet<_> =
        provost::functions(&world.app).into_iter().map(|function| function.name).collect();
    let declared: BTreeSet<_> =
        infrastructure().functions.iter().map(|function| function.name.clone()).collect();
    assert_eq!(mounted, declared, "add the missing function to infra/cli/src/lib.rs");
}
