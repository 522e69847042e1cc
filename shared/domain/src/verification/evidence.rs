//! Evidence: images and documents that users submit as proof. The bytes of each file are checked
//! against its media type before anything decodes them, and everything except the image itself is
//! removed: location, camera data, data after the end.
//!
//! Nothing is decoded here, so a small file that claims to be a huge image costs nothing. The
//! camera orientation is kept, since documents would appear rotated without it.

mod jpeg;
mod png;

use jpeg::jpeg;
use png::{Png, png};

/// Maximum number of pixels of an image.
pub const MAX_POINTS: u64 = 40_000_000;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Why a file was not accepted as evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnsupportedImage {
    /// The bytes do not match the media type.
    OtherType,
    /// The file is truncated or malformed.
    Broken,
    /// The image has more pixels than [`MAX_POINTS`].
    TooManyPoints,
    /// The image is animated.
    Animated,
    /// Data follows the end of the image.
    MoreThanOne,
}

impl UnsupportedImage {
    /// What is wrong with the file, in a sentence for the user.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::OtherType => {
                "This file does not match its media type. Send the media type of the file."
            }
            Self::Broken => {
                "This file is incomplete or damaged. Send it again, or save a new copy and send that."
            }
            Self::TooManyPoints => {
                "This image is too large. Send an image of at most 40 million pixels, such as 6300 by 6300."
            }
            Self::Animated => "Animated images are not accepted. Send a still image.",
            Self::MoreThanOne => {
                "This file has data after the end of the image. Save a new copy of the image and send that."
            }
        }
    }

    /// The code of the field.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooManyPoints => "out_of_range",
            _ => "invalid",
        }
    }
}

/// The file without the data that must not be stored.
///
/// # Errors
/// When the file does not match its media type or cannot be stored.
pub fn kept(content_type: &str, file: &[u8]) -> Result<Vec<u8>, UnsupportedImage> {
    match content_type {
        "image/png" => png(file, Png::Kept),
        "image/jpeg" => jpeg(file),
        "application/pdf" => pdf(file),
        _ => Err(UnsupportedImage::OtherType),
    }
}

/// An image reduced to what a decoder needs: no profile, text or second image that could take space
/// or time. Unlike evidence, an animated image or one with data after its end is reduced to its
/// first frame.
///
/// # Errors
/// When the file is truncated or malformed.
pub fn bare(file: &[u8]) -> Result<Vec<u8>, UnsupportedImage> {
    if file.starts_with(PNG) { png(file, Png::Drawn) } else { jpeg(file) }
}

fn check_points(width: u64, height: u64) -> Result<(), UnsupportedImage> {
    match width.checked_mul(height) {
        Some(0) => Err(UnsupportedImage::Broken),
        Some(points) if points <= MAX_POINTS => Ok(()),
        _ => Err(UnsupportedImage::TooManyPoints),
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The first bytes and the rest.
fn split(bytes: &[u8], at: u64) -> Result<(&[u8], &[u8]), UnsupportedImage> {
    usize::try_from(at)
        .ok()
        .and_then(|at| bytes.split_at_checked(at))
        .ok_or(UnsupportedImage::Broken)
}

/// A PDF must begin and end as one. It is only downloaded, never shown inline.
fn pdf(file: &[u8]) -> Result<Vec<u8>, UnsupportedImage> {
    if !file.starts_with(b"%PDF-") {
        return Err(UnsupportedImage::OtherType);
    }
    let end = &file[file.len().saturating_sub(1024)..];
    if end.windows(5).any(|word| word == b"%%EOF") {
        Ok(file.to_vec())
    } else {
        Err(UnsupportedImage::Broken)
    }
}

#[cfg(test)]
mod tests;
