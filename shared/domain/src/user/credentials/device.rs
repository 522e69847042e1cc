//! The device of a session, read from the user agent: general terms that a user recognises, never
//! used for decisions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The device of a session.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Device {
    /// Device type: `desktop`, `mobile`, `tablet`, `program` or `unknown`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Operating system family.
    pub os: String,
    /// Browser or program family.
    pub browser: String,
}

/// Programs, matched by a word of their user agent, with their display names. The first match wins.
const PROGRAMS: &[(&str, &str)] = &[
    ("curl/", "curl"),
    ("Wget/", "Wget"),
    ("HTTPie/", "HTTPie"),
    ("PostmanRuntime/", "Postman"),
    ("insomnia/", "Insomnia"),
    ("python-requests/", "Python"),
    ("python-httpx/", "Python"),
    ("Python-urllib/", "Python"),
    ("aiohttp/", "Python"),
    ("Boto3/", "AWS SDK"),
    ("aws-sdk-", "AWS SDK"),
    ("aws-cli/", "AWS CLI"),
    ("Go-http-client/", "Go"),
    ("axios/", "Node.js"),
    ("node-fetch", "Node.js"),
    ("undici", "Node.js"),
    ("Deno/", "Deno"),
    ("Bun/", "Bun"),
    ("okhttp/", "OkHttp"),
    ("Apache-HttpClient/", "Java"),
    ("Java-http-client/", "Java"),
    ("Java/", "Java"),
    ("Ruby", "Ruby"),
    ("Faraday", "Ruby"),
    ("GuzzleHttp/", "PHP"),
    ("PHP/", "PHP"),
    ("libwww-perl/", "Perl"),
    ("Dart/", "Dart"),
    ("reqwest/", "Rust"),
    ("hyper/", "Rust"),
    ("ureq/", "Rust"),
    ("PowerShell/", "PowerShell"),
    ("node", "Node.js"),
];

/// Browsers, matched by a word of their user agent. Each also claims to be the ones after it, so
/// the first match wins.
const BROWSERS: &[(&str, &str)] = &[
    ("EdgiOS/", "Edge"),
    ("EdgA/", "Edge"),
    ("Edg/", "Edge"),
    ("Edge/", "Edge"),
    ("OPR/", "Opera"),
    ("OPT/", "Opera"),
    ("OPiOS/", "Opera"),
    ("Opera", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("Ddg/", "DuckDuckGo"),
    ("HuaweiBrowser/", "Huawei Browser"),
    ("MiuiBrowser/", "Mi Browser"),
    ("UCBrowser/", "UC Browser"),
    ("Silk/", "Silk"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("; wv)", "Android WebView"),
    ("Chrome/", "Chrome"),
    ("Chromium/", "Chrome"),
    ("Safari/", "Safari"),
    ("Trident/", "Internet Explorer"),
];

impl Device {
    /// Reads a user agent. Families only: versions change every few weeks and would make every
    /// update a new device. An iPad that asks for desktop pages calls itself a Mac, and cannot be
    /// distinguished from one.
    pub fn from_user_agent(agent: &str) -> Self {
        let has = |word: &str| agent.contains(word);
        let first = |words: &[(&str, &'static str)]| {
            words.iter().find(|(word, _)| has(word)).map(|(_, name)| *name)
        };
        let os = if has("iPhone") || has("iPad") || has("iPod") {
            "iOS"
        } else if has("Android") {
            "Android"
        } else if has("Windows") {
            "Windows"
        } else if has("CrOS") {
            "ChromeOS"
        } else if has("Mac OS X") || has("Macintosh") {
            "macOS"
        } else if has("Linux") || has("X11") {
            "Linux"
        } else {
            "unknown"
        };
        let is_browser = agent.starts_with("Mozilla/") || agent.starts_with("Opera/");
        let (kind, browser) = if is_bot(agent) {
            ("program", "bot")
        } else if has("HeadlessChrome/") {
            ("program", "Headless Chrome")
        } else if has("CFNetwork/") || has("Dalvik/") {
            ("mobile", "app")
        } else if !is_browser && let Some(program) = first(PROGRAMS) {
            ("program", program)
        } else {
            let kind = if has("iPad")
                || has("Tablet")
                || has("Silk/")
                || (has("Android") && !has("Mobile"))
            {
                "tablet"
            } else if has("Mobile") || has("iPhone") || has("iPod") {
                "mobile"
            } else if os == "unknown" {
                "unknown"
            } else {
                "desktop"
            };
            (kind, first(BROWSERS).unwrap_or("unknown"))
        };
        Self { kind: kind.into(), os: os.into(), browser: browser.into() }
    }
}

/// Whether an agent identifies itself as a crawler: a word that ends in bot, crawler or spider, as
/// nearly all of them do, or the name of a link previewer.
fn is_bot(agent: &str) -> bool {
    let lower = agent.to_ascii_lowercase();
    let ends_a_word = |name: &str| {
        lower.match_indices(name).any(|(at, _)| {
            lower[at + name.len()..].chars().next().is_none_or(|next| !next.is_ascii_alphabetic())
        })
    };
    // A phone brand.
    let is_phone = lower.contains("cubot");
    (!is_phone && ["bot", "crawler", "spider"].into_iter().any(ends_a_word))
        || lower.contains("facebookexternalhit")
        || lower.contains("slurp")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_user_agents_are_recognised() {
        for line in include_str!("../../../tests/user-agents.tsv").lines() {
            let (family, agent) = line.split_once('\t').unwrap();
            assert_eq!(Device::from_user_agent(agent).family(), family, "{agent}");
        }
    }
}
