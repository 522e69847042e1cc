//! Reports, applications and appeals, and what staff decide about them.

mod appeals;
mod applications;
mod erasure;
mod kills;
mod reports;
mod resolutions;
mod support;
