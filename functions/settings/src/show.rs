//! `GET /api/admin/settings/{name}`: get a setting.

use provost_domain::setting::SettingName;
use provost_http::{HandlerResult, Json, RequestContext, StaffGrant};

use crate::views::SettingView;

pub async fn get_setting(ctx: RequestContext<StaffGrant>) -> HandlerResult<Json<SettingView>> {
    let name: SettingName = ctx.param("name").parse()?;
    let setting = SettingView::of(&ctx.app.store().settings().await?, name);
    let version = setting.version();
    Ok(Json::new(setting).version(version))
}
