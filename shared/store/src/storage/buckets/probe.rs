//! The test of a bucket: a look at its head, and an object that is written, read and removed. The
//! verdict comes from the object, since a key may be allowed nothing else.

use std::time::Duration;

use aws_smithy_types::{DateTime, date_time::Format};
use provost_domain::{Timestamp, storage::Place};
use tokio::time::timeout;

use super::{BucketCredentials, client};
use crate::{
    aws::Aws,
    outbound::{Outbound, OutboundError, OutboundResponse},
    signed::Request,
};

/// How long a test may take with all its requests, and the removal of what it left.
const TRY: Duration = Duration::from_secs(6);
const REMOVE: Duration = Duration::from_secs(3);

/// The result of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether files can be kept in the bucket.
    pub ok: bool,
    /// What is wrong and what to do, in a sentence.
    pub message: String,
    /// The code that the store answered.
    pub detail: Option<String>,
}

impl Verdict {
    fn failed(message: impl Into<String>, detail: Option<String>) -> Self {
        Self { ok: false, message: message.into(), detail }
    }
}

/// Tests a bucket. `name` is a part of the object's key that no other test uses. The object is
/// removed also when it could not be read.
pub async fn probe(
    place: &Place,
    credentials: &BucketCredentials,
    outbound: &Outbound,
    name: &str,
    now: Timestamp,
) -> Verdict {
    let aws = client(place, credentials, outbound);
    let key = format!(".provost-test/{name}");
    let mut remains = false;
    let tried = timeout(TRY, attempt(place, &aws, outbound, &key, now, &mut remains)).await;
    // The object may have been written although the answer was lost.
    if remains {
        let remove = Request::object(&aws, "DeleteObject", "DELETE", &place.bucket, &key);
        let _ = timeout(REMOVE, send(outbound, &aws, remove)).await;
    }
    tried.unwrap_or_else(|_| unreachable(OutboundError::Timeout))
}

/// Writes, reads and removes an object. `remains` is whether it may be in the bucket.
async fn attempt(
    place: &Place,
    aws: &Aws,
    outbound: &Outbound,
    key: &str,
    now: Timestamp,
    remains: &mut bool,
) -> Verdict {
    let request =
        |operation, method, key: &str| Request::object(aws, operation, method, &place.bucket, key);
    let head = send(outbound, aws, request("HeadBucket", "HEAD", "")).await;
    match &head {
        Err(error) => return unreachable(*error),
        // The bucket of another region cannot be written to by this endpoint.
        Ok(answer) if matches!(answer.status, 301 | 307 | 308) => {
            return explain(place, answer, now);
        }
        Ok(_) => {}
    }
    let text = format!("provost test {key}");
    let put = request("PutObject", "PUT", key)
        .header("content-type", "text/plain")
        .body(text.clone().into());
    *remains = true;
    match send(outbound, aws, put).await {
        Ok(answer) if answer.status < 300 => {}
        Ok(answer) => {
            *remains = false;
            return explain(place, &answer, now);
        }
        Err(error) => return unreachable(error),
    }
    let read = send(outbound, aws, request("GetObject", "GET", key)).await;
    let removed = send(outbound, aws, request("DeleteObject", "DELETE", key)).await;
    *remains = !matches!(&removed, Ok(answer) if answer.status < 300 || answer.status == 404);
    match read {
        Ok(answer) if answer.status == 200 && answer.body == text.as_bytes() => {}
        Ok(answer) if answer.status == 200 => {
            return Verdict::failed(
                "The object that was read differs from the one that was written. Check that nothing changes objects in the bucket.",
                None,
            );
        }
        Ok(answer) => {
            let verdict = explain(place, &answer, now);
            let message = format!("Objects can be written but not read. {}", verdict.message);
            return Verdict { message, ..verdict };
        }
        Err(error) => return unreachable(error),
    }
    match removed {
        Ok(answer) if answer.status < 300 || answer.status == 404 => Verdict {
            ok: true,
            message: "Objects can be written, read and removed.".to_owned(),
            detail: None,
        },
        Ok(answer) => {
            let verdict = explain(place, &answer, now);
            let message =
                format!("Objects can be written and read but not removed. {}", verdict.message);
            Verdict { message, ..verdict }
        }
        Err(error) => unreachable(error),
    }
}

async fn send(
    outbound: &Outbound,
    aws: &Aws,
    request: Request,
) -> Result<OutboundResponse, OutboundError> {
    let outgoing = request.outgoing(aws).map_err(|_| OutboundError::Unreachable)?;
    outbound.send(outgoing).await
}

fn unreachable(error: OutboundError) -> Verdict {
    let message = match error {
        OutboundError::NotAllowed => {
            "This address is not allowed. Use an https address of a public host, on port 443."
        }
        OutboundError::Timeout => "The store did not answer in time. Check the endpoint.",
        OutboundError::Unreachable => "The store could not be reached. Check the endpoint.",
        OutboundError::TooLarge => "The answer is not that of an object store. Check the endpoint.",
    };
    Verdict::failed(message, None)
}

/// What the refusal of a store means.
fn explain(place: &Place, answer: &OutboundResponse, now: Timestamp) -> Verdict {
    let body = String::from_utf8_lossy(&answer.body);
    let code = element(&body, "Code").unwrap_or_default();
    let region = answer
        .header("x-amz-bucket-region")
        .map(str::to_owned)
        .or_else(|| element(&body, "Region"))
        .filter(|region| is_word(region) && *region != place.region);
    let detail = Some(if is_word(&code) && !code.is_empty() {
        code.clone()
    } else {
        format!("status {}", answer.status)
    });
    let message = match (answer.status, code.as_str(), region) {
        (_, _, Some(region)) if answer.status != 404 => {
            format!("The bucket is in the region `{region}`. Enter this region.")
        }
        (301 | 307 | 308, ..) => {
            "The bucket is at another endpoint or in another region. Check both.".to_owned()
        }
        (_, "RequestTimeTooSkewed", _) => skew(answer, now),
        (_, "InvalidAccessKeyId", _) => {
            "The store does not know this key id. Check the key id.".to_owned()
        }
        (_, "SignatureDoesNotMatch", _) => {
            "The secret does not belong to this key id. Enter both again.".to_owned()
        }
        (_, "NoSuchBucket", _) => {
            "There is no bucket with this name at this store. Check the name and the endpoint."
                .to_owned()
        }
        (_, "AuthorizationHeaderMalformed" | "InvalidRegion" | "InvalidRegionName", _) => {
            let said = element(&body, "Message").unwrap_or_default();
            match allowed_region(&said, &place.region) {
                Some(region) => format!(
                    "The store does not accept the region `{}`. It allows `{region}`.",
                    place.region
                ),
                None => format!(
                    "The store does not accept the region `{}`. Enter the one that it names in its documentation.",
                    place.region
                ),
            }
        }
        (403, ..) => {
            "Access is denied. Allow the key to put, get and delete objects in this bucket."
                .to_owned()
        }
        (404, ..) => {
            "There is no bucket with this name at this store. Check the name and the endpoint."
                .to_owned()
        }
        (500.., ..) => "The store has a fault. Try again later.".to_owned(),
        _ => "The store refused the request. Check the endpoint and the bucket.".to_owned(),
    };
    Verdict::failed(message, detail)
}

/// By how much the clocks differ.
fn skew(answer: &OutboundResponse, now: Timestamp) -> String {
    let there = answer
        .header("date")
        .and_then(|date| DateTime::from_str(date, Format::HttpDate).ok())
        .and_then(|date| date.to_millis().ok())
        .map(Timestamp::from_millis);
    match there {
        Some(there) => {
            let seconds = (there.since(now) / 1000).abs();
            let amount = if seconds < 120 {
                format!("{seconds} seconds")
            } else {
                format!("{} minutes", seconds / 60)
            };
            format!(
                "The clock of this machine or of the store is off by {amount}. Correct the clock; the key may be right."
            )
        }
        None => {
            "The clock of this machine or of the store is wrong. Correct the clock; the key may be right."
                .to_owned()
        }
    }
}

/// The regions in a message such as `the region 'x' is wrong; expecting 'auto'` or `Must be one of:
/// wnam, auto`.
fn allowed_region(message: &str, given: &str) -> Option<String> {
    let quotes = ['\'', '"', '`'];
    let named: Vec<&str> = match message.split_once("one of:") {
        Some((_, list)) => list.split(',').map(|word| word.trim().trim_matches(quotes)).collect(),
        None => message.split(quotes).skip(1).step_by(2).collect(),
    };
    let named = named.into_iter().map(|word| word.trim_end_matches('.'));
    let words: Vec<&str> =
        named.filter(|word| is_word(word) && !word.is_empty() && *word != given).collect();
    (!words.is_empty()).then(|| words.join("`, `"))
}

/// Whether a text of a store may be shown: a short word.
fn is_word(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

/// The text of an element of an XML error.
fn element(body: &str, name: &str) -> Option<String> {
    let (_, rest) = body.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    let text = text.replace("&apos;", "'").replace("&quot;", "\"").replace("&#39;", "'");
    Some(text.chars().take(512).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place::parse("files", "eu-central-1", Some("objects.example.net"), None).unwrap()
    }

    fn said(status: u16, headers: &[(&str, &str)], body: &str) -> Verdict {
        let headers =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let answer = OutboundResponse { status, headers, body: body.to_owned().into() };
        explain(&place(), &answer, "2026-11-20T16:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_refusal_says_what_to_correct() {
        let region = said(301, &[("x-amz-bucket-region", "eu-west-1")], "");
        assert!(region.message.contains("in the region `eu-west-1`"), "{}", region.message);
        let auto = said(
            400,
            &[],
            "<Error><Code>InvalidRegion</Code><Message>The region name 'eu-central-1' is not valid. Must be one of: 'auto', 'wnam'</Message></Error>",
        );
        assert!(auto.message.contains("It allows `auto`, `wnam`"), "{}", auto.message);
        let r2 = said(
            400,
            &[],
            "<Error><Code>InvalidRegionName</Code><Message>The region name 'eu-central-1' is not valid. Must be one of: wnam, enam, weur, eeur, apac, oc, auto</Message></Error>",
        );
        assert!(
            r2.message.contains("It allows `wnam`, `enam`, `weur`, `eeur`, `apac`, `oc`, `auto`"),
            "{}",
            r2.message
        );
        let skewed = said(
            403,
            &[("date", "Fri, 20 Nov 2026 16:21:00 GMT")],
            "<Error><Code>RequestTimeTooSkewed</Code></Error>",
        );
        assert!(skewed.message.contains("off by 21 minutes"), "{}", skewed.message);
        assert!(said(403, &[], "").message.contains("Access is denied"));
        assert!(said(404, &[], "").message.contains("no bucket with this name"));
        let key = said(403, &[], "<Error><Code>InvalidAccessKeyId</Code></Error>");
        assert_eq!(key.detail.as_deref(), Some("InvalidAccessKeyId"));
    }

    #[tokio::test]
    async fn an_object_whose_write_was_not_answered_is_removed() {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap().to_string();
        let (asked, mut requests) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut read = [0; 4096];
                let length = stream.read(&mut read).await.unwrap();
                let line = String::from_utf8_lossy(&read[..length]).into_owned();
                let line: Vec<_> = line.split(' ').take(2).map(str::to_owned).collect();
                let is_write = line[0] == "PUT";
                asked.send(line.join(" ")).unwrap();
                if !is_write {
                    let reply =
                        b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                    stream.write_all(reply).await.unwrap();
                }
            }
        });
        let place = Place::parse("files", "auto", Some(&format!("http://{here}")), Some(true));
        let credentials = BucketCredentials::default();
        let now = "2026-11-20T16:00:00Z".parse().unwrap();
        let outbound = Outbound::new(&here, "", None);
        let verdict = probe(&place.unwrap(), &credentials, &outbound, "one", now).await;
        assert!(!verdict.ok);
        let (mut told, object) = (Vec::new(), "/files/.provost-test/one");
        while let Ok(request) = requests.try_recv() {
            told.push(request);
        }
        let expected =
            ["HEAD /files/".to_owned(), format!("PUT {object}"), format!("DELETE {object}")];
        assert_eq!(told, expected);
    }

    #[test]
    fn nothing_but_short_words_of_a_store_is_shown() {
        let verdict = said(400, &[], "<Code>&lt;script&gt;</Code><Message>'a b' '<i>'</Message>");
        assert_eq!(verdict.detail.as_deref(), Some("status 400"));
        assert!(!verdict.message.contains('<'));
    }
}
