//! The function `insights-worker` on Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    provost_app::worker::run(fn_insights_worker::handle).await
}
