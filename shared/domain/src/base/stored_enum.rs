//! Enums that are stored by name, and keep the names that only a later release knows.
//!
//! While two releases run at once, and after a release is rolled back, this one reads items that a
//! later one wrote. A value that it does not know is read, shown by its name and written back
//! unchanged. Code that decides gives such a value no rights: see
//! `docs/decisions/0045-unknown-stored-values.md`.

use std::{
    cell::Cell,
    collections::BTreeSet,
    fmt,
    marker::PhantomData,
    sync::{Mutex, PoisonError},
};

use serde::{
    Deserializer,
    de::{DeserializeSeed, EnumAccess, Error, VariantAccess, Visitor},
};

/// Maximum length of a name that is kept, in bytes.
const MAX_LENGTH: usize = 64;
/// Maximum number of different names that a process keeps. They are never freed, and only stored
/// data has them, so there are as many as later releases have added.
const MAX_NAMES: usize = 4096;

/// The name of a value that only a later release knows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnknownName(&'static str);

impl UnknownName {
    /// The name as it is stored: letters, digits, `.`, `:`, `_` and `-`, at most 64 bytes. `None`
    /// for any other text.
    pub fn new(name: &str) -> Option<Self> {
        static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
        if name.is_empty()
            || name.len() > MAX_LENGTH
            || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:_-".contains(&byte))
        {
            return None;
        }
        let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = names.get(name) {
            return Some(Self(kept));
        }
        if names.len() >= MAX_NAMES {
            return None;
        }
        let kept: &'static str = Box::leak(Box::from(name));
        names.insert(kept);
        Some(Self(kept))
    }

    /// The name.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Debug for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

thread_local! {
    static ONLY_KNOWN: Cell<bool> = const { Cell::new(false) };
}

/// Runs `read`, in which unknown names are errors: for input of people and programs, where a name
/// that this release does not know is a mistake.
pub fn only_known<T>(read: impl FnOnce() -> T) -> T {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            ONLY_KNOWN.set(self.0);
        }
    }
    let _restore = Restore(ONLY_KNOWN.replace(true));
    read()
}

/// The name, unless input is being read.
pub(crate) fn kept(name: &str) -> Option<UnknownName> {
    if ONLY_KNOWN.get() { None } else { UnknownName::new(name) }
}

/// An enum that is stored by name.
pub trait StoredEnum: Copy + 'static {
    /// Name of the type, for errors.
    const TYPE: &'static str;
    /// The names of the known values.
    const NAMES: &'static [&'static str];

    /// The known value with this name.
    fn known(name: &str) -> Option<Self>;

    /// The value for the name of a later release.
    fn unknown(name: UnknownName) -> Self;
}

/// Reads a value by its name.
///
/// # Errors
/// An unknown name in input, or one that is too long to be kept.
pub fn deserialize<'de, T: StoredEnum, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    deserializer.deserialize_enum(T::TYPE, T::NAMES, Value(PhantomData))
}

struct Value<T>(PhantomData<T>);

impl<'de, T: StoredEnum> Visitor<'de> for Value<T> {
    type Value = T;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "enum {}", T::TYPE)
    }
    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<T, A::Error> {
        let (value, content) = data.variant_seed(Name(PhantomData))?;
        content.unit_variant()?;
        Ok(value)
    }
}

struct Name<T>(PhantomData<T>);

impl<'de, T: StoredEnum> DeserializeSeed<'de> for Name<T> {
    type Value = T;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<T: StoredEnum> Visitor<'_> for Name<T> {
    type Value = T;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("variant identifier")
    }
    fn visit_str<E: Error>(self, name: &str) -> Result<T, E> {
        T::known(name)
            .or_else(|| kept(name).map(T::unknown))
            .ok_or_else(|| E::unknown_variant(name, T::NAMES))
    }
}

/// Declares an enum that is stored by name, with a name for each value. It gets the variant
/// `Unknown` for the names of later releases, `ALL` and `as_str`. The API description lists the
/// known names only.
macro_rules! stored_enum {
    (
        $(#[$attribute:meta])*
        pub enum $Enum:ident {
            $( $(#[$value_attribute:meta])* $Value:ident = $name:literal, )+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, schemars::JsonSchema)]
        pub enum $Enum {
            /// A value of a later release. It is the lowest in the order, so that no comparison
            /// gives it rights.
            #[schemars(skip)]
            Unknown($crate::stored_enum::UnknownName),
            $( $(#[$value_attribute])* #[schemars(rename = $name)] $Value, )+
        }

        impl $Enum {
            /// Every value that this release knows.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$Value),+];

            /// Whether this release knows the value.
            pub const fn is_known(self) -> bool {
                !matches!(self, Self::Unknown(_))
            }

            /// The name of the value in the API and in stored items.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $( Self::$Value => $name, )+
                    Self::Unknown(name) => name.as_str(),
                }
            }
        }

        $crate::stored_enum::stored_by_name!($Enum, [$($name),+]);
    };
}

/// Reads and writes an enum with `ALL`, `as_str` and `Unknown` by its name.
macro_rules! stored_by_name {
    ($Enum:ident, $names:expr) => {
        impl $crate::stored_enum::StoredEnum for $Enum {
            const TYPE: &'static str = stringify!($Enum);
            const NAMES: &'static [&'static str] = &$names;
            fn known(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == name)
            }
            fn unknown(name: $crate::stored_enum::UnknownName) -> Self {
                Self::Unknown(name)
            }
        }

        impl serde::Serialize for $Enum {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $Enum {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::stored_enum::deserialize(deserializer)
            }
        }
    };
}

pub(crate) use {stored_by_name, stored_enum};

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Serialize};
    use serde_json::json;

    use super::*;

    stored_enum! {
        /// A colour.
        #[derive(PartialOrd, Ord)]
        pub enum Colour {
            /// Red.
            Red = "red",
            /// Dark blue.
            DarkBlue = "dark_blue",
        }
    }

    #[derive(Serialize, Deserialize)]
    struct Inner {
        colour: Colour,
        #[serde(default)]
        by_colour: BTreeMap<Colour, u32>,
        #[serde(default)]
        before: Option<Colour>,
    }

    #[derive(Serialize, Deserialize)]
    struct Outer {
        #[serde(flatten)]
        inner: Inner,
        shades: Vec<Colour>,
    }

    #[test]
    fn an_unknown_name_is_kept_wherever_it_is_stored() {
        let stored = json!({
            "colour": "ultraviolet", "by_colour": { "red": 1, "infra-red": 2 },
            "before": "x.ray", "shades": ["dark_blue", "ultraviolet"],
        });
        let read: Outer = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(read.shades[0], Colour::DarkBlue);
        assert_eq!(read.inner.colour, read.shades[1]);
        assert_eq!(read.inner.colour.as_str(), "ultraviolet");
        assert!(!read.inner.colour.is_known() && Colour::Red.is_known());
        assert!(read.inner.colour < Colour::Red, "unknown values are the lowest");
        assert_eq!(serde_json::to_value(&read).unwrap(), stored);
    }

    #[test]
    fn an_input_with_an_unknown_name_is_an_error_that_lists_the_known_ones() {
        let read = |name: &str| serde_json::from_value::<Colour>(name.into());
        let error = only_known(|| read("ultraviolet")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown variant `ultraviolet`, expected `red` or `dark_blue`"
        );
        assert_eq!(only_known(|| read("red")).unwrap(), Colour::Red);
        assert!(read("ultraviolet").is_ok(), "only the input is strict");
        assert!(std::panic::catch_unwind(|| only_known(|| panic!("while reading"))).is_err());
        assert!(read("ultraviolet").is_ok(), "also after a panic");
    }

    #[test]
    fn other_texts_are_not_names() {
        for text in
            ["", "two words", "ümlaut", "new\nline", "a/b", "../c", &"a".repeat(MAX_LENGTH + 1)]
        {
            assert!(serde_json::from_value::<Colour>(text.into()).is_err(), "{text:?}");
        }
        assert!(serde_json::from_value::<Colour>(json!(7)).is_err());
        assert!(serde_json::from_value::<Colour>(json!({ "red": 1 })).is_err());
    }

    #[test]
    fn the_description_lists_the_known_names_only() {
        let schema = schemars::schema_for!(Colour).to_value().to_string();
        assert!(schema.contains("dark_blue") && !schema.to_lowercase().contains("unknown"));
    }
}
