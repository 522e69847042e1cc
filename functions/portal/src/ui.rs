//! The parts of pages.

pub mod charts;
pub mod forms;
pub mod frame;
pub mod inputs;
pub mod language;
pub mod picks;
pub mod tables;
pub mod texts;
pub mod values;
