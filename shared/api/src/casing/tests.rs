//! Tests of both casings.

use schemars::generate::SchemaSettings;
use serde_json::json;

use super::*;

/// A person.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct PersonView {
    first_name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_login: Option<&'static str>,
    settings: BTreeMap<&'static str, Choice>,
    known_devices: Vec<DeviceView>,
    plan: PlanView,
    #[serde(flatten)]
    student: StudentView,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DeviceView {
    last_used: u64,
}

#[derive(Serialize, JsonSchema)]
struct PlanView {
    price: u64,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct StudentView {
    student_source: Option<Choice>,
}

#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Choice {
    DarkMode,
    #[serde(rename_all = "camelCase")]
    Other {
        chosen_by: &'static str,
    },
}

impl SnakeView for PersonView {
    const SCHEMA: &'static str = "Person";
    const DESCRIPTION: Option<&'static str> = Some("Somebody.");
}

fn person() -> PersonView {
    PersonView {
        first_name: "Ada",
        last_login: None,
        settings: BTreeMap::from([
            ("colorScheme", Choice::DarkMode),
            ("startPage", Choice::Other { chosen_by: "ada" }),
        ]),
        known_devices: vec![DeviceView { last_used: 7 }],
        plan: PlanView { price: 900 },
        student: StudentView { student_source: Some(Choice::DarkMode) },
    }
}

#[test]
fn fields_are_renamed_and_data_is_kept() {
    let text = serde_json::to_string(&Snake(person())).expect("JSON");
    assert_eq!(
        text,
        r#"{"first_name":"Ada","settings":{"colorScheme":"darkMode","startPage":{"other":{"chosen_by":"ada"}}},"known_devices":[{"last_used":7}],"plan":{"price":900},"student_source":"darkMode"}"#
    );
}

#[test]
fn raw_json_is_kept() {
    let raw = serde_json::value::RawValue::from_string(r#"{"aB": 1}"#.to_owned());
    let text = serde_json::to_string(&Snake(raw.expect("JSON"))).expect("JSON");
    assert_eq!(text, r#"{"aB": 1}"#);
}

#[test]
fn the_schema_names_the_same_fields() {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .for_serialize()
        .into_generator();
    let camel = generator.subschema_for::<PersonView>().to_value();
    let snake = generator.subschema_for::<Snake<PersonView>>().to_value();
    assert_eq!(camel, json!({ "$ref": "#/components/schemas/PersonView" }));
    assert_eq!(snake, json!({ "$ref": "#/components/schemas/Person" }));
    let definitions = generator.take_definitions(true);
    let person = &definitions["Person"];
    let written = serde_json::to_value(Snake(person_with_login())).expect("JSON");
    for field in written.as_object().expect("an object").keys() {
        assert!(person["properties"].get(field).is_some(), "{field} is not in {person}");
    }
    assert_eq!(person["description"], "Somebody.");
    assert_eq!(
        person["required"],
        json!(["first_name", "settings", "known_devices", "plan", "student_source"])
    );
    assert_eq!(
        person["properties"]["known_devices"]["items"]["$ref"], "#/components/schemas/DeviceViewV1",
        "a view with other fields has a twin"
    );
    assert_eq!(definitions["DeviceViewV1"]["required"], json!(["last_used"]));
    assert_eq!(definitions["DeviceView"]["required"], json!(["lastUsed"]));
    assert_eq!(
        person["properties"]["plan"]["$ref"], "#/components/schemas/PlanView",
        "a view with the same fields has none"
    );
    assert_eq!(definitions["PersonView"]["properties"]["firstName"]["type"], "string");
}

fn person_with_login() -> PersonView {
    PersonView { last_login: Some("today"), ..person() }
}
