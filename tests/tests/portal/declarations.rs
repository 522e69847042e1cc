//! What the portal declares agrees with the API: routes, permissions, fields.

use std::path::Path;

use fn_portal::{
    model::{Field, FilterKind, Header, Input, Kind, Link},
    staff,
};
use provost_http::routes::Route;
use serde_json::Value;

/// What a permission of the portal may be for a route that needs none: the route serves the owner,
/// and staff with this permission.
const OWN_OR_STAFF: [&str; 2] = ["org.", "session."];

fn document() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi.json");
    serde_json::from_slice(&std::fs::read(path).expect("openapi.json")).expect("JSON")
}

/// Whether a path of the portal, whose variables may have other names, is this one of the API.
fn is_same(ours: &str, theirs: &str) -> bool {
    let ours = ours.split('?').next().unwrap_or_default();
    let segment =
        |segment: &str| if segment.starts_with('{') { "{}".to_owned() } else { segment.to_owned() };
    ours.split('/').map(segment).eq(theirs.split('/').map(segment))
}

/// The operation and the route behind a declaration.
fn operation<'a>(
    document: &'a Value,
    routes: &'a [Route],
    method: &str,
    api: &str,
) -> (&'a Value, &'a Route) {
    let route = routes
        .iter()
        .filter(|route| route.method.as_str() == method && is_same(api, route.path))
        .min_by_key(|route| route.path.matches('{').count())
        .unwrap_or_else(|| panic!("{method} {api} is no route"));
    let operation = &document["paths"][route.path][method.to_lowercase()];
    assert!(operation.is_object(), "{method} {} is not described", route.path);
    (operation, route)
}

/// What is wrong with the declarations, all of it at once.
#[derive(Default)]
struct Wrong(Vec<String>);

impl Wrong {
    fn unless(&mut self, right: bool, problem: String) {
        if !right && !self.0.contains(&problem) {
            self.0.push(problem);
        }
    }
}

impl Drop for Wrong {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.0.is_empty(), "{}", self.0.join("\n"));
        }
    }
}

fn routes() -> Vec<Route> {
    provost::tables().into_iter().flat_map(|table| table.rows).filter(|row| row.in_api).collect()
}

fn check_permission(wrong: &mut Wrong, page: &str, declared: &str, route: &Route) {
    let needed = route.permission.map(|permission| permission.as_str()).unwrap_or_default();
    let is_own =
        OWN_OR_STAFF.iter().any(|prefix| declared.starts_with(prefix)) && needed.is_empty();
    wrong.unless(
        declared == needed || is_own || (declared.is_empty() && page.starts_with("/account")),
        format!("{page} declares the permission {declared:?}, its route needs {needed:?}"),
    );
}

/// The schema of the successful response, without references.
fn answer_schema(document: &Value, operation: &Value) -> Value {
    let responses = operation["responses"].as_object().expect("responses");
    let response =
        responses.iter().find(|(status, _)| status.starts_with('2')).expect("a success").1;
    resolved(document, &response["content"]["application/json"]["schema"], 0)
}

fn body_schema(document: &Value, operation: &Value, media: &str) -> Value {
    resolved(document, &operation["requestBody"]["content"][media]["schema"], 0)
}

/// The schema with its references replaced. Deep ones stay: no page shows what is so deep.
fn resolved(document: &Value, schema: &Value, depth: usize) -> Value {
    if depth > 14 {
        return schema.clone();
    }
    match schema {
        Value::Object(members) => {
            if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                let target = document.pointer(reference.trim_start_matches('#')).expect("a schema");
                return resolved(document, target, depth + 1);
            }
            members
                .iter()
                .map(|(name, value)| (name.clone(), resolved(document, value, depth + 1)))
                .collect()
        }
        Value::Array(items) => {
            items.iter().map(|item| resolved(document, item, depth + 1)).collect()
        }
        other => other.clone(),
    }
}

/// The schemas that a path of names leads to.
fn below<'a>(schema: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut places = vec![schema];
    for name in path.split('.') {
        places = places.into_iter().flat_map(|place| step(place, name)).collect();
    }
    places
}

fn step<'a>(schema: &'a Value, name: &str) -> Vec<&'a Value> {
    let mut found = Vec::new();
    for choice in ["anyOf", "oneOf", "allOf"] {
        for option in schema[choice].as_array().into_iter().flatten() {
            found.extend(step(option, name));
        }
    }
    if name.parse::<usize>().is_ok() && schema["items"].is_object() {
        found.push(&schema["items"]);
    }
    if schema["properties"][name].is_object() || schema["properties"][name] == true {
        found.push(&schema["properties"][name]);
    } else if schema["additionalProperties"].is_object() || schema["additionalProperties"] == true {
        found.push(&schema["additionalProperties"]);
    }
    found
}

fn check_fields(wrong: &mut Wrong, page: &str, schema: &Value, fields: &[Field]) {
    for field in fields {
        wrong.unless(
            !below(schema, field.at).is_empty(),
            format!("{page} shows {:?}, which its route does not return", field.at),
        );
    }
}

fn check_links(wrong: &mut Wrong, page: &str, schema: &Value, links: &[Link]) {
    for link in links {
        if let Some((path, values)) = link.when {
            let places = below(schema, path);
            wrong.unless(
                !places.is_empty(),
                format!("{page} looks at {path:?}, which its route does not return"),
            );
            let allowed: Vec<&str> = places.iter().flat_map(|place| self::values(place)).collect();
            let unknown: Vec<_> = values
                .iter()
                .filter(|value| !["+", "-"].contains(value) && !allowed.contains(value))
                .collect();
            wrong.unless(
                allowed.is_empty() || unknown.is_empty(),
                format!("{page} looks for {unknown:?} in {path}, which can be {allowed:?}"),
            );
        }
        let target = link.page.split('?').next().unwrap_or_default();
        let known = staff::pages().iter().any(|known| is_same(target, known.path));
        wrong.unless(
            known || target == "/v1/users/bulk/export",
            format!("{page} links to {target}, which is no page"),
        );
        if let Some(action) = staff::actions().find(|action| is_same(target, action.path)) {
            wrong.unless(
                link.permission == action.permission,
                format!("{page} links to {target} with another permission"),
            );
        }
    }
}

fn check_header(wrong: &mut Wrong, document: &Value, routes: &[Route], header: &Header) {
    let (operation, _) = operation(document, routes, "GET", header.api);
    let schema = answer_schema(document, operation);
    check_fields(wrong, header.kind, &schema, header.facts);
    check_links(wrong, header.kind, &schema, header.actions);
    for tab in header.tabs {
        let known = staff::pages().iter().any(|known| is_same(tab.page, known.path));
        wrong.unless(known, format!("the tab {} links to no page", tab.page));
    }
}

#[test]
fn lists_show_what_their_routes_return_and_filter_by_their_parameters() {
    let wrong = &mut Wrong::default();
    let (document, routes) = (document(), routes());
    for list in staff::lists().chain([&staff::users::USERS]) {
        let (operation, route) = operation(&document, &routes, "GET", list.api);
        check_permission(wrong, list.path, list.permission, route);
        let schema = answer_schema(&document, operation);
        let row = below(&schema, "data.0")
            .into_iter()
            .next()
            .unwrap_or_else(|| panic!("{} is no list", list.api));
        check_fields(wrong, list.path, row, list.columns);
        check_links(wrong, list.path, row, list.row_actions);
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        for filter in list.filters {
            let parameter = parameters.iter().find(|parameter| parameter["name"] == filter.name);
            wrong.unless(parameter.is_some(), format!("{} filters by {}", list.path, filter.name));
            let schema = parameter.map(|parameter| resolved(&document, &parameter["schema"], 0));
            let allowed = schema.as_ref().map(values).unwrap_or_default();
            if let FilterKind::Choice(choices) = filter.kind
                && !allowed.is_empty()
            {
                let unknown: Vec<_> =
                    choices.iter().filter(|choice| !allowed.contains(choice)).collect();
                wrong.unless(
                    unknown.is_empty(),
                    format!(
                        "{} offers {unknown:?} for {}, allowed are {allowed:?}",
                        list.path, filter.name
                    ),
                );
            }
        }
        if let Some(header) = list.header {
            check_header(wrong, &document, &routes, header);
        }
    }
}

#[test]
fn pages_about_one_resource_show_what_their_routes_return() {
    let wrong = &mut Wrong::default();
    let (document, routes) = (document(), routes());
    for detail in staff::details() {
        let (operation, route) = operation(&document, &routes, "GET", detail.api);
        check_permission(wrong, detail.path, detail.permission, route);
        let schema = answer_schema(&document, operation);
        for section in detail.sections {
            check_fields(wrong, detail.path, &schema, section.fields);
        }
        check_links(wrong, detail.path, &schema, detail.actions);
        if let Some(header) = detail.header {
            check_header(wrong, &document, &routes, header);
        }
    }
}

#[test]
fn actions_send_what_their_routes_take() {
    let wrong = &mut Wrong::default();
    let (document, routes) = (document(), routes());
    for action in staff::actions() {
        let (operation, route) = operation(&document, &routes, action.method, action.api);
        check_permission(wrong, action.path, action.permission, route);
        let media = if action.file.is_some() { "multipart/form-data" } else { "application/json" };
        let schema = body_schema(&document, operation, media);
        for input in action.body_inputs() {
            check_input(wrong, action.path, &schema, input);
        }
        check_fields(wrong, action.path, &answer_schema(&document, operation), action.shown_once);
        let sent: Vec<_> = action.inputs.iter().map(|input| input.name).collect();
        for required in
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str)
        {
            wrong.unless(
                sent.contains(&required) || action.api.contains(&format!("{{{required}}}")),
                format!("{} does not send {required}", action.path),
            );
        }
    }
}

fn check_input(wrong: &mut Wrong, page: &str, schema: &Value, input: &Input) {
    let places = below(schema, input.name);
    wrong.unless(
        !places.is_empty(),
        format!("{page} sends {}, which its route does not take", input.name),
    );
    let allowed: Vec<&str> = places.iter().flat_map(|place| values(place)).collect();
    if let Kind::Choice(choices) = input.kind
        && !allowed.is_empty()
    {
        for (value, _) in choices {
            wrong.unless(
                allowed.contains(value),
                format!("{page} offers {value} for {}, allowed are {allowed:?}", input.name),
            );
        }
    }
}

/// The values of an enumeration, wherever in the schema they are.
fn values(schema: &Value) -> Vec<&str> {
    let mut found: Vec<&str> =
        schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    found.extend(schema["const"].as_str());
    for choice in ["anyOf", "oneOf", "allOf"] {
        found.extend(schema[choice].as_array().into_iter().flatten().flat_map(values));
    }
    found
}

/// Pages with a form of their own read and send what their routes have.
#[test]
fn pages_that_are_no_declarations_use_what_their_routes_have() {
    use fn_portal::staff::{account, users::import};
    let wrong = &mut Wrong::default();
    let (document, routes) = (document(), routes());
    let (of_import, _) = operation(&document, &routes, "POST", import::ROUTE);
    let parameters = of_import["parameters"].as_array().expect("parameters");
    for input in import::OPTIONS {
        let parameter = parameters.iter().find(|parameter| parameter["name"] == input.name);
        let schema = parameter.map(|parameter| resolved(&document, &parameter["schema"], 0));
        wrong.unless(schema.is_some(), format!("{} is no parameter", input.name));
        let schema = schema.unwrap_or_default();
        if let Kind::Choice(choices) = input.kind {
            let choices: Vec<_> = choices.iter().map(|(value, _)| *value).collect();
            wrong.unless(values(&schema) == choices, format!("{} is {schema}", input.name));
        }
    }
    for (api, fields) in [
        (account::billing::PRODUCTS, account::billing::OF_PRODUCT),
        (account::billing::SUBSCRIPTIONS, account::billing::OF_SUBSCRIPTION),
    ] {
        let (operation, _) = operation(&document, &routes, "GET", api);
        let answer = answer_schema(&document, operation);
        for row in below(&answer, "data.0") {
            check_fields(wrong, api, row, fields);
        }
        wrong.unless(!below(&answer, "data.0").is_empty(), format!("{api} is no list"));
    }
    let (of_file, _) = operation(&document, &routes, "POST", account::files::ROUTE);
    let body = body_schema(&document, of_file, "application/json");
    for name in account::files::SENT {
        wrong.unless(!below(&body, name).is_empty(), format!("{name} is no field of a file"));
    }
}

#[test]
fn short_names_of_actions_are_unique() {
    let mut names = std::collections::BTreeMap::new();
    for action in staff::actions().filter(|action| !action.done.is_empty()) {
        let name = staff::name_of(action);
        let other = names.insert(name.clone(), action.done);
        assert!(other.is_none_or(|other| other == action.done), "{name} names two actions");
    }
}

#[test]
fn the_portal_knows_which_function_serves_a_route() {
    let mut lines: Vec<_> = provost::tables()
        .into_iter()
        .flat_map(|table| {
            let function = table.function;
            table
                .rows
                .into_iter()
                .filter(|row| row.in_api)
                .map(move |row| (row.path, row.method, function))
        })
        .map(|(path, method, function)| format!("{method} {path} {function}\n"))
        .collect();
    lines.sort_by_key(|line| line.split(' ').nth(1).map(str::to_owned));
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions/portal/src/client/routes.txt");
    let generated = lines.concat();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &generated).expect("the file is written");
    }
    let known = std::fs::read_to_string(&path).expect("the file is there");
    assert_eq!(known, generated, "run: BLESS=1 cargo test --workspace --test portal");
}

/// A browser may fill in a password that it knows. It is sent only where one has to be entered.
#[test]
fn no_form_that_shows_stored_values_has_an_input_for_a_secret() {
    let wrong = &mut Wrong::default();
    for action in staff::actions() {
        for input in action.inputs {
            let is_secret = ["password", "secret", "token", "apikey"]
                .iter()
                .any(|word| input.name.to_lowercase().contains(word));
            let is_password = matches!(input.kind, Kind::Password);
            wrong.unless(
                is_password || !is_secret,
                format!("{} shows {:?} while it is entered", action.path, input.name),
            );
            wrong.unless(
                !is_password || action.current.is_none(),
                format!("{} would send {:?} along with an edit", action.path, input.name),
            );
        }
    }
}
