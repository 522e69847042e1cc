//! How an image or document comes: in the request as base64, or later, put to a presigned address that takes exactly the size and type that were announced.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use provost_app::App;
use provost_domain::{Refused, Timestamp, evidence, file::registered_media_type, verification::LARGEST_IMAGE};
use provost_http::Problem;
use provost_store::objects::PRESIGNED_LIFE;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An image or document.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Upload {
    /// Its media type.
    content_type: String,
    /// The bytes in base64; the whole request takes at most 1 MiB. Either this or `size`.
    #[serde(default)]
    data: Option<String>,
    /// Its size in bytes, when it comes later: at most 10 MiB. Either this or `data`.
    #[serde(default)]
    #[schemars(range(min = 1, max = 10_485_760))]
    size: Option<u64>,
}

/// An upload whose form is right.
#[derive(Debug)]
pub struct Checked {
    /// Its media type, under its registered name.
    pub content_type: String,
    /// The name under which it was announced, which is the one that its sender will put it with.
    announced: String,
    /// Bytes.
    pub size: u64,
    /// The bytes, when they are here.
    here: Option<Bytes>,
}

/// Where something is to be put.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PutView {
    /// What is to be put there: `document`, `selfie`.
    name: &'static str,
    /// Always `PUT`.
    method: &'static str,
    /// The address.
    url: String,
    /// The `Content-Type` to send.
    content_type: String,
    /// The `Content-Length` to send.
    size: u64,
    /// Until when it takes anything.
    expires_at: Timestamp,
}

impl Upload {
    /// One that is in the request.
    pub const fn here(content_type: String, data: String) -> Self {
        Self { content_type, data: Some(data), size: None }
    }

    /// Holds it to a list of media types, to the sizes, and to its own first bytes.
    ///
    /// # Errors
    /// `VALIDATION_FAILED`.
    pub fn check(self, field: &str, types: &[&str]) -> Result<Checked, Refused> {
        let at = |name: &str| format!("{field}.{name}");
        let content_type = registered_media_type(&self.content_type).to_owned();
        let announced = self.content_type;
        if !types.contains(&content_type.as_str()) {
            return Err(Refused::field(at("contentType"), "unknown_value", format!("Give one of {}.", types.join(", "))));
        }
        match (self.data, self.size) {
            (Some(_), Some(_)) => Err(Refused::field(at("size"), "contradiction", "Give either `data` or `size`.")),
            (None, None) => Err(Refused::field(at("data"), "required", "Give `data`, or `size` to put it later.")),
            (None, Some(size)) if !(1..=LARGEST_IMAGE).contains(&size) => {
                Err(Refused::field(at("size"), "out_of_range", "Give a size from 1 byte to 10 MiB."))
            }
            (None, Some(size)) => Ok(Checked { content_type, announced, size, here: None }),
            (Some(data), None) => {
                let bytes =
                    BASE64.decode(data.as_bytes()).map_err(|_| Refused::field(at("data"), "invalid", "Give the bytes in base64."))?;
                let kept =
                    evidence::kept(&content_type, &bytes).map_err(|unfit| Refused::field(at("data"), unfit.code(), unfit.sentence()))?;
                Ok(Checked { content_type, announced, size: kept.len() as u64, here: Some(Bytes::from(kept)) })
            }
        }
    }
}

impl Checked {
    /// Stores what is here, or answers where it is to be put: not at its place but beside it, since nobody has looked into it yet.
    ///
    /// # Errors
    /// When the bucket is out of reach.
    pub async fn store(self, app: &App, key: &str, incoming: &str, name: &'static str) -> Result<Option<PutView>, Problem> {
        let (store, now) = (app.store(), app.now());
        let bucket = &store.names().files;
        if let Some(bytes) = self.here {
            store.put_object(bucket, key, &self.content_type, bytes).await?;
            return Ok(None);
        }
        let url = store.presign_upload(bucket, incoming, &self.announced, self.size).await?;
        let life = i64::try_from(PRESIGNED_LIFE.as_millis()).unwrap_or(0);
        Ok(Some(PutView { name, method: "PUT", url, content_type: self.announced, size: self.size, expires_at: now.plus(life) }))
    }
}
