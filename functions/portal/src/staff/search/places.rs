//! Pages and actions that a search finds by their names.

use crate::ui::texts::say;
use maud::{Markup, html};

use crate::{staff, ui::frame::NAVIGATION, web::visit::Visit};

/// At most this many are shown.
const MAX: usize = 8;

/// Forms that are no declared actions: name, address, permission.
const FORMS: [(&str, &str, &str); 1] = [("Import users", "/staff/users/import", "user.create")];

/// A page or an action.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Its name.
    pub label: &'static str,
    /// Its address.
    pub path: &'static str,
}

/// The pages and actions that the person may open and whose names have all words of a text. Without
/// a text, the pages of the navigation.
pub fn matching(visit: &Visit, text: &str) -> Vec<Place> {
    let words: Vec<String> = text.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let pages = NAVIGATION.iter().flat_map(|(_, pages)| pages.iter().copied());
    let lists = staff::lists().map(|list| (list.title, list.path, list.permission));
    let actions = staff::actions()
        .filter(|_| visit.person.acts())
        .map(|action| (action.title, action.path, action.permission));
    let forms = FORMS.iter().filter(|_| visit.person.acts()).copied();
    let all = pages.chain(lists).chain(actions).chain(forms);
    let mut found: Vec<Place> = Vec::new();
    for (label, path, permission) in all {
        let name = format!("{label} {}", say(label)).to_lowercase();
        let is_known = found.iter().any(|place| place.path == path);
        let is_match = words.iter().all(|word| name.contains(word));
        let is_open = !path.contains('{') && visit.person.may(permission);
        if is_match && is_open && !is_known {
            found.push(Place { label, path });
        }
        if found.len() == MAX && !words.is_empty() {
            break;
        }
    }
    if words.is_empty() {
        found.retain(|place| {
            NAVIGATION.iter().any(|(_, pages)| pages.iter().any(|page| page.1 == place.path))
        });
    }
    found
}

/// The places as links.
pub fn list(places: &[Place]) -> Markup {
    html! {
        @if !places.is_empty() {
            h2 { (say("Pages and actions")) }
            ul .results { @for place in places { li { a href=(place.path) { (say(place.label)) } } } }
        }
    }
}
