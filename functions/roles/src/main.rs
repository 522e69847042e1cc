//! The function `roles` on Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    provost_http::serve::serve(fn_roles::routes()).await
}
