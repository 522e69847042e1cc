//! Writes an archive of a given size and prints its cost: time, and the peak memory of the process.
//!
//! ```text
//! archive_bytes --mib 256                       an archive of test data, discarded
//! archive_bytes --mib 256 --plain FILE          the test data itself
//! archive_bytes --input FILE --output FILE      an archive of that file
//! ```
//! `--stored` turns off compression, `--members N` adds N small members, `--recipient age1…`
//! encrypts to your own key instead of a temporary one.

use std::fs::File;
use std::io::{self, Read, Write};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use provost_archive::{About, Archive, ArchiveOptions, Compression, Identity, Recipient};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const PIECE: usize = 256 * 1024;

#[derive(Default)]
struct Wanted {
    mib: u64,
    members: u64,
    input: Option<String>,
    output: Option<String>,
    plain: Option<String>,
    recipient: Option<String>,
    stored: bool,
}

fn main() -> Outcome<()> {
    let wanted = wanted()?;
    if let Some(path) = &wanted.plain {
        io::copy(&mut MadeUp::new(wanted.mib), &mut File::create(path)?)?;
        return Ok(());
    }
    let mut source: Box<dyn Read> = match &wanted.input {
        Some(path) => Box::new(File::open(path)?),
        None => Box::new(MadeUp::new(wanted.mib)),
    };
    let mut sink: Box<dyn Write> = match wanted.output.as_deref() {
        Some("-") => Box::new(io::stdout().lock()),
        Some(path) => Box::new(File::create(path)?),
        None => Box::new(io::sink()),
    };
    let began = Instant::now();
    let (size, held) = archive(&wanted, &mut source, &mut sink)?;
    let seconds = began.elapsed().as_secs_f64();
    eprintln!(
        "archive_bytes={size} seconds={seconds:.3} most_held_bytes={held} peak_rss_kib={}",
        peak_rss_kib()?
    );
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "an example has no application")]
fn archive(wanted: &Wanted, source: &mut dyn Read, sink: &mut dyn Write) -> Outcome<(u64, usize)> {
    let recipient = match &wanted.recipient {
        Some(text) => Recipient::parse(text)?,
        None => Identity::generate().recipient(),
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let mut archive = Archive::create(ArchiveOptions::new(vec![recipient], now.cast_signed()))?;
    archive.begin_member(
        "files/bytes.bin",
        if wanted.stored { Compression::Stored } else { Compression::Deflate },
    )?;
    let mut piece = vec![0; PIECE];
    loop {
        let read = source.read(&mut piece)?;
        if read == 0 {
            break;
        }
        archive.write(&piece[..read])?;
        send(&mut archive, sink)?;
    }
    archive.add_records(1)?;
    archive.end_member()?;
    for number in 0..wanted.members {
        archive.begin_member(&format!("notes/{number:08}.txt"), Compression::Stored)?;
        archive.write(b"small")?;
        archive.end_member()?;
        send(&mut archive, sink)?;
    }
    archive.finish_with_manifest(About::new("example"))?;
    send(&mut archive, sink)?;
    let held = archive.most_held_bytes();
    Ok((archive.into_summary()?.size, held))
}

fn send(archive: &mut Archive, sink: &mut dyn Write) -> Outcome<()> {
    while let Some(part) = archive.take_part()? {
        sink.write_all(&part.bytes)?;
    }
    Ok(())
}

/// Test data like that of an export: records that compress well, and in every fourth piece noise,
/// like images.
struct MadeUp {
    left: u64,
    state: u64,
    piece: Vec<u8>,
    at: usize,
    count: u64,
}

impl MadeUp {
    fn new(mib: u64) -> Self {
        Self { left: mib << 20, state: 0x9E37_79B9_7F4A_7C15, piece: Vec::new(), at: 0, count: 0 }
    }

    fn random(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn refill(&mut self) {
        let mut piece = std::mem::take(&mut self.piece);
        piece.clear();
        self.at = 0;
        self.count += 1;
        if self.count.is_multiple_of(4) {
            while piece.len() < PIECE {
                piece.extend_from_slice(&self.random().to_le_bytes());
            }
        } else {
            while piece.len() < PIECE {
                let (id, ip, agent) = (self.random(), self.random() as u32, self.random() % 7);
                let outcome = if self.random().is_multiple_of(9) { "refused" } else { "signed in" };
                let line = format!(
                    "{{\"id\":\"{id:016x}\",\"at\":\"2026-11-{:02}T{:02}:{:02}:33Z\",\"ip\":\"{}\",\"userAgent\":\"Browser/{agent}.0\",\"outcome\":\"{outcome}\"}}\n",
                    id % 28 + 1,
                    id % 24,
                    id % 60,
                    std::net::Ipv4Addr::from(ip),
                );
                piece.extend_from_slice(line.as_bytes());
            }
        }
        self.piece = piece;
    }
}

impl Read for MadeUp {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.piece.len() {
            self.refill();
        }
        let most = into.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let now = most.min(self.piece.len() - self.at);
        into[..now].copy_from_slice(&self.piece[self.at..self.at + now]);
        self.at += now;
        self.left -= now as u64;
        Ok(now)
    }
}

/// Peak memory of the process, as reported by Linux.
fn peak_rss_kib() -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .ok_or("no VmHWM in /proc/self/status")?;
    let number = line.split_whitespace().nth(1).ok_or("no number in VmHWM")?;
    Ok(number.parse()?)
}

fn wanted() -> Outcome<Wanted> {
    let mut wanted = Wanted { mib: 64, ..Wanted::default() };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} wants a value"));
        match argument.as_str() {
            "--mib" => wanted.mib = value()?.parse()?,
            "--members" => wanted.members = value()?.parse()?,
            "--input" => wanted.input = Some(value()?),
            "--output" => wanted.output = Some(value()?),
            "--plain" => wanted.plain = Some(value()?),
            "--recipient" => wanted.recipient = Some(value()?),
            "--stored" => wanted.stored = true,
            other => {
                return Err(format!("{other} is not an option; see the top of the file").into());
            }
        }
    }
    Ok(wanted)
}
