//! Content over HTTP: uploads, downloads, flags, removal and evidence.

mod api {
    mod assigned;
    mod evidence;
    mod files;
    mod flags;
    mod own_files;
    mod removal;
    pub mod support;
}
