//! What every request passes before its route: the content delivery network and cross-origin rules.

pub(crate) mod behind_cdn;
pub(crate) mod cors;
