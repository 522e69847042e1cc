//! Operations on the figures.

mod rebuild_figures;

pub use rebuild_figures::{Corrected, Rebuilt, rebuild_figures, settled_day};
