//! Memory use: the largest accepted image, and a decompression bomb, each in its own process, since
//! a process keeps its peak value.

use std::{
    io::Cursor,
    path::{Path, PathBuf},
    process::Command,
};

use image::{ImageFormat, Rgb, RgbImage};

/// Names the file that the process started by a test converts.
const FILE: &str = "AVATAR_TO_SQUARE";
/// Maximum memory of a process, in KiB.
const MAX: u64 = 100_000;

/// Does nothing unless another test of this file started it.
#[test]
fn one_image() {
    let Some(file) = std::env::var_os(FILE) else { return };
    let taken = provost_avatar::square(&std::fs::read(&file).expect("the file is there")).is_ok();
    let expected = !Path::new(&file).ends_with("bomb.png");
    assert_eq!(taken, expected);
    let status = std::fs::read_to_string("/proc/self/status").expect("readable on Linux");
    let peak = status.lines().find_map(|line| {
        line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()
    });
    assert!(peak.expect("the peak") < MAX, "{peak:?} KiB");
}

fn in_its_own_process(name: &str, file: &[u8]) {
    let path: PathBuf = std::env::temp_dir().join(format!("provost-avatar-{}", std::process::id()));
    std::fs::create_dir_all(&path).expect("a directory");
    let path = path.join(name);
    std::fs::write(&path, file).expect("a file");
    let this = std::env::current_exe().expect("this test");
    let output = Command::new(this)
        .args(["--exact", "one_image"])
        .env(FILE, &path)
        .output()
        .expect("the process starts");
    std::fs::remove_file(&path).expect("it was written");
    let said = String::from_utf8_lossy(&output.stdout);
    // A filter that matches no test also succeeds.
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
#[cfg(target_os = "linux")]
fn the_largest_accepted_image_needs_less_than_100_megabytes() {
    // 4472 by 4472 pixels of three bytes: 59,996,352 of the 60,000,000 allowed bytes.
    let picture = RgbImage::from_pixel(4472, 4472, Rgb([10, 20, 200]));
    for format in [ImageFormat::Png, ImageFormat::Jpeg] {
        let mut file = Cursor::new(Vec::new());
        picture.write_to(&mut file, format).expect("an image");
        in_its_own_process(&format!("largest.{}", format.extensions_str()[0]), file.get_ref());
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_decompression_bomb_needs_no_memory() {
    // One pixel more per side is rejected; so is the same size with alpha, which takes one more
    // byte per pixel.
    let mut file = Cursor::new(Vec::new());
    image::RgbaImage::new(4472, 4472).write_to(&mut file, ImageFormat::Png).expect("an image");
    in_its_own_process("bomb.png", file.get_ref());
}
