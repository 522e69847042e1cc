//! Uploads of images and documents: in the request as base64, or separately to a presigned URL that
//! accepts exactly the announced size and type.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use provost_app::App;
use provost_domain::{
    ApiError, Timestamp, evidence, file::registered_media_type, verification::MAX_IMAGE,
};
use provost_http::HandlerError;
use provost_store::objects::PRESIGNED_LIFE;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An image or document, either in the request (`data`) or to be uploaded to a URL in the response
/// (`size`).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Upload {
    /// Media type of the file.
    content_type: String,
    /// Content in base64. The whole request can have at most 1 MiB. Cannot be combined with `size`.
    #[serde(default)]
    data: Option<String>,
    /// Size of the file in bytes, at most 10 MiB, to upload it separately. Cannot be combined with
    /// `data`.
    #[serde(default)]
    #[schemars(range(min = 1, max = 10_485_760))]
    size: Option<u64>,
}

/// An upload with valid fields.
#[derive(Debug)]
pub struct Checked {
    /// Media type, under its registered name.
    pub content_type: String,
    /// The media type as announced, which the sender will use for the upload.
    announced: String,
    /// Size in bytes.
    pub size: u64,
    /// The content, if it was in the request.
    here: Option<Bytes>,
}

/// A presigned URL to upload a file to.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UploadUrlView {
    /// File to upload: `document` or `selfie`.
    name: &'static str,
    /// HTTP method. Always `PUT`.
    method: &'static str,
    /// URL to upload the file to.
    url: String,
    /// Value for the header `Content-Type`.
    content_type: String,
    /// Value for the header `Content-Length`: the announced size in bytes.
    size: u64,
    /// Time until which the URL accepts the upload.
    expires_at: Timestamp,
}

impl Upload {
    /// An upload with its content in the request.
    pub const fn here(content_type: String, data: String) -> Self {
        Self { content_type, data: Some(data), size: None }
    }

    /// Checks the media type against a list, the size, and the content against the media type.
    ///
    /// # Errors
    /// `VALIDATION_FAILED`.
    pub fn check(self, field: &str, types: &[&str]) -> Result<Checked, ApiError> {
        let at = |name: &str| format!("{field}.{name}");
        let content_type = registered_media_type(&self.content_type).to_owned();
        let announced = self.content_type;
        if !types.contains(&content_type.as_str()) {
            return Err(ApiError::field(
                at("contentType"),
                "unknown_value",
                format!("This media type is not accepted. Use one of {}.", types.join(", ")),
            ));
        }
        match (self.data, self.size) {
            (Some(_), Some(_)) => Err(ApiError::field(
                at("size"),
                "contradiction",
                "An upload cannot have both `data` and `size`. Send only one of them.",
            )),
            (None, None) => Err(ApiError::field(
                at("data"),
                "required",
                "The file is missing. Send `data`, or `size` to upload the file separately.",
            )),
            (None, Some(size)) if !(1..=MAX_IMAGE).contains(&size) => Err(ApiError::field(
                at("size"),
                "out_of_range",
                "This size is out of range. The file can have 1 byte to 10 MiB.",
            )),
            (None, Some(size)) => Ok(Checked { content_type, announced, size, here: None }),
            (Some(data), None) => {
                let bytes = BASE64.decode(data.as_bytes()).map_err(|_| {
                    ApiError::field(
                        at("data"),
                        "invalid",
                        "This content is not valid base64. Send the content in base64.",
                    )
                })?;
                let kept = evidence::kept(&content_type, &bytes)
                    .map_err(|unfit| ApiError::field(at("data"), unfit.code(), unfit.sentence()))?;
                Ok(Checked {
                    content_type,
                    announced,
                    size: kept.len() as u64,
                    here: Some(Bytes::from(kept)),
                })
            }
        }
    }
}

impl Checked {
    /// Stores the content, or returns a URL to upload it to: not at its final key, since it has not
    /// been checked yet.
    ///
    /// # Errors
    /// When the bucket is unavailable.
    pub async fn store(
        self,
        app: &App,
        key: &str,
        incoming: &str,
        name: &'static str,
    ) -> Result<Option<UploadUrlView>, HandlerError> {
        let (store, now) = (app.store(), app.now());
        let bucket = &store.names().files;
        if let Some(bytes) = self.here {
            store.put_object(bucket, key, &self.content_type, bytes).await?;
            return Ok(None);
        }
        let url = store.presign_upload(bucket, incoming, &self.announced, self.size).await?;
        let life = i64::try_from(PRESIGNED_LIFE.as_millis()).unwrap_or(0);
        Ok(Some(UploadUrlView {
            name,
            method: "PUT",
            url,
            content_type: self.announced,
            size: self.size,
            expires_at: now.plus(life),
        }))
    }
}
