//! Bodies of bulk actions: an error, or a selection that is not empty.

#![no_main]

use libfuzzer_sys::fuzz_target;
use provost_search::query::{
    Vocabulary,
    selection::{self, BulkSelection, SelectionBody},
};

fuzz_target!(|bytes: &[u8]| {
    let vocabulary = Vocabulary { roles: &[], permissions: &[], hidden: &[] };
    let Ok(body) = serde_json::from_slice::<SelectionBody>(bytes) else { return };
    match selection::read(&body, &vocabulary) {
        Ok(BulkSelection::Users(ids)) => assert!(!ids.is_empty()),
        Ok(BulkSelection::Matching { selection, .. }) => assert_eq!(selection.validate(), Ok(())),
        Err(_) => {}
    }
});
