//! The clock's function `sweeper`.

use lambda_runtime::Error;
use provost_app::App;
use provost_jobs::Deadline;
use serde_json::Value;

/// Does what has fallen due.
///
/// # Errors
/// When the store is out of reach; the next run catches up.
pub async fn handle(_app: App, _event: Value, _deadline: Deadline) -> Result<Value, Error> { Ok(Value::Null) }
