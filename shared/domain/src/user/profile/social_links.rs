//! Links to pages about a user.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Links to pages about a user. Each is an `https` URL.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct SocialLinks {
    /// Page at LinkedIn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linkedin: Option<String>,
    /// Page at X, formerly Twitter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub twitter: Option<String>,
    /// Page at Facebook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facebook: Option<String>,
    /// Page at Instagram.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instagram: Option<String>,
    /// Channel at YouTube.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub youtube: Option<String>,
    /// The user's own website.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
}

impl SocialLinks {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn named(&mut self) -> [(&'static str, &mut Option<String>); 6] {
        [
            ("linkedin", &mut self.linkedin),
            ("twitter", &mut self.twitter),
            ("facebook", &mut self.facebook),
            ("instagram", &mut self.instagram),
            ("youtube", &mut self.youtube),
            ("website", &mut self.website),
        ]
    }
}
