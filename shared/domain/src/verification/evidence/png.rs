//! PNG files.

use super::{PNG, UnsupportedImage, check_points, number, split};

/// The purpose of reading a PNG.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Png {
    /// Stored and shown unchanged.
    Kept,
    /// Decoded once.
    Drawn,
}

/// A PNG is a sequence of chunks. Of the optional ones, only colours and transparency are kept.
pub(super) fn png(file: &[u8], purpose: Png) -> Result<Vec<u8>, UnsupportedImage> {
    let mut rest = file.strip_prefix(PNG).ok_or(UnsupportedImage::OtherType)?;
    let (mut kept, mut begun, mut filled) = (PNG.to_vec(), false, false);
    loop {
        let (head, body) = split(rest, 8)?;
        let (length, kind) = (number(&head[..4]), &head[4..]);
        let (data, after) = split(body, length)?;
        let (_, after) = split(after, 4)?;
        let (chunk, _) = split(rest, length + 12)?;
        if begun == (kind == b"IHDR") {
            return Err(UnsupportedImage::Broken);
        }
        match kind {
            b"IHDR" if length == 13 => {
                check_points(number(&data[..4]), number(&data[4..8]))?;
                begun = true;
            }
            b"IDAT" => filled = true,
            b"PLTE" | b"tRNS" | b"gAMA" | b"cHRM" | b"sRGB" => {}
            // The camera orientation; nothing else of a drawn image is kept.
            b"eXIf" if purpose == Png::Drawn => {}
            b"IEND" if filled && length == 0 => {
                kept.extend_from_slice(chunk);
                return if after.is_empty() || purpose == Png::Drawn {
                    Ok(kept)
                } else {
                    Err(UnsupportedImage::MoreThanOne)
                };
            }
            b"acTL" | b"fcTL" | b"fdAT" if purpose == Png::Kept => {
                return Err(UnsupportedImage::Animated);
            }
            // An upper-case first letter marks a chunk that decoders need (critical chunk).
            _ if kind[0].is_ascii_uppercase() => return Err(UnsupportedImage::Broken),
            _ => {
                rest = after;
                continue;
            }
        }
        kept.extend_from_slice(chunk);
        rest = after;
    }
}
