//! The function `scheduler` on Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    provost_app::worker::run(fn_scheduler::handle).await
}
