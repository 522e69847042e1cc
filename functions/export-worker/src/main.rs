//! The function `export-worker` on Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    provost_app::worker::run(fn_export_worker::handle).await
}
