//! Evidence: images and documents that users submit as proof. The bytes of each file are checked
//! against its media type before anything decodes them, and everything except the image itself is
//! removed: location, camera data, data after the end.
//!
//! Nothing is decoded here, so a small file that claims to be a huge image costs nothing. The
//! camera orientation is kept, since documents would appear rotated without it.

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

/// The purpose of reading a PNG.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Png {
    /// Stored and shown unchanged.
    Kept,
    /// Decoded once.
    Drawn,
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

/// A PNG is a sequence of chunks. Of the optional ones, only colours and transparency are kept.
fn png(file: &[u8], purpose: Png) -> Result<Vec<u8>, UnsupportedImage> {
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

/// A JPEG is a sequence of segments, some followed by the pixel data. Data after the end is
/// removed, not rejected: many phones store a second image there.
fn jpeg(file: &[u8]) -> Result<Vec<u8>, UnsupportedImage> {
    let mut rest = file
        .strip_prefix(b"\xff\xd8")
        .filter(|rest| rest.starts_with(b"\xff"))
        .ok_or(UnsupportedImage::OtherType)?;
    let (mut kept, mut framed, mut filled) = (b"\xff\xd8".to_vec(), false, false);
    loop {
        let (head, after) = split(rest, 2)?;
        let [0xff, marker] = *head else { return Err(UnsupportedImage::Broken) };
        match marker {
            // Any number of fill bytes may precede a marker.
            0xff => {
                rest = &rest[1..];
                continue;
            }
            0xd9 if framed && filled => {
                kept.extend_from_slice(head);
                return Ok(kept);
            }
            0x00 | 0x01 | 0xd0..=0xd9 => return Err(UnsupportedImage::Broken),
            _ => {}
        }
        let (length, _) = split(after, 2)?;
        let (segment, after) = split(after, number(length))?;
        let data = segment.get(2..).ok_or(UnsupportedImage::Broken)?;
        rest = after;
        match marker {
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                let (frame, _) = split(data, 6)?;
                if framed {
                    return Err(UnsupportedImage::Broken);
                }
                check_points(number(&frame[3..5]), number(&frame[1..3]))?;
                framed = true;
            }
            0xda if !framed => return Err(UnsupportedImage::Broken),
            // Tables and colour information.
            0xda | 0xc4 | 0xcc | 0xdb..=0xdd | 0xe0 | 0xee => {}
            0xe1 => {
                if let Some(held) = orientation(data).filter(|held| (2..=8).contains(held)) {
                    kept.extend_from_slice(&held_so(held));
                }
                continue;
            }
            _ => continue,
        }
        kept.extend_from_slice(head);
        kept.extend_from_slice(segment);
        if marker == 0xda {
            let (points, after) = split(rest, points(rest)?)?;
            kept.extend_from_slice(points);
            (rest, filled) = (after, true);
        }
    }
}

/// The length of the pixel data: up to the next marker that is not part of it.
fn points(rest: &[u8]) -> Result<u64, UnsupportedImage> {
    let ends = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xd0..=0xd7 | 0xff);
    rest.windows(2).position(ends).map(|at| at as u64).ok_or(UnsupportedImage::Broken)
}

/// The orientation of the camera, from 1 to 8, from an EXIF segment.
fn orientation(data: &[u8]) -> Option<u8> {
    let tiff = data.strip_prefix(b"Exif\0\0")?;
    let little = match tiff.get(..4)? {
        b"MM\0\x2a" => false,
        b"II\x2a\0" => true,
        _ => return None,
    };
    let read = |at: usize, length: usize| -> Option<usize> {
        let mut bytes = tiff.get(at..at.checked_add(length)?)?.to_vec();
        if little {
            bytes.reverse();
        }
        usize::try_from(number(&bytes)).ok()
    };
    let directory = read(4, 4)?;
    let entries = read(directory, 2)?;
    (0..entries).map_while(|entry| directory.checked_add(2 + entry * 12)).find_map(|at| match read(
        at, 2,
    ) {
        Some(0x0112) => read(at.checked_add(8)?, 2).and_then(|held| u8::try_from(held).ok()),
        _ => None,
    })
}

/// An EXIF segment with the camera orientation only.
fn held_so(orientation: u8) -> Vec<u8> {
    let mut segment =
        b"\xff\xe1\0\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    segment.extend([orientation, 0, 0, 0, 0, 0, 0]);
    segment
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
mod tests {
    use super::*;

    fn chunk(kind: &[u8], data: &[u8]) -> Vec<u8> {
        [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], kind, data, b"\0\0\0\0"].concat()
    }

    fn header(width: u32, height: u32) -> Vec<u8> {
        chunk(
            b"IHDR",
            &[&width.to_be_bytes()[..], &height.to_be_bytes()[..], &[8, 6, 0, 0, 0]].concat(),
        )
    }

    fn a_png(width: u32, height: u32, others: &[Vec<u8>]) -> Vec<u8> {
        [
            PNG.to_vec(),
            header(width, height),
            others.concat(),
            chunk(b"IDAT", b"points"),
            chunk(b"IEND", b""),
        ]
        .concat()
    }

    fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
        [&[0xff, marker][..], &u16::try_from(data.len() + 2).unwrap().to_be_bytes(), data].concat()
    }

    fn a_jpeg(width: u16, height: u16, others: &[Vec<u8>]) -> Vec<u8> {
        let frame =
            [&[8][..], &height.to_be_bytes(), &width.to_be_bytes(), &[1, 1, 0x11, 0]].concat();
        [
            b"\xff\xd8".to_vec(),
            segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
            others.concat(),
            segment(0xdb, &[0; 65]),
            segment(0xc0, &frame),
            segment(0xda, &[1, 1, 0, 0, 63, 0]),
            b"points\xff\0more\xff\xd3points".to_vec(),
            b"\xff\xd9".to_vec(),
        ]
        .concat()
    }

    fn exif(mark: &[u8], entry: &[u8]) -> Vec<u8> {
        segment(0xe1, &[b"Exif\0\0", mark, entry, b"Ada lives here"].concat())
    }

    #[test]
    fn a_plain_image_is_kept_unchanged() {
        for (kind, file) in
            [("image/png", a_png(640, 480, &[])), ("image/jpeg", a_jpeg(640, 480, &[]))]
        {
            assert_eq!(kept(kind, &file), Ok(file));
        }
        assert_eq!(
            kept("application/pdf", b"%PDF-1.7 and so on\n%%EOF\n").as_deref(),
            Ok(&b"%PDF-1.7 and so on\n%%EOF\n"[..])
        );
        let colours = [chunk(b"PLTE", b"abc"), chunk(b"tRNS", b"a")];
        assert_eq!(kept("image/png", &a_png(1, 1, &colours)), Ok(a_png(1, 1, &colours)));
    }

    #[test]
    fn metadata_is_removed_from_an_image() {
        let metadata = [
            chunk(b"tEXt", b"Author\0Ada"),
            chunk(b"eXIf", b"Ada lives here"),
            chunk(b"iTXt", b"Ada"),
        ];
        assert_eq!(kept("image/png", &a_png(9, 9, &metadata)), Ok(a_png(9, 9, &[])));
        let metadata = [
            exif(b"MM\0\x2a\0\0\0\x08", b"\0\x01\x01\x0f\0\x02\0\0\0\x04Ada\0\0\0\0\0"),
            segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0Ada"),
            segment(0xed, b"Photoshop Ada"),
            segment(0xfe, b"Ada was here"),
        ];
        assert_eq!(kept("image/jpeg", &a_jpeg(9, 9, &metadata)), Ok(a_jpeg(9, 9, &[])));
    }

    #[test]
    fn only_the_orientation_is_kept_of_exif_data() {
        let big = exif(b"MM\0\x2a\0\0\0\x08", b"\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0");
        let little =
            exif(b"II\x2a\0\x08\0\0\0", b"\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0");
        for written in [big, little] {
            let cleaned =
                kept("image/jpeg", &a_jpeg(9, 9, std::slice::from_ref(&written))).unwrap();
            assert_eq!(cleaned, a_jpeg(9, 9, &[held_so(6)]));
            assert!(!cleaned.windows(3).any(|word| word == b"Ada"));
            assert_eq!(kept("image/jpeg", &cleaned), Ok(cleaned));
        }
        for absurd in [0, 1, 9, 255] {
            let written = exif(
                b"MM\0\x2a\0\0\0\x08",
                &[0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, absurd, 0, 0, 0, 0, 0, 0],
            );
            assert_eq!(kept("image/jpeg", &a_jpeg(9, 9, &[written])), Ok(a_jpeg(9, 9, &[])));
        }
    }

    #[test]
    fn a_decompression_bomb_is_rejected_by_its_header() {
        for (width, height) in [(50_000, 50_000), (u32::MAX, u32::MAX), (1, 40_000_001)] {
            assert_eq!(
                kept("image/png", &a_png(width, height, &[])),
                Err(UnsupportedImage::TooManyPoints),
                "{width} by {height}"
            );
        }
        assert_eq!(
            kept("image/jpeg", &a_jpeg(65_500, 65_500, &[])),
            Err(UnsupportedImage::TooManyPoints)
        );
        assert!(kept("image/png", &a_png(8000, 5000, &[])).is_ok());
        assert_eq!(kept("image/png", &a_png(0, 5, &[])), Err(UnsupportedImage::Broken));
        assert_eq!(
            kept("image/jpeg", &a_jpeg(5, 0, &[])),
            Err(UnsupportedImage::Broken),
            "a height that is defined later is rejected"
        );
        let frame = segment(0xc0, &[8, 0, 9, 0, 9, 1, 1, 0x11, 0]);
        assert_eq!(
            kept("image/jpeg", &a_jpeg(9, 9, &[frame])),
            Err(UnsupportedImage::Broken),
            "two frame headers are rejected"
        );
        assert_eq!(kept("image/png", &a_png(9, 9, &[header(9, 9)])), Err(UnsupportedImage::Broken));
    }

    #[test]
    fn a_file_with_data_after_its_end_is_rejected_or_cut() {
        let zip = b"PK\x03\x04 a whole archive";
        assert_eq!(
            kept("image/png", &[a_png(9, 9, &[]), zip.to_vec()].concat()),
            Err(UnsupportedImage::MoreThanOne)
        );
        assert_eq!(
            kept("image/jpeg", &[a_jpeg(9, 9, &[]), zip.to_vec()].concat()),
            Ok(a_jpeg(9, 9, &[]))
        );
        assert_eq!(
            kept("image/jpeg", &a_jpeg(9, 9, &[segment(0xfe, b"<script>alert(1)</script>")])),
            Ok(a_jpeg(9, 9, &[]))
        );
        assert_eq!(
            kept("image/png", &a_png(9, 9, &[chunk(b"acTL", &[0; 8])])),
            Err(UnsupportedImage::Animated)
        );
        assert_eq!(
            kept("image/png", &a_png(9, 9, &[chunk(b"QQQQ", b"")])),
            Err(UnsupportedImage::Broken)
        );
    }

    #[test]
    fn a_file_of_another_type_is_rejected() {
        for kind in ["image/png", "image/jpeg", "application/pdf", "image/svg+xml", ""] {
            for file in [
                &b""[..],
                b"GIF89a\x01\0",
                b"<svg xmlns='http://www.w3.org/2000/svg'/>",
                b"RIFF\0\0\0\0WEBP",
                b"\x89PNG",
                b"\xff\xd8",
            ] {
                assert_eq!(
                    kept(kind, file),
                    Err(UnsupportedImage::OtherType),
                    "{file:?} as {kind}"
                );
            }
        }
        assert_eq!(kept("image/png", &a_jpeg(9, 9, &[])), Err(UnsupportedImage::OtherType));
        assert_eq!(kept("image/jpeg", &a_png(9, 9, &[])), Err(UnsupportedImage::OtherType));
    }

    #[test]
    fn a_truncated_file_is_rejected_at_every_length() {
        for (kind, file) in [
            ("image/png", a_png(9, 9, &[chunk(b"tEXt", b"x")])),
            ("image/jpeg", a_jpeg(9, 9, &[held_so(6)])),
            ("application/pdf", b"%PDF-1.7 and so on %%EOF".to_vec()),
        ] {
            for length in 0..file.len() {
                assert!(
                    matches!(
                        kept(kind, &file[..length]),
                        Err(UnsupportedImage::Broken | UnsupportedImage::OtherType)
                    ),
                    "{kind} cut at {length}"
                );
            }
        }
    }

    #[test]
    fn a_file_with_a_changed_byte_is_accepted_or_rejected_without_panic() {
        let written =
            exif(b"II\x2a\0\x08\0\0\0", b"\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0");
        for (kind, file) in
            [("image/png", a_png(9, 9, &[])), ("image/jpeg", a_jpeg(9, 9, &[written]))]
        {
            for at in 0..file.len() {
                for bent in [0, 1, 0x7f, 0x80, 0xff] {
                    let mut bent_file = file.clone();
                    bent_file[at] = bent;
                    drop(kept(kind, &bent_file));
                }
            }
        }
    }
}
