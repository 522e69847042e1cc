//! Avatars of users and organisations: a PNG or JPEG becomes a square of 256 by 256 pixels, without
//! location, camera data or hidden files.
//!
//! Type and size are read from the first bytes, before anything is decompressed: a small file that
//! claims to be a huge image costs nothing.

use std::io::Cursor;

use image::{
    DynamicImage, GenericImageView, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits,
    Rgba,
    imageops::{self, FilterType},
};
use provost_domain::{
    ApiError, Code,
    evidence::{self, UnsupportedImage},
};

/// Maximum file size, in bytes.
pub const MAX_FILE: usize = provost_domain::file::MAX_AVATAR;
/// Maximum size of a decompressed image, in bytes: its pixels times the size of a pixel. Including
/// the memory for scaling, this fits into the smallest function that decodes images.
pub const MAX_UNPACKED: u64 = 60_000_000;
/// A progressive JPEG needs more memory: it is decompressed entirely, with two bytes per value,
/// before the first pixel is known.
const PROGRESSIVE: u64 = 3;
/// Side of the square, in pixels.
pub const SIDE: u32 = 256;
/// The media type of the square.
pub const MEDIA_TYPE: &str = "image/png";

/// Makes the square, as PNG. An image that is not square is cropped to its centre; a photo is
/// rotated by its camera orientation.
///
/// # Errors
/// `UNSUPPORTED_MEDIA` if the file is neither PNG nor JPEG, `TOO_LARGE` for too many bytes or
/// pixels, `VALIDATION_FAILED` on `image` for a damaged image.
pub fn square(file: &[u8]) -> Result<Vec<u8>, ApiError> {
    if file.len() > MAX_FILE {
        return Err(too_large());
    }
    let format = format(file)?;
    // A colour profile or text can compress a hundred megabytes into a hundred kilobytes, and
    // decoders decompress it; a decoder also fills in missing parts of a JPEG. `bare` prevents
    // both.
    let bare = match evidence::bare(file) {
        Ok(bare) => bare,
        Err(UnsupportedImage::TooManyPoints) => return Err(too_large()),
        Err(_) => return Err(broken()),
    };
    let file = bare.as_slice();
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(2 * MAX_UNPACKED);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(refused)?;
    // Dimensions and colours are known here, and nothing is decompressed yet.
    let times = if is_progressive(file) { PROGRESSIVE } else { 1 };
    if decoder.total_bytes().saturating_mul(times) > MAX_UNPACKED {
        return Err(too_large());
    }
    let (width, height) = decoder.dimensions();
    // A camera stores the orientation; an image without it is not rotated.
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(refused)?;

    let side = width.min(height);
    let middle = imageops::crop_imm(&image, (width - side) / 2, (height - side) / 2, side, side);
    let mut small = if image.color().has_alpha() {
        imageops::resize(&Premultiplied(&*middle), SIDE, SIDE, FilterType::Triangle)
    } else {
        imageops::resize(&*middle, SIDE, SIDE, FilterType::Triangle)
    };
    if image.color().has_alpha() {
        small.pixels_mut().for_each(|point| *point = divided(*point));
    }
    let mut small = DynamicImage::ImageRgba8(small);
    small.apply_orientation(orientation);
    let mut png = Cursor::new(Vec::new());
    small.write_to(&mut png, ImageFormat::Png).map_err(refused)?;
    Ok(png.into_inner())
}

/// An image with premultiplied alpha. Transparent pixels have a colour too, mostly black; averaging
/// it with the neighbours would darken every edge.
struct Premultiplied<'a, V>(&'a V);

impl<V: GenericImageView<Pixel = Rgba<u8>>> GenericImageView for Premultiplied<'_, V> {
    type Pixel = Rgba<u8>;

    fn dimensions(&self) -> (u32, u32) {
        self.0.dimensions()
    }

    fn get_pixel(&self, x: u32, y: u32) -> Rgba<u8> {
        let Rgba([red, green, blue, alpha]) = self.0.get_pixel(x, y);
        let weighed = |colour: u8| {
            u8::try_from((u16::from(colour) * u16::from(alpha) + 127) / 255).unwrap_or(u8::MAX)
        };
        Rgba([weighed(red), weighed(green), weighed(blue), alpha])
    }
}

/// The colour without premultiplied alpha.
fn divided(Rgba([red, green, blue, alpha]): Rgba<u8>) -> Rgba<u8> {
    let whole = |weighed: u8| match u16::from(alpha) {
        0 => 0,
        alpha => u8::try_from((u16::from(weighed) * 255 + alpha / 2) / alpha).unwrap_or(u8::MAX),
    };
    Rgba([whole(red), whole(green), whole(blue), alpha])
}

/// The format of a file, by its first bytes; the declared type is ignored.
fn format(file: &[u8]) -> Result<ImageFormat, ApiError> {
    if file.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Ok(ImageFormat::Png);
    }
    if file.starts_with(b"\xff\xd8\xff") {
        return Ok(ImageFormat::Jpeg);
    }
    Err(ApiError::new(Code::UnsupportedMedia, "Send a PNG or a JPEG."))
}

/// Whether a file is a progressive JPEG. If that is unclear, it is assumed, which only costs
/// memory.
fn is_progressive(file: &[u8]) -> bool {
    let Some(mut rest) = file.strip_prefix(b"\xff\xd8") else { return false };
    loop {
        let [0xff, kind, high, low, ..] = *rest else { return true };
        match kind {
            // A fill byte before the next marker.
            0xff => rest = &rest[1..],
            // The frame header: baseline and extended JPEGs are decoded row by row.
            0xc0 | 0xc1 => return false,
            0xc2..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => return true,
            _ => match rest.get(2 + usize::from(u16::from_be_bytes([high, low]))..) {
                Some(next) => rest = next,
                None => return true,
            },
        }
    }
}

fn too_large() -> ApiError {
    ApiError::new(
        Code::TooLarge,
        "Send an image of at most 4 MiB that takes at most 60 MB unpacked, such as 4400 by 4400 pixels, or 2500 by 2500 as progressive JPEG.",
    )
}

fn refused(error: ImageError) -> ApiError {
    match error {
        ImageError::Limits(_) => too_large(),
        _ => broken(),
    }
}

fn broken() -> ApiError {
    ApiError::field(
        "image",
        "invalid",
        "This image is incomplete, broken or of a rare kind. Save it as PNG or JPEG and send that.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage};

    /// An image with a red left half and a blue right half.
    fn halves(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let image = RgbImage::from_fn(width, height, |x, _| {
            if x < width / 2 { Rgb([200, 0, 0]) } else { Rgb([0, 0, 200]) }
        });
        let mut file = Cursor::new(Vec::new());
        image.write_to(&mut file, format).unwrap();
        file.into_inner()
    }

    fn opened(png: &[u8]) -> image::RgbaImage {
        image::load_from_memory_with_format(png, ImageFormat::Png).unwrap().into_rgba8()
    }

    fn chunk(kind: &[u8], data: &[u8]) -> Vec<u8> {
        let crc = (0..).zip(kind.iter().chain(data)).fold(u32::MAX, |crc, (_, byte)| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _: u8| {
                if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 }
            })
        });
        [
            &u32::try_from(data.len()).unwrap().to_be_bytes()[..],
            kind,
            data,
            &(!crc).to_be_bytes()[..],
        ]
        .concat()
    }

    /// A PNG that claims a size and contains almost nothing.
    fn claims(width: u32, height: u32) -> Vec<u8> {
        let header =
            [&width.to_be_bytes()[..], &height.to_be_bytes()[..], &[16, 6, 0, 0, 0]].concat();
        [
            b"\x89PNG\r\n\x1a\n".to_vec(),
            chunk(b"IHDR", &header),
            chunk(b"IDAT", &[0x78, 0x9c, 0x03, 0, 0, 0, 0, 1]),
            chunk(b"IEND", &[]),
        ]
        .concat()
    }

    fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
        let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
        exif.extend(b"Ada lives here");
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat()
    }

    #[test]
    fn png_and_jpeg_become_a_square() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg] {
            for (width, height) in [(1, 1), (64, 48), (300, 900), (900, 300), (257, 255)] {
                let small = opened(&square(&halves(width, height, format)).unwrap());
                assert_eq!((small.width(), small.height()), (SIDE, SIDE));
            }
            let small = opened(&square(&halves(900, 300, format)).unwrap());
            assert!(
                small.get_pixel(10, 128)[0] > 150 && small.get_pixel(245, 128)[2] > 150,
                "the centre is kept"
            );
        }
    }

    #[test]
    fn a_photo_is_rotated_by_its_orientation_and_loses_its_metadata() {
        // Orientation 6: the camera was rotated by 90 degrees; the left side moves to the top.
        let photograph = with_exif(&halves(300, 300, ImageFormat::Jpeg), 6);
        assert!(photograph.windows(9).any(|w| w == b"Ada lives"));
        let png = square(&photograph).unwrap();
        let small = opened(&png);
        assert!(small.get_pixel(128, 10)[0] > 150 && small.get_pixel(128, 245)[2] > 150);
        assert!(
            !png.windows(4).any(|w| w == b"Exif" || w == b"eXIf" || w == b"tEXt" || w == b"iCCP")
        );
        assert!(!png.windows(9).any(|w| w == b"Ada lives"));
    }

    #[test]
    fn the_edge_of_a_white_disc_stays_white() {
        for alpha in [0, 255] {
            // Transparent pixels are black, as in many drawing programs, or have a strong colour.
            let hidden = image::Rgba([alpha, 0, 0, 0]);
            let disc = image::RgbaImage::from_fn(1024, 1024, |x, y| {
                let (across, down) = (f64::from(x) - 511.5, f64::from(y) - 511.5);
                if across.hypot(down) < 500.0 { image::Rgba([255; 4]) } else { hidden }
            });
            let mut file = Cursor::new(Vec::new());
            disc.write_to(&mut file, ImageFormat::Png).unwrap();
            let small = opened(&square(file.get_ref()).unwrap());
            let seen = small.pixels().filter(|point| point[3] > 0);
            assert!(seen.clone().any(|point| point[3] < 255), "the edge is half transparent");
            assert!(
                seen.clone().all(|point| point.0[..3] == [255; 3]),
                "{:?}",
                seen.clone().find(|point| point.0[..3] != [255; 3])
            );
        }
    }

    #[test]
    fn a_photo_truncated_anywhere_is_rejected() {
        let whole = halves(300, 300, ImageFormat::Jpeg);
        for percent in [2, 10, 50, 90, 99] {
            let refused = square(&whole[..whole.len() * percent / 100]).unwrap_err();
            assert_eq!(refused.code, Code::ValidationFailed, "{percent} %");
        }
        assert!(square(&[whole.as_slice(), b"what a telephone puts behind it"].concat()).is_ok());
    }

    #[test]
    fn a_file_that_is_not_an_image_is_rejected_by_its_bytes() {
        for file in [
            &b""[..],
            b"GIF89a\x01\0\x01\0",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"RIFF\0\0\0\0WEBP",
            b"\x89PNG",
            b"BM",
            b"%PDF-1.7",
            b"hello",
        ] {
            assert_eq!(square(file).unwrap_err().code, Code::UnsupportedMedia, "{file:?}");
        }
        let whole = halves(64, 64, ImageFormat::Png);
        for cut in [8, 20, 33, 60, whole.len() / 2] {
            assert_eq!(
                square(&whole[..cut]).unwrap_err().code,
                Code::ValidationFailed,
                "cut at {cut}"
            );
        }
        assert_eq!(
            square(b"\xff\xd8\xff\xe0 not a JPEG at all").unwrap_err().code,
            Code::ValidationFailed
        );
        assert_eq!(square(&vec![0; MAX_FILE + 1]).unwrap_err().code, Code::TooLarge);
    }

    #[test]
    fn a_file_with_changed_bytes_is_accepted_or_rejected_without_panic() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg] {
            let whole = halves(24, 16, format);
            for at in (0..whole.len()).step_by(5) {
                for bent in [0, 0x7f, 0xff] {
                    let mut file = whole.clone();
                    file[at] = bent;
                    drop(square(&file));
                }
                drop(square(&whole[..at]));
            }
        }
    }

    #[test]
    fn a_progressive_frame_is_distinguished_from_others() {
        let baseline = halves(64, 48, ImageFormat::Jpeg);
        assert!(!is_progressive(&baseline));
        assert!(!is_progressive(&with_exif(&baseline, 6)));
        assert!(!is_progressive(&halves(64, 48, ImageFormat::Png)));
        let mut progressive = baseline.clone();
        let frame = progressive.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap();
        progressive[frame + 1] = 0xc2;
        assert!(is_progressive(&progressive));
        // The five bytes after the marker contain height and width.
        for (side, progressive, code) in [
            (4473_u16, false, Code::TooLarge),
            (2582, true, Code::TooLarge),
            (2581, true, Code::ValidationFailed),
        ] {
            let mut file = baseline.clone();
            file[frame + 1] = if progressive { 0xc2 } else { 0xc0 };
            file[frame + 5..frame + 7].copy_from_slice(&side.to_be_bytes());
            file[frame + 7..frame + 9].copy_from_slice(&side.to_be_bytes());
            if code == Code::TooLarge {
                assert_eq!(square(&file).unwrap_err().code, code, "{side}");
            } else {
                assert_ne!(
                    square(&file).err().map(|refused| refused.code),
                    Some(Code::TooLarge),
                    "{side}"
                );
            }
        }
    }

    #[test]
    fn a_decompression_bomb_is_rejected_before_it_is_decompressed() {
        // Sixteen bits of red, green, blue and alpha are eight bytes per pixel.
        for (width, height) in
            [(60_000, 60_000), (u32::MAX >> 1, u32::MAX >> 1), (1, 7_500_001), (2739, 2739)]
        {
            assert_eq!(
                square(&claims(width, height)).unwrap_err().code,
                Code::TooLarge,
                "{width} by {height}"
            );
        }
        assert!(square(&claims(0, 10)).is_err());
        // A JPEG that claims 65,500 by 65,500 in its frame header.
        let mut jpeg = halves(16, 16, ImageFormat::Jpeg);
        let frame = jpeg.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap();
        for at in [frame + 5, frame + 7] {
            jpeg[at..at + 2].copy_from_slice(&65_500_u16.to_be_bytes());
        }
        assert_eq!(square(&jpeg).unwrap_err().code, Code::TooLarge);
    }
}
