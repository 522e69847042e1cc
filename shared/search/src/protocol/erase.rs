//! Checks that nothing is left of an erased user.

use provost_domain::UserId;

use super::{MANIFEST, ProtocolError};
use crate::{
    object::{decode_base, decode_delta},
    segment::Segment,
    storage::ObjectStore,
};

/// What a check for an erased user found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErasureReport {
    /// How many objects were looked at.
    pub objects: usize,
    /// The objects that contain the id or one of the texts.
    pub holding: Vec<String>,
    /// The objects that could not be read and so not be checked.
    pub unreadable: Vec<String>,
}

impl ErasureReport {
    /// Whether every object was checked and none contains anything of the user.
    pub const fn is_clean(&self) -> bool {
        self.holding.is_empty() && self.unreadable.is_empty()
    }
}

/// Looks into every object for an id, and for texts in any of the forms in which they are stored:
/// those that the manifest does not name included. Until the grace period after a compaction has
/// ended and the objects before it were removed, some will still contain them.
///
/// # Errors
/// The storage fails.
pub async fn check_erasure(
    store: &impl ObjectStore,
    id: UserId,
    texts: &[&str],
    memory: usize,
) -> Result<ErasureReport, ProtocolError> {
    let mut report = ErasureReport::default();
    let texts: Vec<Vec<u8>> = texts
        .iter()
        .flat_map(|text| [crate::text::normal_form(text), crate::text::identifier_form(text)])
        .filter(|text| !text.is_empty())
        .map(String::into_bytes)
        .collect();
    for key in store.list().await? {
        let Some(object) = store.get(&key).await? else { continue };
        report.objects += 1;
        if key == MANIFEST {
            let ulid = id.to_string();
            if memchr::memmem::find(&object.bytes, ulid.as_bytes()).is_some() {
                report.holding.push(key);
            }
            continue;
        }
        let mentions = |segment: &Segment| {
            segment.row(id).is_some() || texts.iter().any(|text| segment.contains(text))
        };
        let found = if key.starts_with("base/") {
            decode_base(&object.bytes, memory).map(|segment| mentions(&segment))
        } else {
            decode_delta(&object.bytes, memory).map(|changes| {
                let removed = changes.removed.iter().any(|tombstone| tombstone.id == id);
                removed || mentions(&changes.segment)
            })
        };
        match found {
            Ok(true) => report.holding.push(key),
            Ok(false) => {}
            Err(_) => report.unreadable.push(key),
        }
    }
    Ok(report)
}
