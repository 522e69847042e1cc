//! An uploaded avatar as input: the file itself, or a form with the file.

use bytes::Bytes;
use futures_util::FutureExt;
use http::header;
use provost_domain::{ApiError, Code, file::registered_media_type};
use schemars::SchemaGenerator;

use crate::input::{Incoming, Input, InputDoc, media_type};

/// Media type of a form with a file (RFC 7578).
const FORM_WITH_FILES: &str = "multipart/form-data";

/// An uploaded image: the body is the file, PNG or JPEG as its media type says, or a form with one
/// part `file`, whose format is determined by its bytes.
#[derive(Debug)]
pub struct AvatarUpload(pub Bytes);

impl AvatarUpload {
    /// Media types of an image.
    const MEDIA: &'static [&'static str] = &["image/png", "image/jpeg"];

    /// A file sent under this media type. Bytes of no image are left to the decoder.
    fn labelled(media: &str, file: Bytes) -> Result<Self, ApiError> {
        let actual = match file.as_ref() {
            [0x89, b'P', b'N', b'G', ..] => "image/png",
            [0xff, 0xd8, 0xff, ..] => "image/jpeg",
            _ => media,
        };
        if actual == media {
            return Ok(Self(file));
        }
        Err(ApiError::new(
            Code::UnsupportedMedia,
            format!("The content type does not match the file. Send this file as {actual}."),
        ))
    }
}

/// The file of a form with one part.
fn form_file(incoming: &Incoming) -> Result<Bytes, ApiError> {
    let malformed = || {
        ApiError::new(
            Code::MalformedBody,
            "The form is not valid. Send it as multipart/form-data with one part `file`.",
        )
    };
    let content_type = incoming
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let boundary = multer::parse_boundary(content_type).map_err(|_| malformed())?;
    let whole = incoming.body.clone();
    let mut form = multer::Multipart::new(
        futures_util::stream::once(async { Ok::<_, std::convert::Infallible>(whole) }),
        boundary,
    );
    let mut file = None;
    // The whole body is in memory, so this never waits.
    while let Some(part) =
        form.next_field().now_or_never().ok_or_else(malformed)?.map_err(|_| malformed())?
    {
        let name = part.name().unwrap_or_default().to_owned();
        if name != "file" || file.is_some() {
            let name: String = name.chars().take(128).collect();
            return Err(ApiError::field(
                name,
                "unknown",
                "This part is unknown. Send only the part `file`.",
            ));
        }
        file = Some(part.bytes().now_or_never().ok_or_else(malformed)?.map_err(|_| malformed())?);
    }
    file.ok_or_else(|| {
        ApiError::field("file", "required", "The part `file` is missing. Add it to the form.")
    })
}

impl Input for AvatarUpload {
    const QUERY: bool = false;
    // Events of Lambda have at most 6 MiB, and base64 adds a third to every file.
    const MAX_SIZE: usize = provost_domain::file::MAX_AVATAR;
    fn read(incoming: &Incoming) -> Result<Self, ApiError> {
        match media_type(&incoming.headers).as_str() {
            FORM_WITH_FILES => form_file(incoming).map(Self),
            media if Self::MEDIA.contains(&registered_media_type(media)) => {
                Self::labelled(registered_media_type(media), incoming.body.clone())
            }
            _ => Err(ApiError::new(
                Code::UnsupportedMedia,
                "The content type is not supported. Send the file as image/png or image/jpeg, or as the part `file` of a form.",
            )),
        }
    }
    fn describe(_: &mut SchemaGenerator, doc: &mut InputDoc) {
        doc.body = Some(
            serde_json::json!({ "type": "string", "format": "binary", "maxLength": Self::MAX_SIZE }),
        );
        doc.media = Self::MEDIA;
        doc.file = true;
        doc.required = true;
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::*;

    fn form(content_type: &'static str, body: &'static str) -> Result<Bytes, ApiError> {
        let headers =
            HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))]);
        AvatarUpload::read(&Incoming {
            query: String::new(),
            headers,
            body: Bytes::from_static(body.as_bytes()),
            page: false,
        })
        .map(|AvatarUpload(bytes)| bytes)
    }

    const FORM: &str = "multipart/form-data; boundary=x";
    const FILE: &str = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\nbytes\r\n";

    #[test]
    fn the_file_of_a_form_is_the_image() {
        assert_eq!(
            form(FORM, Box::leak(format!("{FILE}--x--\r\n").into_boxed_str())).expect("a file"),
            "bytes"
        );
    }

    #[test]
    fn a_jpeg_is_accepted_under_each_of_its_media_types() {
        for named in ["image/jpeg", "image/jpg", "image/pjpeg", "IMAGE/JPG; x=y"] {
            assert_eq!(form(named, "bytes").expect("a file"), "bytes", "{named}");
        }
    }

    #[test]
    fn an_image_under_the_type_of_another_is_rejected() {
        let sent = |media: &str, file: &'static [u8]| {
            AvatarUpload::labelled(media, Bytes::from_static(file)).map(|upload| upload.0)
        };
        let (png, jpeg): (&[u8], &[u8]) = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0");
        assert_eq!(sent("image/png", png).expect("a PNG"), png);
        assert_eq!(sent("image/jpeg", jpeg).expect("a JPEG"), jpeg);
        for (media, file) in [("image/jpeg", png), ("image/png", jpeg)] {
            assert_eq!(sent(media, file).expect_err(media).code, Code::UnsupportedMedia);
        }
    }

    #[test]
    fn a_malformed_form_is_rejected() {
        let refused = |content_type, body: String| {
            form(content_type, Box::leak(body.into_boxed_str())).expect_err("no image").code
        };
        assert_eq!(
            refused(FORM, format!("{FILE}{FILE}--x--\r\n")),
            Code::ValidationFailed,
            "two files"
        );
        assert_eq!(
            refused(FORM, format!("{}--x--\r\n", FILE.replace("\"file\"", "\"other\""))),
            Code::ValidationFailed,
            "another part"
        );
        assert_eq!(refused(FORM, "--x--\r\n".to_owned()), Code::ValidationFailed, "no part");
        assert_eq!(refused(FORM, FILE.to_owned()), Code::MalformedBody, "cut off");
        assert_eq!(refused(FORM, String::new()), Code::MalformedBody, "nothing");
        assert_eq!(
            refused("multipart/form-data", format!("{FILE}--x--\r\n")),
            Code::MalformedBody,
            "no boundary"
        );
        assert_eq!(
            refused("image/svg+xml", FILE.to_owned()),
            Code::UnsupportedMedia,
            "another type"
        );
    }
}
