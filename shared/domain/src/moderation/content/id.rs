//! The id of content: that of a file or of a short URL.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ContentKind;
use crate::{FileId, ShortUrlId, ids::InvalidId};

/// Id of a file or a short URL.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(with = "String", extend("pattern" = "^(fil|url)_[0-9A-HJKMNP-TV-Z]{26}$"))]
pub enum ContentId {
    /// A file.
    File(FileId),
    /// A short URL.
    Url(ShortUrlId),
}

impl ContentId {
    /// The kind of content that has this id.
    pub const fn kind(self) -> ContentKind {
        match self {
            Self::File(_) => ContentKind::File,
            Self::Url(_) => ContentKind::Url,
        }
    }
}

impl fmt::Display for ContentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(id) => id.fmt(f),
            Self::Url(id) => id.fmt(f),
        }
    }
}

impl fmt::Debug for ContentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ContentId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text.parse() {
            Ok(id) => Ok(Self::File(id)),
            Err(refused) => text.parse().map(Self::Url).map_err(|_: InvalidId| refused),
        }
    }
}

impl Serialize for ContentId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ContentId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl From<FileId> for ContentId {
    fn from(id: FileId) -> Self {
        Self::File(id)
    }
}

impl From<ShortUrlId> for ContentId {
    fn from(id: ShortUrlId) -> Self {
        Self::Url(id)
    }
}
