//! `/staff/api`: the API description as pages.

mod schema;

use std::{collections::BTreeMap, sync::OnceLock};

use crate::ui::texts::{say, say_around};
use maud::{Markup, html};
use serde_json::Value;

use crate::{
    model::field::{at, plain},
    ui::values,
    web::{
        answer::{PageResult, Stop, page},
        visit::{Visit, encoded},
    },
};

/// An operation of the description.
#[derive(Debug)]
struct Operation {
    id: String,
    method: String,
    path: String,
    tag: String,
    described: &'static Value,
}

/// The description and its operations, by name.
#[derive(Debug)]
struct Reference {
    document: &'static Value,
    operations: BTreeMap<String, Operation>,
}

fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| serde_json::from_str(crate::show::OPENAPI).unwrap_or_default())
}

fn reference() -> &'static Reference {
    static REFERENCE: OnceLock<Reference> = OnceLock::new();
    REFERENCE.get_or_init(|| {
        let document = document();
        let mut operations = BTreeMap::new();
        for (path, methods) in document["paths"].as_object().into_iter().flatten() {
            for (method, described) in methods.as_object().into_iter().flatten() {
                let id = plain(&described["operationId"]);
                let operation = Operation {
                    id: id.clone(),
                    method: method.to_uppercase(),
                    path: path.clone(),
                    tag: plain(&described["tags"][0]),
                    described,
                };
                operations.insert(id, operation);
            }
        }
        Reference { document, operations }
    })
}

impl Operation {
    fn summary(&self) -> String {
        plain(&self.described["summary"])
    }

    fn address(&self) -> String {
        format!("/staff/api/{}", encoded(&self.id))
    }

    fn matches(&self, words: &[String]) -> bool {
        let text = format!("{} {} {} {}", self.id, self.method, self.path, self.summary());
        let text = text.to_lowercase();
        words.iter().all(|word| text.contains(word))
    }
}

/// Lists the operations in their groups, or those that match a search.
///
/// # Errors
/// Never.
pub async fn list(visit: &Visit) -> PageResult {
    let reference = reference();
    let search = visit.query.text("q");
    let words: Vec<String> = search.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let tags = reference.document["tags"].as_array().map(Vec::as_slice).unwrap_or_default();
    let of_tag = |tag: &str| -> Vec<&Operation> {
        let all = reference.operations.values();
        all.filter(|operation| operation.tag == tag && operation.matches(&words)).collect()
    };
    let groups: Vec<_> = tags
        .iter()
        .map(|tag| (tag, of_tag(&plain(&tag["name"]))))
        .filter(|(_, operations)| !operations.is_empty())
        .collect();
    let body = html! {
        h1 { (say("API")) }
        p .about {
            (say_around("Everything that this portal does, it does by these routes. The description for programs is {}.", &[html! { a href="/openapi.json" { "openapi.json" } }]))
        }
        form .sort role="search" action="/staff/api" {
            label for="route" { (say("Find a route")) }
            input #route type="search" name="q" value=(search) autocomplete="off";
            button type="submit" { (say("Find")) }
        }
        @if groups.is_empty() { p .empty { (say("No route matches. Search for another word, such as a part of the path.")) } }
        @for (tag, operations) in groups {
            h2 { (values::words(&plain(&tag["name"]))) }
            p .about { (plain(&tag["description"])) }
            ul .routes {
                @for operation in operations {
                    li {
                        a href=(operation.address()) { code { (operation.method) " " (operation.path) } }
                        " " (operation.summary())
                    }
                }
            }
        }
    };
    page("API", body)
}

/// Shows an operation: parameters, body, answers, and a command that calls it.
///
/// # Errors
/// That there is no such operation.
pub async fn show(visit: &Visit) -> PageResult {
    let reference = reference();
    let operation = reference.operations.get(visit.param("operation")).ok_or(Stop::NotFound)?;
    let described = operation.described;
    let parameters = described["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    let content = described["requestBody"]["content"].as_object();
    let host = visit.app.public_url();
    let body = html! {
        p .crumb { a href="/staff/api" { (say("API")) } }
        h1 { (operation.summary()) }
        p { code { (operation.method) " " (operation.path) } }
        @for paragraph in plain(&described["description"]).split("\n\n") { p { (paragraph) } }
        h2 { (say("Try it")) }
        pre tabindex="0" .copyable { code { (curl(operation, host)) } }
        @if !parameters.is_empty() {
            h2 { (say("Parameters")) }
            (schema::parameters(reference.document, parameters))
        }
        @for (media, body) in content.into_iter().flatten() {
            h2 { (say("Body")) } p .about { code { (media) } }
            (schema::fields(reference.document, &body["schema"]))
            @if !body["example"].is_null() { (example(&body["example"])) }
        }
        h2 { (say("Answers")) }
        @for (status, answer) in described["responses"].as_object().into_iter().flatten() {
            @let answer = schema::resolved(reference.document, answer);
            details open[status.starts_with('2')] {
                summary { strong { (status) } " " (plain(&answer["description"])) }
                @for (media, body) in answer["content"].as_object().into_iter().flatten() {
                    p .about { code { (media) } }
                    @if status.starts_with('2') { (schema::fields(reference.document, &body["schema"])) }
                    @if !body["example"].is_null() { (example(&body["example"])) }
                }
            }
        }
    };
    page(operation.summary(), body)
}

fn example(value: &Value) -> Markup {
    let text = match value {
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    };
    html! { h3 { (say("Example")) } pre tabindex="0" { code { (text) } } }
}

/// A command that calls an operation with the values of its examples.
fn curl(operation: &Operation, host: &str) -> String {
    let mut path = operation.path.clone();
    for parameter in operation.described["parameters"].as_array().into_iter().flatten() {
        let (name, example) = (plain(&parameter["name"]), plain(at(parameter, "example")));
        if parameter["in"] == "path" && !example.is_empty() {
            path = path.replace(&format!("{{{name}}}"), &encoded(&example));
        }
    }
    let mut command = format!("curl -sS -X {} '{host}{path}'", operation.method);
    let is_public = operation.described["security"].as_array().is_none_or(Vec::is_empty);
    if !is_public {
        command.push_str(" \\\n  -H \"Authorization: Bearer $TOKEN\"");
    }
    let example = &operation.described["requestBody"]["content"]["application/json"]["example"];
    if !example.is_null() {
        let text = example.to_string().replace('\'', "'\\''");
        command.push_str(" \\\n  -H 'Content-Type: application/json' \\\n  -d '");
        command.push_str(&text);
        command.push('\'');
    }
    command
}
