//! Query strings of any text: an error, or a query that reads the same after it was printed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use provost_search::query::{Vocabulary, admin, parameters};

fuzz_target!(|text: &str| {
    let vocabulary = Vocabulary { roles: &[], permissions: &[], hidden: &[] };
    if let Ok(list) = parameters::parse(text, &["format"], &vocabulary) {
        assert_eq!(list.selection.validate(), Ok(()));
        let printed = list.query_string(&list.start);
        assert_eq!(parameters::parse(&printed, &["format"], &vocabulary).as_ref(), Ok(&list));
    }
    if let Ok(list) = admin::parse(text, &vocabulary) {
        assert_eq!(list.selection.validate(), Ok(()));
    }
});
