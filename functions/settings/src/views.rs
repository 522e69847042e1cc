//! Views of settings and system keys.

use std::collections::BTreeSet;

use provost_domain::{
    Permission, SystemKeyId, Timestamp,
    bulk::BulkApproval,
    fraud::RuleSet,
    setting::{
        BrandRules, Features, PasswordRules, RegistrationRules, Retention, SettingName,
        SettingValue, StaffSecondFactor,
    },
    system_key::{LiveSystemKey, Service},
};
use provost_store::settings::Settings;
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde::Serialize;
use serde_json::{Map, Value};

/// A setting.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SettingView {
    /// Name of the setting, as in its path.
    name: String,
    /// What the setting decides, and from when a change applies.
    description: String,
    /// Current value.
    value: Map<String, Value>,
    /// Default value.
    default: Map<String, Value>,
    /// JSON Schema of the value.
    schema: Map<String, Value>,
    /// Version, increased by every change. Send it as `If-Match` to change only what you have read.
    version: u64,
}

impl SettingView {
    pub fn of(settings: &Settings, name: SettingName) -> Self {
        Self::new(settings.value(name), settings.version(name))
    }

    pub fn new(value: SettingValue, version: u64) -> Self {
        let name = value.name();
        Self {
            name: name.as_str().to_owned(),
            description: name.about().to_owned(),
            value: value.fields(),
            default: SettingValue::default_of(name).fields(),
            schema: schema(name),
            version,
        }
    }

    pub const fn version(&self) -> u64 {
        self.version
    }
}

/// The schema of a value, complete in itself.
fn schema(name: SettingName) -> Map<String, Value> {
    let mut generator = SchemaGenerator::new(SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
    }));
    let schema = match name {
        SettingName::Registration => generator.root_schema_for::<RegistrationRules>(),
        SettingName::Features => generator.root_schema_for::<Features>(),
        SettingName::Passwords => generator.root_schema_for::<PasswordRules>(),
        SettingName::StaffSecondFactor => generator.root_schema_for::<StaffSecondFactor>(),
        SettingName::Retention => generator.root_schema_for::<Retention>(),
        SettingName::FraudRules => generator.root_schema_for::<RuleSet>(),
        SettingName::Brand => generator.root_schema_for::<BrandRules>(),
        SettingName::BulkApproval => generator.root_schema_for::<BulkApproval>(),
    };
    let Value::Object(mut fields) = schema.to_value() else { return Map::new() };
    // The version is that of the setting.
    if let Some(properties) = fields.get_mut("properties").and_then(Value::as_object_mut) {
        properties.remove("version");
    }
    fields
}

/// A service with its live system keys.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceView {
    /// Name of the service.
    name: String,
    /// Live keys, at most two, oldest first.
    keys: Vec<SystemKeyView>,
}

/// A live system key, without the key itself.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemKeyView {
    /// Id of the key.
    id: SystemKeyId,
    /// First characters of the key, for recognition.
    prefix: String,
    /// What the key may do.
    scopes: BTreeSet<Permission>,
    /// Time of creation.
    created_at: Timestamp,
    /// Time of the last use, exact to five minutes; null if the key was never used.
    last_used_at: Option<Timestamp>,
}

impl SystemKeyView {
    fn new(id: SystemKeyId, key: LiveSystemKey) -> Self {
        let LiveSystemKey { prefix, scopes, created_at, last_used_at, .. } = key;
        Self { id, prefix, scopes, created_at, last_used_at }
    }
}

impl From<Service> for ServiceView {
    fn from(service: Service) -> Self {
        let keys = service.keys.into_iter().map(|(id, key)| SystemKeyView::new(id, key));
        Self { name: service.name, keys: keys.collect() }
    }
}

/// A new system key.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewSystemKeyView {
    /// Id of the key.
    pub id: SystemKeyId,
    /// Name of the service.
    pub name: String,
    /// The key. It is shown only once.
    pub key: String,
    /// First characters of the key, for recognition.
    pub prefix: String,
    /// What the key may do.
    pub scopes: BTreeSet<Permission>,
    /// Time of creation.
    pub created_at: Timestamp,
}
