//! Writes a ZIP sequentially, so that it can be uploaded while it is created.
//!
//! The `zip` crate can write to a stream too, and reads everything back in the tests. It is not
//! used for writing because it writes the whole directory at once at the end (7 MB for a hundred
//! thousand members), while a multipart upload needs it piece by piece: see
//! [`ZipStream::directory_entry`]. It also keeps about 200 bytes for each member, compared with 32
//! here in addition to what the manifest needs anyway.
//!
//! Sizes follow the data ("data descriptor"), because they are not known before. ZIP64 records are
//! written only where a size, an offset or a count needs them: some readers do not support them
//! well.

use std::io::{self, Write};

use crc32fast::Hasher;
use flate2::{Compress, FlushCompress, Status};

/// A 32-bit field with this value refers to the ZIP64 record.
const MAX_32: u64 = 0xFFFF_FFFF;
const MAX_16: u64 = 0xFFFF;
/// Sizes after the data (bit 3), names in UTF-8 (bit 11).
const FLAGS: u16 = 1 << 3 | 1 << 11;
const VERSION_PLAIN: u16 = 20;
const VERSION_ZIP64: u16 = 45;
/// Created on Unix, so that the mode below is honoured.
const MADE_BY: u16 = 3 << 8 | VERSION_ZIP64;
/// A regular file, readable by all, never executable and never a link.
const ATTRIBUTES: u32 = 0o100_644 << 16;

/// Compression method of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Stored = 0,
    Deflated = 8,
}

/// The data about a member that the directory needs, besides its name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) bytes: u64,
    compressed: u64,
    offset: u64,
    crc: u32,
    method: Method,
}

struct Open {
    method: Method,
    offset: u64,
    data_start: u64,
    bytes: u64,
    crc: Hasher,
    wide: bool,
}

/// A ZIP being written to `out`, which does not need to seek.
pub(crate) struct ZipStream<W> {
    out: W,
    offset: u64,
    date: u16,
    time: u16,
    deflate: Compress,
    scratch: Vec<u8>,
    open: Option<Open>,
}

impl<W: Write> ZipStream<W> {
    /// `date` and `time` are in DOS form and apply to every member.
    pub(crate) fn new(out: W, (date, time): (u16, u16)) -> Self {
        let deflate = Compress::new(flate2::Compression::default(), false);
        Self {
            out,
            offset: 0,
            date,
            time,
            deflate,
            scratch: Vec::with_capacity(32 * 1024),
            open: None,
        }
    }

    /// Starts a member. `expected` is its size if known: a member that may exceed 4 GiB announces
    /// 64-bit sizes at its start, as strict stream readers require. If a member exceeds them
    /// unannounced, its descriptor and the directory still have the 64-bit sizes.
    pub(crate) fn begin(
        &mut self,
        name: &str,
        method: Method,
        expected: Option<u64>,
    ) -> io::Result<()> {
        // Deflating incompressible data makes it slightly longer.
        let wide = expected.is_some_and(|bytes| bytes.saturating_add(bytes >> 10) >= MAX_32);
        let offset = self.offset;
        let size = if wide { MAX_32 as u32 } else { 0 };
        let mut header = Record::new(0x0403_4b50);
        header
            .u16(if wide { VERSION_ZIP64 } else { VERSION_PLAIN })
            .u16(FLAGS)
            .u16(method as u16)
            .u16(self.time)
            .u16(self.date)
            .u32(0)
            .u32(size)
            .u32(size)
            .u16(name.len() as u16)
            .u16(if wide { 20 } else { 0 })
            .bytes(name.as_bytes());
        if wide {
            header.u16(1).u16(16).u64(0).u64(0);
        }
        self.emit(&header.0)?;
        if method == Method::Deflated {
            self.deflate.reset();
        }
        self.open = Some(Open {
            method,
            offset,
            data_start: self.offset,
            bytes: 0,
            crc: Hasher::new(),
            wide,
        });
        Ok(())
    }

    /// Adds bytes to the open member. Without an open member they are dropped; the archive prevents
    /// that.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(open) = &mut self.open else { return Ok(()) };
        open.bytes += bytes.len() as u64;
        open.crc.update(bytes);
        match open.method {
            Method::Stored => self.emit(bytes),
            Method::Deflated => self.deflate_some(bytes, FlushCompress::None),
        }
    }

    /// Ends the open member.
    pub(crate) fn end(&mut self) -> io::Result<Option<Entry>> {
        if self.open.as_ref().is_some_and(|open| open.method == Method::Deflated) {
            self.deflate_some(&[], FlushCompress::Finish)?;
        }
        let Some(open) = self.open.take() else { return Ok(None) };
        let entry = Entry {
            bytes: open.bytes,
            compressed: self.offset - open.data_start,
            offset: open.offset,
            crc: open.crc.finalize(),
            method: open.method,
        };
        let mut descriptor = Record::new(0x0807_4b50);
        descriptor.u32(entry.crc);
        if open.wide || entry.bytes >= MAX_32 || entry.compressed >= MAX_32 {
            descriptor.u64(entry.compressed).u64(entry.bytes);
        } else {
            descriptor.u32(entry.compressed as u32).u32(entry.bytes as u32);
        }
        self.emit(&descriptor.0)?;
        Ok(Some(entry))
    }

    /// Position of the next byte; used before the first directory entry.
    pub(crate) fn position(&self) -> u64 {
        self.offset
    }

    /// Writes the directory entry of a member, in the order of the members.
    pub(crate) fn directory_entry(&mut self, name: &str, entry: &Entry) -> io::Result<()> {
        // The ZIP64 record contains exactly the fields that do not fit, in this order.
        let mut wide = Record(Vec::new());
        let mut narrow = |value: u64| {
            if value >= MAX_32 {
                wide.u64(value);
                MAX_32 as u32
            } else {
                value as u32
            }
        };
        let (bytes, compressed, offset) =
            (narrow(entry.bytes), narrow(entry.compressed), narrow(entry.offset));
        let wide = wide.0;
        let extra = if wide.is_empty() { 0 } else { wide.len() + 4 };
        let mut record = Record::new(0x0201_4b50);
        record
            .u16(MADE_BY)
            .u16(if extra > 0 { VERSION_ZIP64 } else { VERSION_PLAIN })
            .u16(FLAGS)
            .u16(entry.method as u16)
            .u16(self.time)
            .u16(self.date)
            .u32(entry.crc)
            .u32(compressed)
            .u32(bytes)
            .u16(name.len() as u16)
            .u16(extra as u16)
            .u16(0) // comment
            .u16(0) // disk
            .u16(0) // internal attributes
            .u32(ATTRIBUTES)
            .u32(offset)
            .bytes(name.as_bytes());
        if extra > 0 {
            record.u16(1).u16(wide.len() as u16).bytes(&wide);
        }
        self.emit(&record.0)
    }

    /// Writes the end of the directory and returns the underlying stream.
    pub(crate) fn finish(mut self, entries: u64, directory: u64) -> io::Result<W> {
        let end = self.offset;
        let length = end - directory;
        let mut record = Record(Vec::new());
        if entries >= MAX_16 || length >= MAX_32 || directory >= MAX_32 {
            record.u32(0x0606_4b50).u64(44).u16(MADE_BY).u16(VERSION_ZIP64).u32(0).u32(0);
            record.u64(entries).u64(entries).u64(length).u64(directory);
            record.u32(0x0706_4b50).u32(0).u64(end).u32(1);
        }
        let count = entries.min(MAX_16) as u16;
        record.u32(0x0605_4b50).u16(0).u16(0).u16(count).u16(count);
        record.u32(length.min(MAX_32) as u32).u32(directory.min(MAX_32) as u32).u16(0);
        self.emit(&record.0)?;
        Ok(self.out)
    }

    fn deflate_some(&mut self, mut bytes: &[u8], flush: FlushCompress) -> io::Result<()> {
        loop {
            let taken = self.deflate.total_in();
            self.scratch.clear();
            let status = self
                .deflate
                .compress_vec(bytes, &mut self.scratch, flush)
                .map_err(io::Error::other)?;
            bytes = &bytes[(self.deflate.total_in() - taken) as usize..];
            self.out.write_all(&self.scratch)?;
            self.offset += self.scratch.len() as u64;
            let room_left = self.scratch.len() < self.scratch.capacity();
            let done = match flush {
                FlushCompress::Finish => status == Status::StreamEnd,
                _ => bytes.is_empty() && room_left,
            };
            if done {
                return Ok(());
            }
        }
    }

    fn emit(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.offset += bytes.len() as u64;
        Ok(())
    }
}

/// A sequence of little-endian fields.
struct Record(Vec<u8>);

impl Record {
    fn new(signature: u32) -> Self {
        Self(signature.to_le_bytes().to_vec())
    }

    fn u16(&mut self, value: u16) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    fn u32(&mut self, value: u32) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    fn u64(&mut self, value: u64) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }
}

#[cfg(test)]
#[path = "zip_stream_tests.rs"]
mod tests;
