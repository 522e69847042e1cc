//! Filter expressions of any text: an error, or a filter that the engine can evaluate.

#![no_main]

use libfuzzer_sys::fuzz_target;
use provost_domain::TimeZone;
use provost_search::query::{Vocabulary, scim};

fuzz_target!(|text: &str| {
    let vocabulary = Vocabulary { roles: &[], permissions: &[], hidden: &[] };
    if let Ok(filter) = scim::parse(text, &TimeZone::UTC, &vocabulary) {
        assert_eq!(filter.validate(), Ok(()));
    }
});
