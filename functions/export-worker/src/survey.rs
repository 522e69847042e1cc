//! Counts the items to write, and those of a kind that this version does not know.

use provost_domain::{UserId, export::Category};
use provost_store::{
    Store, StoreError,
    kinds::{Export, kind_of},
    records::partition,
    walk::Walk,
};
use tracing::error;

/// The contents of a user's partition.
#[derive(Debug, Default)]
pub struct Survey {
    /// Items of the requested categories.
    pub items: u64,
    /// Items of a kind that this version does not know.
    pub unknown: u64,
}

/// Reads the partition once, page by page.
///
/// # Errors
/// `Unavailable`.
pub async fn survey(
    store: &Store,
    user: UserId,
    wanted: &[Category],
) -> Result<Survey, StoreError> {
    let walk = Walk::of_table(&store.names().accounts, partition(user));
    let (mut survey, mut after) = (Survey::default(), None);
    loop {
        let (items, next) = store.next_items(&walk, after.take()).await?;
        for item in items {
            let sort = item
                .get("sk")
                .and_then(|sk| sk.as_s().ok())
                .map(String::as_str)
                .unwrap_or_default();
            match kind_of(sort).map(|kind| kind.export) {
                Some(Export::Category(category)) => {
                    survey.items += u64::from(wanted.contains(&category))
                }
                Some(Export::LeftOut(_)) => {}
                None => survey.unknown += 1,
            }
        }
        match next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    if survey.unknown > 0 {
        error!(user.id = %user, items = survey.unknown, "the account {user} has items of a kind that exports do not know");
    }
    Ok(survey)
}
