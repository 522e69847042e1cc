//! The frame of every page: navigation, search, messages.

use maud::{DOCTYPE, Markup, html};
use serde_json::Value;

use super::{
    language,
    texts::{self, say, say_with},
    values,
};
use crate::{
    client::Refusal,
    model::Header,
    web::{
        acting::STOP,
        assets,
        visit::{Person, Visit, fill},
    },
};

/// A group of the navigation: pages with their addresses and permissions.
type Group = (&'static str, &'static [(&'static str, &'static str, &'static str)]);

/// The navigation.
pub const NAVIGATION: &[Group] = &[
    (
        "Work",
        &[
            ("Home", "/staff", ""),
            ("Users", "/staff/users", "user.list"),
            ("Approvals", "/staff/jobs", "user.update"),
            ("Deletions", "/staff/deletions", "deletion.read"),
            ("Exports", "/staff/exports", "export.read"),
            ("Verifications", "/staff/verifications", "verification.read"),
            ("Fraud alerts", "/staff/fraud", "fraud.read"),
            ("Reports", "/staff/reports", "report.read"),
            ("Applications", "/staff/applications", "application.read"),
            ("Flagged files", "/staff/files", "content.flag"),
        ],
    ),
    (
        "Platform",
        &[
            ("Nodes", "/staff/nodes", "node.read"),
            ("Products", "/staff/products", "billing.read"),
            ("Promotion codes", "/staff/promotion-codes", "billing.read"),
            ("Revenue", "/staff/revenue", "billing.read"),
            ("Sent emails", "/staff/emails", "mail.logs"),
            ("Email templates", "/staff/email-templates", "mail.read"),
            ("Broadcasts", "/staff/broadcasts", "mail.read"),
        ],
    ),
    (
        "Administration",
        &[
            ("Audit log", "/staff/audit", "audit.read"),
            ("Roles", "/staff/roles", "role.read"),
            ("Impersonations", "/staff/impersonations", "user.impersonate"),
            ("Settings", "/staff/settings", "settings.read"),
            ("Storage", "/staff/storage", "storage.read"),
            ("System keys", "/staff/system-keys", "system.key"),
            ("Status", "/staff/status", "insight.read"),
            ("API", "/staff/api", ""),
        ],
    ),
];

/// A page with navigation.
pub fn page(visit: &Visit, title: &str, content: &Markup) -> String {
    let done = visit.done;
    document(
        title,
        &html! {
            a .skip href="#main" { (say("Skip to the content")) }
            (acting(visit))
            header .top {
                a .brand href="/staff" { (say("Provost")) }
                @if visit.person.may("user.list") {
                    form .find role="search" action="/staff/search" {
                        label .hidden for="find" { (say("Search")) }
                        input #find name="q" type="search" placeholder=(say("Search users, organisations, servers, orders"))
                            autocomplete="off" value=(if visit.path == "/staff/search" { visit.query.text("q") } else { "" });
                    }
                }
                div .who {
                    a href="/account" { (values::text(visit.person.name())) }
                    form method="post" action="/staff/sign-out" {
                        input type="hidden" name="_token" value=(visit.session.tokens.form_token());
                        button .plain type="submit" { (say("Sign out")) }
                    }
                }
            }
            div .columns {
                (navigation(&visit.person, &visit.path))
                main #main tabindex="-1" {
                    div #announce .hidden role="status" aria-live="polite" {}
                    @if let Some(done) = done {
                        div .notice.good role="status" { (say(done)) }
                    }
                    (content)
                }
            }
        },
    )
}

/// Who acts as whom, until when, and the button that stops it.
fn acting(visit: &Visit) -> Markup {
    let Some(acting) = &visit.session.acting else { return html! {} };
    let left = acting.ends_at.since(visit.now()).max(0) / 1000;
    let seconds = u64::try_from(left).unwrap_or_default();
    let ends_at = acting.ends_at.to_string();
    html! {
        aside .acting aria-label=(say("Acting as a user")) {
            p {
                strong {
                    (values::text(&acting.actor))
                    " " @if acting.only_looks { (say("sees what is shown to")) } @else { (say("acts as")) } " "
                    a href="/account" { (values::text(visit.person.name())) }
                }
                ". " @if acting.only_looks { (say("Changes are refused.")) } @else { (say("Changes are made as this user.")) }
                " " (say("Ends at")) " " (values::time(&ends_at, &visit.zone)) ", " (say("in")) " "
                span data-seconds=(seconds) { (duration(seconds)) } "."
            }
            form method="post" action=(STOP) {
                input type="hidden" name="_token" value=(visit.session.tokens.form_token());
                button type="submit" { (say("Stop")) }
            }
        }
    }
}

fn navigation(person: &Person, path: &str) -> Markup {
    let is_here = |page: &str| {
        path == page
            || (page != "/staff"
                && path.strip_prefix(page).is_some_and(|rest| rest.starts_with('/')))
    };
    html! {
        nav .main aria-label=(say("Pages")) {
            details open {
                summary { (say("Pages")) }
                @for (title, pages) in NAVIGATION {
                    @let shown: Vec<_> = pages.iter().filter(|(_, _, permission)| person.may(permission)).collect();
                    @if !shown.is_empty() && person.is_staff() {
                        h2 { (say(title)) }
                        ul {
                            @for (label, page, _) in shown {
                                li { a href=(page) aria-current=[is_here(page).then_some("page")] { (say(label)) } }
                            }
                        }
                    }
                }
                h2 { (say("You")) }
                ul {
                    li { a href="/account" aria-current=[is_here("/account").then_some("page")] { (say("Your account")) } }
                }
            }
        }
    }
}

/// A page without navigation, for people who are signed out.
pub fn bare(title: &str, content: &Markup) -> String {
    document(
        title,
        &html! {
            main #main .bare {
                p .brand { (say("Provost")) }
                (content)
            }
        },
    )
}

fn document(title: &str, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang=(language::current().code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                meta name="color-scheme" content="light dark";
                title { (say(title)) " · Provost" }
                link rel="icon" href=(assets::address("icon.svg"));
                link rel="stylesheet" href=(assets::address("style.css"));
                script src=(assets::address("script.js")) defer {}
            }
            body data-texts=[texts::of_script()] { (body) }
        }
    }
    .into_string()
}

/// The top of a subject's pages.
pub fn subject(visit: &Visit, header: &Header, subject: &Value) -> Markup {
    let place = |path: &str| values::place(visit, subject, path);
    html! {
        p .crumb { a href=(header.parent.1) { (say(header.parent.0)) } }
        div .subject {
            h1 { (values::text(&header.name_of(subject))) }
            dl .facts {
                @for fact in header.facts {
                    div { dt { (say(fact.label)) } dd { (values::value(visit, subject, fact)) } }
                }
            }
        }
        @let actions: Vec<_> = header.actions.iter().filter(|link| link.is_shown(&visit.person, subject)).collect();
        @if !actions.is_empty() {
            details .more open {
                summary { (say("Actions")) }
                div .actions {
                    @for link in actions {
                        a .button.danger[link.dangerous] href=(fill(link.page, place)) { (say(link.label)) }
                    }
                }
            }
        }
        @if !header.tabs.is_empty() {
            nav .tabs aria-label=(say(header.kind)) {
                @for tab in header.tabs {
                    @if visit.person.may(tab.permission) {
                        @let address = fill(tab.page, place);
                        a href=(address) aria-current=[(address == visit.path).then_some("page")] { (say(tab.label)) }
                    }
                }
            }
        }
    }
}

/// What the API refused, in its own words.
pub fn refusal(refusal: &Refusal) -> Markup {
    html! {
        div .notice.bad role="alert" {
            h2 { (say(&refusal.title)) }
            p { (say(&refusal.detail)) }
            @if let Some(seconds) = refusal.retry_after {
                p { (say_with("Try again in {}.", &[&duration(seconds)])) }
            }
            @if !refusal.errors.is_empty() {
                ul {
                    @for error in &refusal.errors {
                        li { a href={ "#" (super::inputs::id(&error.field)) } { (error.message) } }
                    }
                }
            }
            @if !refusal.request_id.is_empty() {
                p .quiet { (say("Reference:")) " " code { (refusal.request_id) } }
            }
        }
    }
}

/// A duration in words.
pub fn duration(seconds: u64) -> String {
    match seconds {
        0..=1 => say("a second").to_owned(),
        2..=119 => say_with("{} seconds", &[&seconds.to_string()]),
        120..=7199 => say_with("{} minutes", &[&seconds.div_ceil(60).to_string()]),
        _ => say_with("{} hours", &[&seconds.div_ceil(3600).to_string()]),
    }
}
