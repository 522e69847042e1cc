//! The infrastructure that the templates declare.

use std::{
    path::Path,
    sync::{Arc, OnceLock},
};

use provost_local::Infrastructure;

/// The template, read once for all tests.
pub fn infrastructure() -> Arc<Infrastructure> {
    static READ: OnceLock<Arc<Infrastructure>> = OnceLock::new();
    READ.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        Arc::new(
            Infrastructure::read(&root).expect("template.yaml and infra/data.yaml can be read"),
        )
    })
    .clone()
}
