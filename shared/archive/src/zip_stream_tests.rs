//! ZIPs beyond the limits of 32 and 16 bits, read back by another implementation. The gigabytes are
//! zeros, which [`Sparse`] does not store.

use std::io::{Read, Seek, SeekFrom};

use zip::ZipArchive;

use super::*;

const PIECE: usize = 1024 * 1024;
static ZEROS: [u8; PIECE] = [0; PIECE];
const FOUR_GIB: u64 = 4 << 30;

#[test]
fn members_above_4_gib_and_members_after_them_are_read_back() {
    let big = FOUR_GIB + 5;
    let mut zip = ZipStream::new(Sparse::default(), (33, 0));
    let entries = vec![
        ("first.txt", member(&mut zip, "first.txt", Method::Stored, None, b"first")),
        ("announced.bin", zeros(&mut zip, "announced.bin", Method::Stored, Some(big), big)),
        ("unannounced.bin", zeros(&mut zip, "unannounced.bin", Method::Deflated, None, big)),
        ("last.txt", member(&mut zip, "last.txt", Method::Deflated, None, b"last")),
    ];
    let mut archive = ZipArchive::new(finished(zip, &entries)).unwrap();

    assert_eq!(archive.len(), 4);
    assert_eq!(text(&mut archive, "first.txt"), "first");
    assert_eq!(text(&mut archive, "last.txt"), "last");
    for name in ["announced.bin", "unannounced.bin"] {
        let mut file = archive.by_name(name).unwrap();
        assert_eq!(file.size(), big);
        // Reading to the end also checks the CRC.
        assert_eq!(std::io::copy(&mut file, &mut std::io::sink()).unwrap(), big, "{name}");
    }
}

#[test]
fn member_counts_around_the_16_bit_limit_are_correct() {
    for count in [65_534_u32, 65_535, 65_536] {
        let mut zip = ZipStream::new(Sparse::default(), (33, 0));
        let names: Vec<String> = (0..count).map(|number| format!("files/{number}")).collect();
        let mut entries = Vec::new();
        for name in &names {
            entries.push((name.as_str(), member(&mut zip, name, Method::Stored, None, b"")));
        }
        let mut archive = ZipArchive::new(finished(zip, &entries)).unwrap();
        assert_eq!(archive.len(), count as usize);
        assert_eq!(text(&mut archive, names.last().unwrap()), "");
    }
}

#[test]
fn a_member_below_4_gib_needs_no_zip64() {
    let mut zip = ZipStream::new(Vec::new(), (33, 0));
    let entry = member(&mut zip, "a", Method::Stored, Some(MAX_32 - (MAX_32 >> 9)), b"a");
    let start = zip.position();
    zip.directory_entry("a", &entry).unwrap();
    let bytes = zip.finish(1, start).unwrap();
    assert_eq!(bytes[4..6], VERSION_PLAIN.to_le_bytes());
    assert_eq!(
        bytes.len(),
        (30 + 1 + 1 + 16) + (46 + 1) + 22,
        "header, data, descriptor; directory; end"
    );
}

#[test]
fn an_empty_zip_is_valid() {
    let zip = ZipStream::new(Vec::new(), (33, 0));
    let bytes = zip.finish(0, 0).unwrap();
    assert!(ZipArchive::new(std::io::Cursor::new(bytes)).unwrap().is_empty());
}

fn member<W: Write>(
    zip: &mut ZipStream<W>,
    name: &str,
    method: Method,
    expected: Option<u64>,
    bytes: &[u8],
) -> Entry {
    zip.begin(name, method, expected).unwrap();
    zip.write(bytes).unwrap();
    zip.end().unwrap().unwrap()
}

fn zeros<W: Write>(
    zip: &mut ZipStream<W>,
    name: &str,
    method: Method,
    expected: Option<u64>,
    size: u64,
) -> Entry {
    zip.begin(name, method, expected).unwrap();
    let mut left = size;
    while left > 0 {
        let now = left.min(PIECE as u64);
        zip.write(&ZEROS[..now as usize]).unwrap();
        left -= now;
    }
    zip.end().unwrap().unwrap()
}

fn finished<W: Write>(mut zip: ZipStream<W>, entries: &[(&str, Entry)]) -> W {
    let start = zip.position();
    for (name, entry) in entries {
        zip.directory_entry(name, entry).unwrap();
    }
    zip.finish(entries.len() as u64, start).unwrap()
}

fn text<R: Read + Seek>(archive: &mut ZipArchive<R>, name: &str) -> String {
    std::io::read_to_string(archive.by_name(name).unwrap()).unwrap()
}

/// A file that stores long runs of zeros by their length only.
#[derive(Default)]
struct Sparse {
    runs: Vec<Run>,
    size: u64,
    position: u64,
}

struct Run {
    start: u64,
    length: u64,
    /// Empty for zeros.
    bytes: Vec<u8>,
}

impl Write for Sparse {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let hole = bytes.len() >= 512 && bytes.len() <= PIECE && bytes == &ZEROS[..bytes.len()];
        let length = bytes.len() as u64;
        match self.runs.last_mut() {
            Some(last) if last.bytes.is_empty() == hole => {
                last.length += length;
                if !hole {
                    last.bytes.extend_from_slice(bytes);
                }
            }
            _ if bytes.is_empty() => {}
            _ => self.runs.push(Run {
                start: self.size,
                length,
                bytes: if hole { Vec::new() } else { bytes.to_vec() },
            }),
        }
        self.size += length;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Sparse {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let at = self.runs.partition_point(|run| run.start + run.length <= self.position);
        let Some(run) = self.runs.get(at) else { return Ok(0) };
        let offset = self.position - run.start;
        let now = (into.len() as u64).min(run.length - offset).min(PIECE as u64) as usize;
        if run.bytes.is_empty() {
            into[..now].copy_from_slice(&ZEROS[..now]);
        } else {
            into[..now].copy_from_slice(&run.bytes[offset as usize..][..now]);
        }
        self.position += now as u64;
        Ok(now)
    }
}

impl Seek for Sparse {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::Current(by) => self.position.saturating_add_signed(by),
            SeekFrom::End(by) => self.size.saturating_add_signed(by),
        };
        Ok(self.position)
    }
}
