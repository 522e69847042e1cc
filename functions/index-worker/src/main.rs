//! The function `index-worker` on Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    provost_app::worker::run(fn_index_worker::handle).await
}
