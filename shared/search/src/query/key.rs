//! The names of all parameters, with their suffixes.

use super::table::{PARAMETERS, Parameter, Pattern};

/// A parameter of the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key<'a> {
    /// A filter parameter, by its place in the table.
    Filter { parameter: usize, pattern: Option<Pattern>, negated: bool },
    /// `_match` of a filter parameter, by its place in the table.
    Match(usize),
    /// One of the other parameters.
    Other(Other),
    /// A parameter that only the caller's route has.
    Extra(&'a str),
}

macro_rules! others {
    ($($name:ident = $text:literal $([$alias:literal])? $part:ident;)*) => {
        /// A parameter that is not in the table of filters.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Other { $($name,)* }

        impl Other {
            const ALL: &'static [Self] = &[$(Self::$name,)*];

            pub(super) const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            const fn alias(self) -> Option<&'static str> {
                match self { $(Self::$name => first(&[$($alias)?]),)* }
            }

            /// Whether it is part of which users are meant, and not of how they are listed.
            const fn selects(self) -> bool {
                match self { $(Self::$name => matches!(Part::$part, Part::Selection),)* }
            }
        }
    };
}

enum Part {
    Selection,
    List,
}

const fn first(names: &[&'static str]) -> Option<&'static str> {
    if names.is_empty() { None } else { Some(names[0]) }
}

others! {
    Search = "search" Selection;
    SearchMode = "search_mode" Selection;
    Expression = "filter" Selection;
    Zone = "tz" Selection;
    OnUnavailable = "on_unavailable" Selection;
    Explain = "explain" List;
    Sort = "sort" List;
    SortBy = "sort_by" List;
    SortOrder = "sort_order" List;
    Page = "page" List;
    Limit = "page_size" ["limit"] List;
    Cursor = "cursor" List;
}

impl<'a> Key<'a> {
    /// The parameter with this name. `extras` are the names that only the caller's route has.
    pub(super) fn parse(name: &str, extras: &[&'a str]) -> Option<Self> {
        if let Some(extra) = extras.iter().find(|extra| **extra == name) {
            return Some(Self::Extra(extra));
        }
        let named = |other: &&Other| other.name() == name || other.alias() == Some(name);
        if let Some(other) = Other::ALL.iter().find(named) {
            return Some(Self::Other(*other));
        }
        if let Some(base) = name.strip_suffix("_match") {
            return position(base).filter(|at| PARAMETERS[*at].has_match()).map(Self::Match);
        }
        let (base, negated) = name.strip_suffix(".not").map_or((name, false), |base| (base, true));
        let (base, pattern) = if let Some(base) = base.strip_suffix(".prefix") {
            (base, Some(Pattern::Prefix))
        } else if let Some(base) = base.strip_suffix(".contains") {
            (base, Some(Pattern::Contains))
        } else {
            (base, None)
        };
        let parameter = position(base)?;
        let fits = pattern.is_none() || PARAMETERS[parameter].has_patterns();
        fits.then_some(Self::Filter { parameter, pattern, negated })
    }

    /// Whether several values can be given, also separated by commas.
    pub(super) fn is_list(self) -> bool {
        match self {
            Self::Filter { parameter, .. } => PARAMETERS[parameter].is_list(),
            Self::Extra(_) | Self::Other(Other::Sort) => true,
            Self::Match(_) | Self::Other(_) => false,
        }
    }

    /// Whether it is part of which users are meant, and not of how they are listed.
    pub(super) const fn selects(self) -> bool {
        match self {
            Self::Filter { .. } | Self::Match(_) => true,
            Self::Other(other) => other.selects(),
            Self::Extra(_) => false,
        }
    }
}

/// The place of a filter parameter in the table.
fn position(name: &str) -> Option<usize> {
    let named = |parameter: &Parameter| parameter.name == name || parameter.alias == Some(name);
    PARAMETERS.iter().position(named)
}

/// Every name that a parameter can have.
pub(super) fn names(extras: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = extras.iter().map(|extra| (*extra).to_owned()).collect();
    for other in Other::ALL {
        names.push(other.name().to_owned());
        names.extend(other.alias().map(str::to_owned));
    }
    for parameter in PARAMETERS {
        for name in std::iter::once(parameter.name).chain(parameter.alias) {
            names.extend(["", ".not"].map(|suffix| format!("{name}{suffix}")));
            if parameter.has_patterns() {
                let patterns = [".prefix", ".contains", ".prefix.not", ".contains.not"];
                names.extend(patterns.map(|suffix| format!("{name}{suffix}")));
            }
            if parameter.has_match() {
                names.push(format!("{name}_match"));
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_and_has_one_meaning() {
        let extras = ["format"];
        let names = names(&extras);
        for name in &names {
            assert!(Key::parse(name, &extras).is_some(), "{name}");
        }
        let distinct: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), names.len());
        for name in ["country.prefix", "city.not.prefix", "city.not.not", "country_match", ""] {
            assert_eq!(Key::parse(name, &extras), None, "{name}");
        }
    }
}
