//! `GET /v1/users/field-values`: the values of a field that begin with a text, for a box that
//! completes what is typed.

use provost_directory::hidden_fields;
use provost_domain::{ApiError, Permission};
use provost_http::{
    HandlerResult, Json, QueryParameters, RawQuery, RequestContext, access::StaffGrant,
};
use provost_search::{
    Field, SuggestRequest,
    query::{ListQuery, PageStart, describe, hidden},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{
    filter_values::CountedValue,
    lookup::{Lookup, refused},
};

/// Values of fewer users may point at a person.
const FEW: u64 = 5;

/// The parameters of the route.
#[derive(Debug)]
pub struct FieldParameters;

impl QueryParameters for FieldParameters {
    fn schema() -> Value {
        let mut schema = describe::list();
        if let Some(properties) = schema["properties"].as_object_mut() {
            for name in ["sort", "explain", "cursor"] {
                properties.remove(name);
            }
            for (name, about) in [
                (
                    "field",
                    "Name of the field: `designation`, `expertise`, `city`, `state`, `country`, `continent`, `timezone`, `locale`, `gender`, `roles` or `oauth_provider`. Required.",
                ),
                (
                    "q",
                    "Beginning of a value, or of a word in it. Without it, all values are listed.",
                ),
            ] {
                properties.insert(
                    name.to_owned(),
                    serde_json::json!({"type": "string", "description": about}),
                );
            }
        }
        schema
    }
}

/// Values of a field.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FieldValues {
    /// Values of this page: those that begin with the text first, then those of most users.
    data: Vec<CountedValue>,
    /// Number of values on all pages.
    total: usize,
}

/// Lists the values of a field.
///
/// # Errors
/// `VALIDATION_FAILED` for a field whose values are not listed, or a wrong filter.
pub async fn list_user_field_values(
    ctx: RequestContext<StaffGrant>,
    query: RawQuery<FieldParameters>,
) -> HandlerResult<Json<FieldValues>> {
    let Lookup { list, query, snapshot } = Lookup::read(&ctx, &query.text, &["field", "q"]).await?;
    let field = field(&list)?;
    let held = &ctx.caller.permissions;
    if let Some(field) = hidden_fields(held).into_iter().find(|hidden| hidden.field == field) {
        return Err(hidden("field", field).into());
    }
    let page = match list.start {
        PageStart::Page(page) => page,
        PageStart::Cursor(_) => {
            return Err(ApiError::field(
                "cursor",
                "unsupported",
                "This list has no cursors. Use `page`.",
            )
            .into());
        }
    };
    let limit = usize::try_from(list.limit).unwrap_or(usize::MAX);
    let sees_all = ctx.caller.require(Permission::UserView).is_ok();
    let request = SuggestRequest {
        field,
        text: extra(&list, "q").unwrap_or_default().to_owned(),
        min_count: if sees_all { 1 } else { FEW },
        offset: limit.saturating_mul(usize::try_from(page.saturating_sub(1)).unwrap_or(usize::MAX)),
        limit,
    };
    let found = snapshot.index.suggest(&query, &request, ctx.now()).map_err(refused)?;
    let values = found.values.into_iter();
    Ok(Json::new(FieldValues {
        data: values.map(|v| CountedValue { value: v.value, count: v.count }).collect(),
        total: found.total,
    }))
}

fn extra<'a>(list: &'a ListQuery, name: &str) -> Option<&'a str> {
    list.extras.get(name).and_then(|values| values.first()).map(String::as_str)
}

fn field(list: &ListQuery) -> Result<Field, ApiError> {
    let names: Vec<&str> =
        Field::ALL.iter().filter(|field| field.uses().suggest).map(|field| field.name()).collect();
    let Some(named) = extra(list, "field") else {
        return Err(ApiError::field(
            "field",
            "required",
            "Name the field whose values are wanted.",
        )
        .with("allowed", names));
    };
    let named = if named == "oauth_provider" { "oauth_providers" } else { named };
    named.parse().ok().filter(|field: &Field| field.uses().suggest).ok_or_else(|| {
        ApiError::field(
            "field",
            "unknown_value",
            "The values of this field cannot be listed. Use one of the allowed fields.",
        )
        .with("allowed", names)
    })
}
