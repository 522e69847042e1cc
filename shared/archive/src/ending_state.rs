//! How far the end of an archive is written.

use crate::About;
use crate::page::Page;

/// Progress of writing the end of an archive.
pub(crate) struct Ending {
    pub(crate) about: About,
    pub(crate) stage: Stage,
}

/// What is written next.
pub(crate) enum Stage {
    BeforePage,
    Page(Page),
    Manifest { next: usize },
    Directory { next: usize, start: u64 },
}

impl Ending {
    pub(crate) fn new(about: About) -> Self {
        Self { about, stage: Stage::BeforePage }
    }
}
