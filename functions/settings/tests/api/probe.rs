//! The verdict about a bucket comes from writing, reading and removing an object.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::support::*;

/// A store whose key may write below a prefix, and not look at the bucket. Returns its origin and the
/// methods of its requests.
async fn store(reads: bool) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let methods = asked.clone();
    tokio::spawn(async move {
        let mut object = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            let (end, length) = loop {
                let mut read = [0; 4096];
                let count = stream.read(&mut read).await.unwrap();
                request.extend_from_slice(&read[..count]);
                let end = request.windows(4).position(|part| part == b"\r\n\r\n");
                let Some(end) = end else { continue };
                let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
                let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
                let length = length.map_or(0, |length| length.trim().parse().unwrap());
                if request.len() >= end + 4 + length {
                    break (end, length);
                }
            };
            let method = String::from_utf8_lossy(&request).split(' ').next().unwrap().to_owned();
            methods.lock().unwrap().push(method.clone());
            let (status, body) = match method.as_str() {
                "HEAD" => (403, Vec::new()),
                "PUT" => {
                    object = request[end + 4..end + 4 + length].to_vec();
                    (200, Vec::new())
                }
                "GET" if reads => (200, object.clone()),
                "GET" => (403, b"<Error><Code>AccessDenied</Code></Error>".to_vec()),
                _ => (204, Vec::new()),
            };
            let head = format!(
                "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(&body).await.unwrap();
        }
    });
    (origin, asked)
}

#[tokio::test]
async fn a_key_that_may_only_write_below_its_prefix_passes_and_nothing_stays() {
    for (reads, works) in [(true, true), (false, false)] {
        let (origin, asked) = store(reads).await;
        let world = world_with_stand_ins(&format!("https://objects.example.net={origin}")).await;
        let mut body = elsewhere();
        body.as_object_mut().unwrap().remove("name");
        let tested: Value = root(&world).await.post("/api/admin/storage/test", body).await.ok();
        assert_eq!(tested["ok"], json!(works), "{tested}");
        let asked = asked.lock().unwrap().clone();
        assert_eq!(asked.iter().filter(|method| *method == "PUT").count(), 1, "{asked:?}");
        assert_eq!(asked.last().map(String::as_str), Some("DELETE"), "{asked:?}");
    }
}
