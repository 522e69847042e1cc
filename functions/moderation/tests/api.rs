//! Content over HTTP: uploads, downloads, flags, removal and evidence.

mod api {
    mod assigned;
    mod evidence;
    mod files;
    mod flags;
    mod removal;
    pub mod support;
}
