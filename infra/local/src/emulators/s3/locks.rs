//! Locks of keys.

use super::extras::Address;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::OwnedMutexGuard;

/// One writer at a time per key, so that a check and its write are atomic.
#[derive(Debug, Default)]
pub(super) struct Locks(Mutex<HashMap<Address, Weak<tokio::sync::Mutex<()>>>>);

impl Locks {
    pub(super) async fn hold(&self, bucket: &str, key: &str) -> OwnedMutexGuard<()> {
        let lock = {
            let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if held.len() > 1000 {
                held.retain(|_, lock| lock.strong_count() > 0);
            }
            let entry = held.entry((bucket.to_owned(), key.to_owned())).or_default();
            match entry.upgrade() {
                Some(lock) => lock,
                None => {
                    let lock = Arc::new(tokio::sync::Mutex::new(()));
                    *entry = Arc::downgrade(&lock);
                    lock
                }
            }
        };
        lock.lock_owned().await
    }
}
