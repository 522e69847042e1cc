//! Memory use of a colour profile. This test is alone in its file, and so in its process: a process
//! keeps its peak value.

use std::io::{Cursor, Write};

use image::{ImageFormat, RgbaImage};

/// Maximum memory of the process, in KiB: less than the profile alone would need.
const MAX_PEAK: u64 = 80_000;

fn chunk(kind: &[u8], data: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(&[kind, data].concat());
    [
        &u32::try_from(data.len()).expect("a short chunk").to_be_bytes()[..],
        kind,
        data,
        &crc.sum().to_be_bytes()[..],
    ]
    .concat()
}

fn peak() -> u64 {
    let status =
        std::fs::read_to_string("/proc/self/status").expect("memory use is readable on Linux");
    let peak = status.lines().find_map(|line| {
        line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse().ok()
    });
    peak.expect("the peak")
}

#[test]
#[cfg(target_os = "linux")]
fn a_huge_colour_profile_is_not_decompressed() {
    let mut small = Cursor::new(Vec::new());
    RgbaImage::from_pixel(8, 8, image::Rgba([200, 0, 0, 255]))
        .write_to(&mut small, ImageFormat::Png)
        .expect("an image");
    let small = small.into_inner();
    // 115 MB of zeros, compressed piece by piece so that the test itself needs little memory.
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..115 {
        packed.write_all(&[0; 1_000_000]).expect("memory");
    }
    let profile =
        chunk(b"iCCP", &[&b"profile\0\0"[..], &packed.finish().expect("memory")].concat());
    assert!(profile.len() < 200_000);
    // After the header, which ends 25 bytes after the signature.
    let file = [&small[..33], &profile, &small[33..]].concat();

    let square = provost_avatar::square(&file).expect("the image is valid without its profile");
    let colour =
        *image::load_from_memory(&square).expect("an image").into_rgba8().get_pixel(128, 128);
    assert_eq!(colour, image::Rgba([200, 0, 0, 255]));
    assert!(peak() < MAX_PEAK, "{} KiB", peak());
}
