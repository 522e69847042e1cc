//! The style and the script of the portal. Their addresses contain a digest of their content, so
//! browsers keep them for a year.

use std::sync::OnceLock;

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use http::header;

use super::answer::PortalReply;

const STYLE: &str = include_str!("../ui/style.css");
const SCRIPT: &str = include_str!("../ui/script.js");
const ICON: &str = include_str!("../ui/icon.svg");

/// A file that pages load.
struct Asset {
    name: &'static str,
    content_type: &'static str,
    text: &'static str,
}

const ASSETS: [Asset; 3] = [
    Asset { name: "style.css", content_type: "text/css; charset=utf-8", text: STYLE },
    Asset { name: "script.js", content_type: "text/javascript; charset=utf-8", text: SCRIPT },
    Asset { name: "icon.svg", content_type: "image/svg+xml", text: ICON },
];

/// The address of a file.
pub fn address(name: &str) -> String {
    format!("/staff/assets/{}/{name}", version())
}

/// The file of an address; `None` if there is none. An address of an earlier version gets the
/// current file, which is not kept.
pub fn serve(version_asked: &str, name: &str) -> Option<PortalReply> {
    let asset = ASSETS.iter().find(|asset| asset.name == name)?;
    let kept =
        if version_asked == version() { "public, max-age=31536000, immutable" } else { "no-store" };
    let reply = PortalReply::bytes(asset.content_type, Bytes::from_static(asset.text.as_bytes()));
    Some(reply.with(header::CACHE_CONTROL, kept))
}

fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let all: String = ASSETS.iter().map(|asset| asset.text).collect();
        digest(&SHA256, all.as_bytes())
            .as_ref()
            .iter()
            .take(8)
            .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    })
}
