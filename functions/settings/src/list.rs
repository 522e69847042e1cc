//! `GET /api/admin/settings`: list all settings.

use provost_domain::setting::SettingName;
use provost_http::{HandlerResult, Json, RequestContext, StaffGrant};
use schemars::JsonSchema;
use serde::Serialize;

use crate::views::SettingView;

/// All settings. The list is complete, so it has no pages.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SettingsView {
    /// The settings.
    data: Vec<SettingView>,
}

pub async fn list_settings(ctx: RequestContext<StaffGrant>) -> HandlerResult<Json<SettingsView>> {
    let settings = ctx.app.store().settings().await?;
    let data = SettingName::ALL.map(|name| SettingView::of(&settings, name)).into();
    Ok(Json::new(SettingsView { data }))
}
