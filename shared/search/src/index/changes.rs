//! Changed and removed users, and their stored form.

use std::sync::Arc;

use provost_domain::UserId;
use ulid::Ulid;

use crate::{
    DecodeError, UserRecord,
    codec::{Reader, Writer},
    segment::Segment,
};

/// A user that no longer exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tombstone {
    /// The user.
    pub id: UserId,
    /// The last known version of the user; [`u64::MAX`] if it is not known.
    pub version: u64,
    /// Whether the user was erased: the values must disappear from memory and from every object.
    pub erased: bool,
}

/// A number of users in their current state.
#[derive(Debug, Clone)]
pub struct Changes {
    pub(crate) segment: Arc<Segment>,
    pub(crate) removed: Vec<Tombstone>,
}

impl Changes {
    /// Changes from the records of changed users and the removed ones.
    pub fn new(records: &[UserRecord], removed: Vec<Tombstone>) -> Self {
        Self { segment: Arc::new(Segment::from_records(records)), removed }
    }

    /// The number of changed and removed users.
    pub fn len(&self) -> usize {
        self.segment.rows() + self.removed.len()
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn encode(&self, writer: &mut Writer) {
        self.segment.encode(writer);
        writer.number(self.removed.len() as u64);
        for tombstone in &self.removed {
            writer.raw(&tombstone.id.ulid().0.to_be_bytes());
            writer.number(tombstone.version);
            writer.u8(u8::from(tombstone.erased));
        }
    }

    pub(crate) fn decode(reader: &mut Reader<'_>, limit: usize) -> Result<Self, DecodeError> {
        let segment = Arc::new(Segment::decode(reader, limit)?);
        let mut removed = Vec::new();
        for _ in 0..reader.length()? {
            let mut id = [0; 16];
            id.copy_from_slice(reader.raw(16)?);
            let id = UserId::new(Ulid(u128::from_be_bytes(id)));
            let (version, erased) = (reader.number()?, reader.u8()? == 1);
            removed.push(Tombstone { id, version, erased });
        }
        Ok(Self { segment, removed })
    }
}
