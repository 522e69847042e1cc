//! Reads the functions and their triggers from the template: requests, queues, streams, schedules.

use super::resources::{list, text};
use super::{
    Declared, Infrastructure, Kind, QueueSource, Route, Schedule, StreamSource, Timetable, kebab,
};
use crate::template::{Resource, Stack};
use crate::{Error, Pattern, Result};
use serde_json::Value;

/// Default time limit of Lambda, in seconds.
const DEFAULT_TIMEOUT: u64 = 3;
/// Maximum number of messages per receive.
const MAX_RECEIVE: u64 = 10;

pub(super) fn functions(resources: &[Resource], stack: &Stack) -> Result<Vec<Declared>> {
    let declared = resources.iter().filter(|resource| resource.kind == "AWS::Serverless::Function");
    let mut functions = Vec::new();
    for resource in declared {
        let properties = resource.properties.clone();
        let limit = stack
            .number(&properties["Timeout"])
            .or_else(|| stack.number(&stack.globals()["Timeout"]));
        let name = match text(&properties, "CodeUri") {
            Some(uri) => {
                uri.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned()
            }
            None => kebab(&resource.id),
        };
        if let Some(other) = functions.iter().find(|other: &&Declared| other.name == name) {
            return Err(Error::Template(format!(
                "{} and {} are both built from {name}",
                other.id, resource.id
            )));
        }
        functions.push(Declared {
            id: resource.id.clone(),
            name,
            timeout: limit.unwrap_or(DEFAULT_TIMEOUT),
            properties,
        });
    }
    Ok(functions)
}

/// Resolves all references from functions to other resources.
pub(super) fn connect(all: &mut Infrastructure, stack: &Stack) -> Result<()> {
    variables(all, &stack.globals()["Environment"]["Variables"], stack);
    for function in all.functions.clone() {
        variables(all, &function.properties["Environment"]["Variables"], stack);
        for (name, event) in function.properties["Events"].as_object().into_iter().flatten() {
            let properties = &event["Properties"];
            match event["Type"].as_str().unwrap_or_default() {
                "HttpApi" => all.routes.push(route(&function, properties)),
                "SQS" => queue_source(all, &function, properties, stack)?,
                "DynamoDB" => stream_source(all, &function, properties, stack)?,
                "Schedule" => schedule(all, &function, name, properties, stack, false)?,
                "ScheduleV2" => schedule(all, &function, name, properties, stack, true)?,
                other => {
                    let message = format!(
                        "{} is woken by {other:?}, which this stack doesn't run",
                        function.id
                    );
                    return Err(Error::Template(message));
                }
            }
        }
    }
    Ok(())
}

fn variables(all: &mut Infrastructure, declared: &Value, stack: &Stack) {
    for (name, value) in declared.as_object().into_iter().flatten() {
        let reference = stack.target(value).and_then(|target| all.reference(&target));
        if let Some(reference) = reference {
            all.variables.insert(name.clone(), reference);
        }
    }
}

fn route(function: &Declared, properties: &Value) -> Route {
    Route {
        method: text(properties, "Method").unwrap_or_else(|| "ANY".to_owned()).to_ascii_uppercase(),
        path: text(properties, "Path").unwrap_or_else(|| "$default".to_owned()),
        function: function.name.clone(),
    }
}

fn source(
    all: &Infrastructure,
    function: &Declared,
    value: &Value,
    kind: Kind,
    stack: &Stack,
) -> Result<String> {
    let found = stack.target(value).and_then(|target| all.reference(&target));
    match found {
        Some(reference) if reference.kind == kind => Ok(reference.name),
        _ => Err(Error::Template(format!(
            "{} is woken by a {kind:?} that isn't declared: {value}",
            function.id
        ))),
    }
}

fn queue_source(
    all: &mut Infrastructure,
    function: &Declared,
    properties: &Value,
    stack: &Stack,
) -> Result<()> {
    let queue = source(all, function, &properties["Queue"], Kind::Queue, stack)?;
    let batch_size =
        stack.number(&properties["BatchSize"]).unwrap_or(MAX_RECEIVE).clamp(1, MAX_RECEIVE);
    all.queue_sources.push(QueueSource {
        queue,
        function: function.name.clone(),
        batch_size: usize::try_from(batch_size).unwrap_or(1),
        reports_failures: reports_failures(properties),
    });
    Ok(())
}

fn stream_source(
    all: &mut Infrastructure,
    function: &Declared,
    properties: &Value,
    stack: &Stack,
) -> Result<()> {
    let table = source(all, function, &properties["Stream"], Kind::Table, stack)?;
    if !all.tables.iter().any(|declared| declared.name == table && declared.stream.is_some()) {
        return Err(Error::Template(format!(
            "{} is woken by the stream of {table}, which has none",
            function.id
        )));
    }
    let mut filters = Vec::new();
    for filter in list(&properties["FilterCriteria"]["Filters"]) {
        let pattern = stack.text(&filter["Pattern"]).ok_or_else(|| {
            Error::Template(format!("a filter of {} has no Pattern", function.id))
        })?;
        filters.push(Pattern::parse(&pattern)?);
    }
    all.stream_sources.push(StreamSource {
        table,
        function: function.name.clone(),
        batch_size: usize::try_from(
            stack.number(&properties["BatchSize"]).unwrap_or(100).clamp(1, 1000),
        )
        .unwrap_or(1),
        filters,
        reports_failures: reports_failures(properties),
        retries: stack.number(&properties["MaximumRetryAttempts"]),
    });
    Ok(())
}

fn reports_failures(properties: &Value) -> bool {
    list(&properties["FunctionResponseTypes"]).any(|kind| kind == "ReportBatchItemFailures")
}

fn schedule(
    all: &mut Infrastructure,
    function: &Declared,
    name: &str,
    properties: &Value,
    stack: &Stack,
    scheduler: bool,
) -> Result<()> {
    let expression = stack
        .text(&properties[if scheduler { "ScheduleExpression" } else { "Schedule" }])
        .ok_or_else(|| {
            Error::Template(format!("the schedule {name} of {} doesn't say when", function.id))
        })?;
    let zone = stack.text(&properties["ScheduleExpressionTimezone"]);
    let input = match stack.text(&properties["Input"]) {
        Some(text) => Some(serde_json::from_str(&text).map_err(|cause| {
            Error::Template(format!(
                "the input of the schedule {name} of {} is not JSON: {cause}",
                function.id
            ))
        })?),
        None => None,
    };
    all.schedules.push(Schedule {
        name: name.to_owned(),
        function: function.name.clone(),
        timetable: Timetable::parse(&expression, zone.as_deref())?,
        input,
        scheduler,
    });
    Ok(())
}
