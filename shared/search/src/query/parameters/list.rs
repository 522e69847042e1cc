//! How users are listed: search, order and page.

use std::collections::BTreeMap;

use provost_domain::ApiError;

use super::{MAX_LIMIT, PageStart, Search, SearchMode, SortBy, SortKey};
use crate::{
    Field,
    query::{
        Vocabulary,
        conditions::{find, number, out_of_range, truth},
        errors,
        given::{Given, Type},
        key::{Key, Other},
        values::one_of,
    },
};

pub(in crate::query) fn search(
    given: &[Given<'_>],
    most: usize,
) -> Result<Option<Search>, ApiError> {
    let mode = find(given, Other::SearchMode);
    let Some(search) = find(given, Other::Search) else {
        return match mode {
            Some(mode) => Err(errors::needs(&mode.place, "search")),
            None => Ok(None),
        };
    };
    let text = search.text(Type::Text)?.trim();
    if text.chars().count() > most {
        return Err(errors::invalid(
            &search.place,
            format!("This search text is too long. Use at most {most} characters."),
        ));
    }
    let mode = match mode {
        None => SearchMode::default(),
        Some(mode) => {
            let names = &["fuzzy", "substring", "prefix", "exact"];
            match one_of(names, &mode.place, mode.text(Type::Text)?)? {
                "substring" => SearchMode::Substring,
                "prefix" => SearchMode::Prefix,
                "exact" => SearchMode::Exact,
                _ => SearchMode::Fuzzy,
            }
        }
    };
    Ok(Some(Search { text: text.to_owned(), mode }))
}

pub(super) fn sort(
    given: &[Given<'_>],
    searches: bool,
    vocabulary: &Vocabulary<'_>,
) -> Result<Vec<SortKey>, ApiError> {
    let by = find(given, Other::SortBy);
    let order = find(given, Other::SortOrder);
    let read = |place: &str, text: &str, descending: bool| {
        let by = sort_by(place, text, searches)?;
        if let SortBy::Field(field) = by
            && let Some(hidden) = vocabulary.hides(field)
        {
            return Err(errors::hidden(place, hidden));
        }
        Ok(SortKey { by, descending })
    };
    match (find(given, Other::Sort), by, order) {
        (Some(sort), Some(_), _) => Err(errors::together(&sort.place, "sort_by")),
        (Some(sort), None, Some(_)) => Err(errors::together(&sort.place, "sort_order")),
        (None, None, Some(order)) => Err(errors::needs(&order.place, "sort_by")),
        (None, None, None) if searches => {
            Ok(vec![SortKey { by: SortBy::Relevance, descending: true }])
        }
        (None, None, None) => {
            Ok(vec![SortKey { by: SortBy::Field(Field::CreatedAt), descending: true }])
        }
        (None, Some(by), order) => {
            let descending = match order {
                None => false,
                Some(order) => {
                    one_of(&["asc", "desc"], &order.place, order.text(Type::Text)?)? == "desc"
                }
            };
            Ok(vec![read(&by.place, by.text(Type::Text)?, descending)?])
        }
        (Some(sort), None, None) => {
            let mut keys: Vec<SortKey> = Vec::new();
            for text in sort.texts(Type::Text)? {
                let (name, descending) =
                    text.strip_prefix('-').map_or((text, false), |name| (name, true));
                let key = read(&sort.place, name, descending)?;
                if keys.iter().any(|other| other.by == key.by) {
                    let sentence = format!("The list is sorted by `{name}` twice. Name it once.");
                    return Err(errors::invalid(&sort.place, sentence));
                }
                keys.push(key);
            }
            Ok(keys)
        }
    }
}

fn sort_by(place: &str, name: &str, searches: bool) -> Result<SortBy, ApiError> {
    if name == "relevance" {
        return if searches { Ok(SortBy::Relevance) } else { Err(errors::needs(place, "search")) };
    }
    let sortable = || Field::ALL.iter().filter(|field| field.uses().sort);
    match sortable().find(|field| field.name() == name) {
        Some(field) => Ok(SortBy::Field(*field)),
        None => {
            let names: Vec<&str> =
                sortable().map(|field| field.name()).chain(["relevance"]).collect();
            Err(errors::unknown_value(place, name, names.iter().copied()))
        }
    }
}

pub(super) fn start(given: &[Given<'_>]) -> Result<PageStart, ApiError> {
    match (find(given, Other::Page), find(given, Other::Cursor)) {
        (Some(_), Some(cursor)) => Err(errors::together(&cursor.place, "page")),
        (None, Some(cursor)) => Ok(PageStart::Cursor(cursor.text(Type::Text)?.to_owned())),
        (Some(page), None) => {
            let most = u64::from(u32::MAX);
            match u32::try_from(number(page, most)?) {
                Ok(number) if number > 0 => Ok(PageStart::Page(number)),
                _ => Err(out_of_range(&page.place, 1, most)),
            }
        }
        (None, None) => Ok(PageStart::Page(1)),
    }
}

pub(super) fn limit(given: &[Given<'_>]) -> Result<Option<u32>, ApiError> {
    let Some(limit) = find(given, Other::Limit) else { return Ok(None) };
    let most = u64::from(MAX_LIMIT);
    match u32::try_from(number(limit, most).unwrap_or_default()) {
        Ok(number) if number > 0 => Ok(Some(number)),
        _ => Err(out_of_range(&limit.place, 1, most)),
    }
}

pub(super) fn explain(given: &[Given<'_>]) -> Result<bool, ApiError> {
    find(given, Other::Explain).map_or(Ok(false), truth)
}

pub(in crate::query) fn skip_unavailable(given: &[Given<'_>]) -> Result<bool, ApiError> {
    let Some(given) = find(given, Other::OnUnavailable) else { return Ok(false) };
    let wanted = one_of(&["error", "skip"], &given.place, given.text(Type::Text)?)?;
    Ok(wanted == "skip")
}

pub(super) fn extras(given: &[Given<'_>]) -> BTreeMap<String, Vec<String>> {
    let named = given.iter().filter_map(|given| match given.key {
        Key::Extra(name) => {
            let values = given.values.iter().map(|value| value.text.clone()).collect();
            Some((name.to_owned(), values))
        }
        _ => None,
    });
    named.collect()
}
