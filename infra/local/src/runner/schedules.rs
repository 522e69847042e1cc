//! The event of a schedule.

use crate::Schedule;
use crate::function::request_id;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

/// The template's own input, or the event that EventBridge sends without one.
pub(super) fn event(schedule: &Schedule, time: DateTime<Utc>, region: &str) -> Value {
    if let Some(input) = &schedule.input {
        return input.clone();
    }
    let time = time.to_rfc3339_opts(SecondsFormat::Secs, true);
    let name = &schedule.name;
    // Scheduler and rules differ in source and resource, and Scheduler sends its detail as text.
    let (source, resource, detail) = match schedule.scheduler {
        true => {
            let arn = format!("arn:aws:scheduler:{region}:000000000000:schedule/default/{name}");
            ("aws.scheduler", arn, json!("{}"))
        }
        false => {
            ("aws.events", format!("arn:aws:events:{region}:000000000000:rule/{name}"), json!({}))
        }
    };
    json!({
        "version": "0",
        "id": request_id(),
        "detail-type": "Scheduled Event",
        "source": source,
        "account": "000000000000",
        "time": time,
        "region": region,
        "resources": [resource],
        "detail": detail,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timetable;

    fn schedule(input: Option<Value>, scheduler: bool) -> Schedule {
        Schedule {
            name: "Due".to_owned(),
            function: "scheduler".to_owned(),
            timetable: Timetable::parse("rate(5 minutes)", None).unwrap(),
            input,
            scheduler,
        }
    }

    #[test]
    fn the_input_of_the_template_is_the_entire_event() {
        let input = json!({ "job": "due" });
        assert_eq!(event(&schedule(Some(input.clone()), true), Utc::now(), "eu-west-1"), input);
    }

    #[test]
    fn without_input_the_event_contains_the_time() {
        let time = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let told = event(&schedule(None, false), time, "eu-west-1");
        assert_eq!(told["time"], "2027-01-15T08:00:00Z");
        assert_eq!(told["source"], "aws.events");
        assert_eq!(told["detail"], json!({}));
        assert_eq!(event(&schedule(None, true), time, "eu-west-1")["detail"], "{}");
    }
}
