//! Splits the encrypted stream into parts of equal size, for a multipart upload.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{Context, Digest, SHA256};
use bytes::{Bytes, BytesMut};

/// Default part size, 8 MiB: 10,000 of them, the maximum of S3, are 78 GiB.
pub const PART_SIZE: usize = 8 * 1024 * 1024;

/// A part of the encrypted archive, to be uploaded under its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Part number, starting at 1 without gaps, as in S3.
    pub number: u32,
    /// Exactly the part size, except for the last part, which is usually smaller.
    pub bytes: Bytes,
}

/// The queue of encrypted bytes. The encryption writes to one handle and the archive takes parts
/// from another, because the encrypting writer gives no access to the writer it wraps; the lock is
/// never contended.
#[derive(Clone)]
pub(crate) struct Parts(Arc<Mutex<Queue>>);

struct Queue {
    part_size: usize,
    current: BytesMut,
    full: VecDeque<Bytes>,
    taken: u32,
    size: u64,
    held: usize,
    most_held: usize,
    digest: Context,
    closed: bool,
}

impl Parts {
    pub(crate) fn new(part_size: usize) -> Self {
        Self(Arc::new(Mutex::new(Queue {
            part_size,
            current: BytesMut::new(),
            full: VecDeque::new(),
            taken: 0,
            size: 0,
            held: 0,
            most_held: 0,
            digest: Context::new(&SHA256),
            closed: false,
        })))
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next full part; after closing, also the rest.
    pub(crate) fn take(&self) -> Option<Part> {
        let mut queue = self.queue();
        let bytes = match queue.full.pop_front() {
            Some(bytes) => bytes,
            None if queue.closed && !queue.current.is_empty() => queue.current.split().freeze(),
            None => return None,
        };
        queue.held -= bytes.len();
        queue.taken += 1;
        Some(Part { number: queue.taken, bytes })
    }

    pub(crate) fn close(&self) {
        self.queue().closed = true;
    }

    pub(crate) fn held(&self) -> usize {
        self.queue().held
    }

    pub(crate) fn most_held(&self) -> usize {
        self.queue().most_held
    }

    pub(crate) fn parts_taken(&self) -> u32 {
        self.queue().taken
    }

    pub(crate) fn size(&self) -> u64 {
        self.queue().size
    }

    pub(crate) fn sha256(&self) -> Digest {
        self.queue().digest.clone().finish()
    }
}

impl Write for Parts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut queue = self.queue();
        queue.digest.update(bytes);
        queue.size += bytes.len() as u64;
        queue.held += bytes.len();
        queue.most_held = queue.most_held.max(queue.held);
        if queue.full.is_empty() {
            // Reserves room for the whole part: growing by doubling would copy it and hold it
            // twice. But not while a full part waits: the allocator could not reuse that part's
            // memory, and the process would keep two parts permanently.
            let room = queue.part_size - queue.current.len();
            queue.current.reserve(room);
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(queue.part_size - queue.current.len()));
            queue.current.extend_from_slice(now);
            rest = later;
            if queue.current.len() == queue.part_size {
                let full = std::mem::take(&mut queue.current).freeze();
                queue.full.push_back(full);
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sizes of the parts for `total` bytes, written in uneven pieces.
    fn sizes_of(total: usize) -> Vec<usize> {
        let mut parts = Parts::new(PART_SIZE);
        let bytes: Vec<u8> = (0..total).map(|at| at as u8).collect();
        for piece in bytes.chunks(65_552) {
            parts.write_all(piece).unwrap();
        }
        let mut taken: Vec<Part> = std::iter::from_fn(|| parts.take()).collect();
        parts.close();
        taken.extend(std::iter::from_fn(|| parts.take()));
        assert!(taken.iter().zip(1..).all(|(part, number)| part.number == number));
        assert!(taken.iter().map(|part| part.bytes.as_ref()).collect::<Vec<_>>().concat() == bytes);
        assert_eq!((parts.size(), parts.held(), parts.most_held()), (total as u64, 0, total));
        taken.iter().map(|part| part.bytes.len()).collect()
    }

    #[test]
    fn one_byte_more_than_a_part_starts_another_part() {
        assert_eq!(sizes_of(PART_SIZE - 1), [PART_SIZE - 1]);
        assert_eq!(sizes_of(PART_SIZE), [PART_SIZE]);
        assert_eq!(sizes_of(PART_SIZE + 1), [PART_SIZE, 1]);
        assert_eq!(sizes_of(2 * PART_SIZE), [PART_SIZE; 2]);
    }

    #[test]
    fn the_rest_is_returned_only_at_the_end() {
        let mut parts = Parts::new(10);
        parts.write_all(&[1; 19]).unwrap();
        assert_eq!(parts.take().map(|part| part.bytes.len()), Some(10));
        assert_eq!(parts.take(), None);
        parts.close();
        assert_eq!(parts.take().map(|part| part.bytes.len()), Some(9));
        assert_eq!(parts.take(), None);
    }
}
