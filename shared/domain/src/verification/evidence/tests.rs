//! Tests of images and documents.

use super::{jpeg::held_so, *};

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
    let frame = [&[8][..], &height.to_be_bytes(), &width.to_be_bytes(), &[1, 1, 0x11, 0]].concat();
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
    for (kind, file) in [("image/png", a_png(640, 480, &[])), ("image/jpeg", a_jpeg(640, 480, &[]))]
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
    let metadata =
        [chunk(b"tEXt", b"Author\0Ada"), chunk(b"eXIf", b"Ada lives here"), chunk(b"iTXt", b"Ada")];
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
    let little = exif(b"II\x2a\0\x08\0\0\0", b"\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0");
    for written in [big, little] {
        let cleaned = kept("image/jpeg", &a_jpeg(9, 9, std::slice::from_ref(&written))).unwrap();
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
            assert_eq!(kept(kind, file), Err(UnsupportedImage::OtherType), "{file:?} as {kind}");
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
    let written = exif(b"II\x2a\0\x08\0\0\0", b"\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0");
    for (kind, file) in [("image/png", a_png(9, 9, &[])), ("image/jpeg", a_jpeg(9, 9, &[written]))]
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
