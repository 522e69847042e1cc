//! What a session runs on, told from the user agent: coarse words that a person recognises, never used to decide anything.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The device behind a session.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Device {
    /// `desktop`, `mobile`, `tablet`, `program` or `unknown`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The operating system's family.
    pub os: String,
    /// The browser's or program's family.
    pub browser: String,
}

impl Device {
    /// Reads a user agent. Families only: versions change every few weeks and would make every update a new device.
    pub fn from_user_agent(agent: &str) -> Self {
        let has = |word: &str| agent.contains(word);
        let os = if has("iPhone") || has("iPad") {
            "iOS"
        } else if has("Android") {
            "Android"
        } else if has("Windows") {
            "Windows"
        } else if has("Mac OS X") || has("Macintosh") {
            "macOS"
        } else if has("CrOS") {
            "ChromeOS"
        } else if has("Linux") {
            "Linux"
        } else {
            "unknown"
        };
        let browser = if has("Edg/") || has("EdgA/") {
            "Edge"
        } else if has("OPR/") {
            "Opera"
        } else if has("Firefox/") || has("FxiOS/") {
            "Firefox"
        } else if has("Chrome/") || has("CriOS/") {
            "Chrome"
        } else if has("Safari/") {
            "Safari"
        } else if has("curl/") {
            "curl"
        } else {
            "unknown"
        };
        let kind = if has("iPad") || has("Tablet") {
            "tablet"
        } else if has("Mobile") || has("iPhone") || has("Android") {
            "mobile"
        } else if browser == "curl" {
            "program"
        } else if os == "unknown" {
            "unknown"
        } else {
            "desktop"
        };
        Self { kind: kind.into(), os: os.into(), browser: browser.into() }
    }
}
