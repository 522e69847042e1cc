//! The pages. A folder mirrors the address: the pages of `/staff/users` are in `staff/users.rs`.

pub mod account;
pub mod applications;
pub mod audit;
pub mod billing;
pub mod deletions;
pub mod emails;
pub mod exports;
pub mod files;
pub mod fraud;
pub mod home;
pub mod impersonations;
pub mod jobs;
pub mod organisations;
pub mod reports;
pub mod roles;
pub mod search;
pub mod settings;
pub mod sign_in;
pub mod users;
pub mod verifications;

use std::sync::OnceLock;

use crate::{
    model::{Action, Detail, List},
    web::pages::Pages,
};

/// The declared lists.
pub fn lists() -> impl Iterator<Item = &'static List> {
    [
        account::LISTS,
        account::files::LISTS,
        applications::LISTS,
        audit::LISTS,
        billing::LISTS,
        deletions::LISTS,
        emails::LISTS,
        exports::LISTS,
        files::LISTS,
        fraud::LISTS,
        impersonations::LISTS,
        jobs::LISTS,
        organisations::LISTS,
        organisations::dns::LISTS,
        organisations::nodes::LISTS,
        reports::LISTS,
        roles::LISTS,
        settings::LISTS,
        users::LISTS,
        verifications::LISTS,
        users::views::LISTS,
    ]
    .into_iter()
    .flatten()
}

/// The declared pages about one resource.
pub fn details() -> impl Iterator<Item = &'static Detail> {
    [
        account::DETAILS,
        account::files::DETAILS,
        applications::DETAILS,
        audit::DETAILS,
        deletions::DETAILS,
        emails::DETAILS,
        exports::DETAILS,
        fraud::DETAILS,
        jobs::DETAILS,
        organisations::DETAILS,
        organisations::dns::DETAILS,
        reports::DETAILS,
        roles::DETAILS,
        settings::DETAILS,
        users::DETAILS,
        verifications::DETAILS,
    ]
    .into_iter()
    .flatten()
}

/// The declared actions.
pub fn actions() -> impl Iterator<Item = &'static Action> {
    [
        account::ACTIONS,
        account::files::ACTIONS,
        applications::ACTIONS,
        audit::ACTIONS,
        billing::ACTIONS,
        deletions::ACTIONS,
        emails::ACTIONS,
        exports::ACTIONS,
        files::ACTIONS,
        fraud::ACTIONS,
        impersonations::ACTIONS,
        jobs::ACTIONS,
        organisations::ACTIONS,
        organisations::dns::ACTIONS,
        organisations::nodes::ACTIONS,
        reports::ACTIONS,
        roles::ACTIONS,
        settings::ACTIONS,
        users::ACTIONS,
        users::more::ACTIONS,
        verifications::ACTIONS,
        users::views::ACTIONS,
    ]
    .into_iter()
    .flatten()
}

/// Every page.
pub fn pages() -> &'static Pages {
    static PAGES: OnceLock<Pages> = OnceLock::new();
    PAGES.get_or_init(|| {
        let mut pages = Pages::default()
            .get("/staff", |visit| Box::pin(home::show(visit)))
            .get("/staff/search", |visit| Box::pin(search::show(visit)))
            .get("/staff/users", |visit| Box::pin(users::list::show(visit)))
            .get("/staff/users/import", |visit| Box::pin(users::import::show(visit)))
            .post("/staff/users/import", |visit| Box::pin(users::import::plan(visit)))
            .post("/staff/users/import/start", |visit| Box::pin(users::import::start(visit)))
            .get("/staff/users/export", |visit| Box::pin(users::bulk::export(visit)))
            .get("/staff/users/bulk", |visit| Box::pin(users::bulk::show(visit)))
            .post("/staff/users/bulk", |visit| Box::pin(users::bulk::plan(visit)))
            .post("/staff/users/bulk/start", |visit| Box::pin(users::bulk::start(visit)))
            .get("/staff/users/{id}/permissions", |visit| Box::pin(roles::effective::show(visit)))
            .post("/staff/users/{id}/impersonate", |visit| Box::pin(impersonations::start(visit)))
            .get("/staff/verifications/next", |visit| Box::pin(verifications::review::next(visit)))
            .get("/staff/verifications/{id}", |visit| Box::pin(verifications::review::show(visit)))
            .get("/staff/fraud/{id}", |visit| Box::pin(fraud::review::show(visit)))
            .get("/staff/fraud/dismiss-many", |visit| Box::pin(fraud::dismiss::show(visit)))
            .post("/staff/fraud/dismiss-many", |visit| Box::pin(fraud::dismiss::plan(visit)))
            .post("/staff/fraud/dismiss-many/start", |visit| Box::pin(fraud::dismiss::start(visit)))
            .get("/staff/organisations/{id}/zones/{zoneId}/file", |visit| {
                Box::pin(organisations::dns::zone_file(visit))
            })
            .get("/staff/api", |visit| Box::pin(crate::reference::list(visit)))
            .get("/staff/api/{operation}", |visit| Box::pin(crate::reference::show(visit)))
            .get("/staff/roles/compare", |visit| Box::pin(roles::compare::show(visit)))
            .get("/staff/revenue", |visit| Box::pin(billing::revenue(visit)))
            .get("/staff/status", |visit| Box::pin(settings::status(visit)))
            .get("/staff/exports/{id}/download", |visit| Box::pin(exports::download(visit)))
            .get("/staff/deletions/{id}/receipt", |visit| Box::pin(deletions::receipt(visit)))
            .get("/account/exports/{id}/download", |visit| Box::pin(exports::download_own(visit)))
            .get("/account/files/new", |visit| Box::pin(account::files::new(visit)))
            .post("/account/files/new", |visit| Box::pin(account::files::register(visit)))
            .get("/account/files/{id}/download", |visit| Box::pin(account::files::download(visit)))
            .get("/account/billing", |visit| Box::pin(account::billing::show(visit)))
            .get("/account/billing/buy/{id}", |visit| Box::pin(account::billing::ask(visit)))
            .post("/account/billing/buy/{id}", |visit| Box::pin(account::billing::buy(visit)))
            .post("/account/billing/portal", |visit| Box::pin(account::billing::portal(visit)));
        for list in lists() {
            pages =
                pages.get(list.path, move |visit| Box::pin(crate::views::list::show(visit, list)));
        }
        for detail in details() {
            pages = pages
                .get(detail.path, move |visit| Box::pin(crate::views::detail::show(visit, detail)));
        }
        for action in actions() {
            pages = pages
                .get(action.path, move |visit| Box::pin(crate::views::action::show(visit, action)))
                .post(action.path, move |visit| {
                    Box::pin(crate::views::action::send(visit, action))
                });
        }
        pages
    })
}

/// Whether an address, with variables in braces, is the form of an action.
pub fn is_action(page: &str) -> bool {
    let page = page.split('?').next().unwrap_or_default();
    let is_variable = |segment: &str| segment.starts_with('{');
    actions().any(|action| {
        action.path.split('/').count() == page.split('/').count()
            && action
                .path
                .split('/')
                .zip(page.split('/'))
                .all(|(ours, theirs)| ours == theirs || (is_variable(ours) && is_variable(theirs)))
    })
}

/// Sentences about what is no action.
const OTHER_SENTENCES: [(&str, &str); 6] = [
    ("file-uploaded", "The file is uploaded."),
    ("checkout-done", "Stripe has your payment. What you bought is here within a minute."),
    ("checkout-cancelled", "You left the checkout. Nothing was paid."),
    ("stopped-acting", "You act for yourself again."),
    ("alerts-dismissed", "The alerts are dismissed."),
    ("acting-is-over", "You no longer act as the user: the time is over, or somebody ended it."),
];

/// The short name of an action in addresses: `users-ban`.
pub fn name_of(action: &Action) -> String {
    crate::views::action::name(action)
}

/// The sentence about a completed action with this short name.
pub fn done_sentence(name: &str) -> Option<&'static str> {
    let other = OTHER_SENTENCES.iter().find(|(known, _)| *known == name);
    if let Some((_, sentence)) = other {
        return Some(sentence);
    }
    (!name.is_empty())
        .then(|| actions().find(|action| crate::views::action::name(action) == name))
        .flatten()
        .map(|action| action.done)
}
