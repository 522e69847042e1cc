//! JPEG files.

use super::{UnsupportedImage, check_points, number, split};

/// A JPEG is a sequence of segments, some followed by the pixel data. Data after the end is
/// removed, not rejected: many phones store a second image there.
pub(super) fn jpeg(file: &[u8]) -> Result<Vec<u8>, UnsupportedImage> {
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
pub(super) fn held_so(orientation: u8) -> Vec<u8> {
    let mut segment =
        b"\xff\xe1\0\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    segment.extend([orientation, 0, 0, 0, 0, 0, 0]);
    segment
}
