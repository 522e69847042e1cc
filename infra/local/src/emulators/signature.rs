//! Request signatures (AWS Signature Version 4), checked as on AWS: the key, the time, the signed
//! parts, and the body.
//!
//! The cryptography comes from `rustack-auth`; the time, the region, the service and the required
//! headers are checked here.

use crate::clients::Identity;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use http::HeaderName;
use http::request::Parts;
use rustack_auth::sigv4::{ParsedAuth, parse_authorization_header};
use rustack_auth::{StaticCredentialProvider, hash_payload, verify_sigv4};

/// Maximum difference between the time of a signature and the clock.
pub(super) const MAX_CLOCK_SKEW: TimeDelta = TimeDelta::minutes(5);

/// Checks the request signatures of one service.
#[derive(Debug)]
pub(super) struct Verifier {
    access_key: String,
    region: String,
    service: &'static str,
    credentials: StaticCredentialProvider,
}

/// Why a request is rejected, by the name of the AWS error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    pub code: &'static str,
    pub message: &'static str,
}

const MISSING: Refusal =
    Refusal { code: "MissingAuthenticationTokenException", message: "The request is not signed." };
const UNKNOWN_KEY: Refusal = Refusal {
    code: "UnrecognizedClientException",
    message: "This access key is not valid. `running.json` in the data folder holds the current one.",
};
const INCOMPLETE: Refusal = Refusal {
    code: "IncompleteSignatureException",
    message: "Sign the request with AWS4-HMAC-SHA256, and sign host, x-amz-date and every other x-amz header.",
};
const WRONG_SCOPE: Refusal = Refusal {
    code: "InvalidSignatureException",
    message: "The signature is for another day, region or service.",
};
const WRONG_TIME: Refusal = Refusal {
    code: "InvalidSignatureException",
    message: "The signature is more than five minutes old, or from the future.",
};
const WRONG: Refusal = Refusal {
    code: "InvalidSignatureException",
    message: "The signature does not match the request.",
};

impl Verifier {
    pub(super) fn new(identity: &Identity, service: &'static str) -> Self {
        Self {
            access_key: identity.access_key.clone(),
            region: identity.region.clone(),
            service,
            credentials: StaticCredentialProvider::new(vec![(
                identity.access_key.clone(),
                identity.secret_key.clone(),
            )]),
        }
    }

    /// Checks everything that does not need the body.
    pub(super) fn check_head(&self, parts: &Parts, now: DateTime<Utc>) -> Result<(), Refusal> {
        let signed = authorization(parts)?;
        if signed.access_key_id != self.access_key {
            return Err(UNKNOWN_KEY);
        }
        let at = single(parts, "x-amz-date").ok_or(INCOMPLETE)?;
        let at =
            NaiveDateTime::parse_from_str(at, "%Y%m%dT%H%M%SZ").map_err(|_| INCOMPLETE)?.and_utc();
        if signed.date != at.format("%Y%m%d").to_string()
            || signed.region != self.region
            || signed.service != self.service
        {
            return Err(WRONG_SCOPE);
        }
        if (now - at).abs() > MAX_CLOCK_SKEW {
            return Err(WRONG_TIME);
        }
        let is_signed = |name: &str| signed.signed_headers.iter().any(|signed| signed == name);
        let must_be_signed = |name: &HeaderName| name.as_str().starts_with("x-amz-");
        if !is_signed("host")
            || parts.headers.keys().any(|name| must_be_signed(name) && !is_signed(name.as_str()))
        {
            return Err(INCOMPLETE);
        }
        // If there are two values, it is unclear which one was signed.
        if signed.signed_headers.iter().any(|name| single(parts, name).is_none()) {
            return Err(INCOMPLETE);
        }
        Ok(())
    }

    /// Checks the signature of a request with a valid head.
    pub(super) fn check_signature(&self, parts: &Parts, body: &[u8]) -> Result<(), Refusal> {
        verify_sigv4(parts, &hash_payload(body), &self.credentials).map(|_| ()).map_err(|_| WRONG)
    }
}

fn authorization(parts: &Parts) -> Result<ParsedAuth, Refusal> {
    if !parts.headers.contains_key(http::header::AUTHORIZATION) {
        return Err(MISSING);
    }
    let header = single(parts, "authorization").ok_or(INCOMPLETE)?;
    parse_authorization_header(header).map_err(|_| INCOMPLETE)
}

/// The only value of a header.
fn single<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    let mut values = parts.headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then(|| value.to_str().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    // From the test suite that AWS publishes for signers (aws-signing-test-suite, v4).
    const KEY: &str = "AKIDEXAMPLE";
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    const VANILLA: &str = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, \
                           Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    const QUERY: &str = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, \
                         Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500";
    const FORM: &str = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
                        SignedHeaders=content-length;content-type;host;x-amz-content-sha256;x-amz-date, \
                        Signature=d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b";
    const FORM_HASH: &str = "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e";

    fn verifier(service: &'static str) -> Verifier {
        let identity = Identity {
            region: "us-east-1".into(),
            access_key: KEY.into(),
            secret_key: SECRET.into(),
            session_token: None,
        };
        Verifier::new(&identity, service)
    }

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn get(uri: &str, authorization: &str) -> Parts {
        let request = Request::builder()
            .uri(uri)
            .header("host", "example.amazonaws.com")
            .header("x-amz-date", "20150830T123600Z");
        request.header("authorization", authorization).body(()).unwrap().into_parts().0
    }

    fn post() -> Parts {
        let request =
            Request::builder().method("POST").uri("/").header("host", "example.amazonaws.com");
        let request = request
            .header("content-type", "application/x-www-form-urlencoded")
            .header("content-length", "13");
        let request = request
            .header("x-amz-date", "20150830T123600Z")
            .header("x-amz-content-sha256", FORM_HASH);
        request.header("authorization", FORM).body(()).unwrap().into_parts().0
    }

    fn check(parts: &Parts, body: &[u8]) -> Result<(), Refusal> {
        let verifier = verifier("service");
        verifier
            .check_head(parts, time("2015-08-30T12:36:00Z"))
            .and_then(|()| verifier.check_signature(parts, body))
    }

    #[test]
    fn the_published_requests_are_accepted() {
        assert_eq!(check(&get("/", VANILLA), b""), Ok(()));
        assert_eq!(check(&get("/?Param2=value2&Param1=value1", QUERY), b""), Ok(()));
        assert_eq!(check(&post(), b"Param1=value1"), Ok(()));
    }

    #[test]
    fn a_request_that_differs_from_the_signed_one_is_rejected() {
        assert_eq!(check(&get("/other", VANILLA), b""), Err(WRONG));
        assert_eq!(check(&get("/?a=b", VANILLA), b""), Err(WRONG));
        assert_eq!(check(&get("/", VANILLA), b"a body"), Err(WRONG));
        assert_eq!(check(&get("/", &VANILLA.replace("fbf31", "fbf32")), b""), Err(WRONG));
        assert_eq!(check(&post(), b"Param1=value2"), Err(WRONG));
        let mut other_host = get("/", VANILLA);
        other_host.headers.insert("host", "other.amazonaws.com".parse().unwrap());
        assert_eq!(check(&other_host, b""), Err(WRONG));
    }

    #[test]
    fn a_signature_is_valid_for_five_minutes_and_one_service() {
        let (verifier, parts) = (verifier("service"), get("/", VANILLA));
        for (now, outcome) in [
            ("2015-08-30T12:41:00Z", Ok(())),
            ("2015-08-30T12:41:01Z", Err(WRONG_TIME)),
            ("2015-08-30T12:31:00Z", Ok(())),
            ("2015-08-30T12:30:59Z", Err(WRONG_TIME)),
        ] {
            assert_eq!(verifier.check_head(&parts, time(now)), outcome, "{now}");
        }
        let now = time("2015-08-30T12:36:00Z");
        assert_eq!(super::tests::verifier("dynamodb").check_head(&parts, now), Err(WRONG_SCOPE));
        assert_eq!(
            verifier.check_head(&get("/", &VANILLA.replace("us-east-1", "us-east-2")), now),
            Err(WRONG_SCOPE)
        );
        assert_eq!(
            verifier.check_head(&get("/", &VANILLA.replace("20150830/", "20150829/")), now),
            Err(WRONG_SCOPE)
        );
        assert_eq!(
            verifier.check_head(&get("/", &VANILLA.replace("AKIDEXAMPLE", "AKIDOTHER")), now),
            Err(UNKNOWN_KEY)
        );
    }

    #[test]
    fn security_relevant_headers_must_be_signed_and_occur_once() {
        let mut unsigned = get("/", VANILLA);
        unsigned.headers.remove("authorization");
        assert_eq!(check(&unsigned, b""), Err(MISSING));
        assert_eq!(check(&get("/", "Basic bG9jYWw6bG9jYWw="), b""), Err(INCOMPLETE));
        assert_eq!(check(&get("/", &VANILLA.replace("host;", "")), b""), Err(INCOMPLETE));
        assert_eq!(check(&get("/", &VANILLA.replace(";x-amz-date", "")), b""), Err(INCOMPLETE));
        for (name, value) in [
            ("x-amz-target", "AmazonSQS.PurgeQueue"),
            ("host", "other.amazonaws.com"),
            ("authorization", VANILLA),
        ] {
            let mut more = get("/", VANILLA);
            more.headers.append(name, value.parse().unwrap());
            assert_eq!(check(&more, b""), Err(INCOMPLETE), "{name}");
        }
    }
}
