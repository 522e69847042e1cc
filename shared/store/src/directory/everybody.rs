//! The ids of all users: from which the user index is made, and for work that passes over all users.

use provost_domain::{
    UserId,
    page::{PageFrom, PageRequest},
};
use serde::Deserialize;

use super::by_registration;
use crate::{Store, StoreError, item::decode};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Id {
    pub user_id: UserId,
}

impl Store {
    /// A page of the ids of all users, oldest account first, so that users who register in the
    /// meantime come at the end, and the position of the next page.
    ///
    /// # Errors
    /// `Unavailable`; `Unreadable` for a position from another list.
    pub async fn user_ids(
        &self,
        after: Option<String>,
        limit: u32,
    ) -> Result<(Vec<UserId>, Option<String>), StoreError> {
        let walk = by_registration(&self.names.accounts);
        let request = PageRequest { from: after.map_or(PageFrom::Page(1), PageFrom::After), limit };
        let page = self.page(&walk, &request, Some(0)).await?;
        let ids = page
            .rows
            .into_iter()
            .map(|row| decode::<Id>("a user's row", row).map(|row| row.user_id));
        Ok((ids.collect::<Result<_, _>>()?, page.next))
    }
}
