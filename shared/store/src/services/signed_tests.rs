use std::collections::BTreeMap;

use aws_credential_types::Credentials;

use super::*;

fn aws(region: &str, settings: &[(&str, &str)], token: Option<&str>) -> Aws {
    let settings: BTreeMap<_, _> =
        settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Aws::new(
        region.to_owned(),
        Credentials::new("AKIDEXAMPLE", "secret", token.map(str::to_owned), None, "test"),
        &settings,
        None,
    )
}

#[test]
fn an_object_is_addressed_by_the_host_of_its_bucket() {
    let request = |region, bucket| {
        Request::object(&aws(region, &[], None), "GetObject", "GET", bucket, "users/1/a b+ü.png")
    };
    assert_eq!(request("eu-north-1", "files").origin, "https://files.s3.eu-north-1.amazonaws.com");
    assert_eq!(request("eu-north-1", "files").path, "/users/1/a%20b%2B%C3%BC.png");
    assert_eq!(
        request("cn-north-1", "files").origin,
        "https://files.s3.cn-north-1.amazonaws.com.cn"
    );
    assert_eq!(
        request("eu-north-1", "my.files").origin,
        "https://s3.eu-north-1.amazonaws.com",
        "a name with dots is in no certificate"
    );
    assert_eq!(request("eu-north-1", "my.files").path, "/my.files/users/1/a%20b%2B%C3%BC.png");
}

#[test]
fn a_custom_endpoint_has_the_bucket_in_the_path() {
    let aws = aws("eu-north-1", &[("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9000/")], None);
    let request = Request::object(&aws, "GetObject", "GET", "files", "a");
    assert_eq!(
        (request.origin.as_str(), request.path.as_str()),
        ("http://127.0.0.1:9000", "/files/a")
    );
}

#[test]
fn a_presigned_url_contains_its_signed_parameters() {
    let aws = aws("eu-north-1", &[], Some("session/token=="));
    let url = Request::object(&aws, "PutObject", "PUT", "files", "a")
        .header("content-type", "image/png")
        .header("content-length", "5")
        .presign(&aws, Duration::from_secs(60))
        .expect("a URL");
    for part in [
        "https://files.s3.eu-north-1.amazonaws.com/a?",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256",
        "X-Amz-Expires=60",
        "X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost",
        "X-Amz-Security-Token=session%2Ftoken%3D%3D",
        "X-Amz-Signature=",
    ] {
        assert!(url.contains(part), "{part} is missing in {url}");
    }
}

#[test]
fn the_name_of_an_error_has_no_namespace() {
    assert_eq!(code(br#"{"__type":"com.amazonaws.ssm#ParameterNotFound"}"#), "ParameterNotFound");
    assert_eq!(
        code(br#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#),
        "ThrottlingException"
    );
    assert_eq!(code(b"<Error/>"), "");
}
