//! The function `deletion-worker` on Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    provost_app::worker::run(fn_deletion_worker::handle).await
}
