//! `PUT /api/admin/settings/{name}`: replace the value of a setting.

use provost_domain::{
    ApiError,
    setting::{BrandRules, SettingName, SettingValue},
};
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffGrant, input::value_of};
use provost_operations::setting::change_setting;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::views::SettingView;

/// Request to replace the value of a setting.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateSetting {
    /// New value, complete: the schema is in the answer of `GET /api/admin/settings/{name}`.
    value: Map<String, Value>,
    /// Reason for the audit log.
    #[serde(default)]
    reason: Option<String>,
}

pub async fn update_setting(
    ctx: RequestContext<StaffGrant>,
    Body(body): Body<UpdateSetting>,
) -> HandlerResult<Json<SettingView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let name: SettingName = ctx.param("name").parse()?;
    let value = value(name, body.value)?;
    let settings = ctx.app.store().settings().await?;
    ctx.check_version(settings.version(name))?;
    let show = |value, version| Json::new(SettingView::new(value, version)).version(version);
    match change_setting(&ctx.op(reason), &settings, value.clone())? {
        Some(change) => ctx.complete(change, |version| show(in_full(value), version)).await,
        None => Ok(show(settings.value(name), settings.version(name))),
    }
}

/// Reads the value of a setting.
fn value(name: SettingName, fields: Map<String, Value>) -> Result<SettingValue, ApiError> {
    if name == SettingName::FraudRules && fields.contains_key("version") {
        return Err(ApiError::field(
            "value.version",
            "unknown",
            "This field is unknown. Remove it, and send the version as If-Match.",
        ));
    }
    let (field, fields) = ("value", Value::Object(fields));
    Ok(match name {
        SettingName::Registration => SettingValue::Registration(value_of(field, fields)?),
        SettingName::Features => SettingValue::Features(value_of(field, fields)?),
        SettingName::Passwords => SettingValue::Passwords(value_of(field, fields)?),
        SettingName::StaffSecondFactor => SettingValue::StaffSecondFactor(value_of(field, fields)?),
        SettingName::Retention => SettingValue::Retention(value_of(field, fields)?),
        SettingName::FraudRules => SettingValue::FraudRules(value_of(field, fields)?),
        SettingName::BulkApproval => SettingValue::BulkApproval(value_of(field, fields)?),
        SettingName::Brand => {
            SettingValue::Brand(value_of::<BrandRules>(field, fields)?.checked()?)
        }
    })
}

/// The value as it is shown from now on.
fn in_full(value: SettingValue) -> SettingValue {
    match value {
        SettingValue::FraudRules(rules) => SettingValue::FraudRules(rules.in_full()),
        other => other,
    }
}
