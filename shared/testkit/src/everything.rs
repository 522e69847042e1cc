//! A user with one item of each kind that an export writes and an erasure removes, created as the
//! platform creates it. Add each new kind here, and the tests of both workers cover it.

mod access;
mod account;
mod billing;
mod files;
mod moderation;
mod notices;
mod organisations;
mod staff_records;

use provost_domain::UserId;

use crate::World;

impl World {
    /// Gives a user one item of each kind. The first name of the user is in every text field, so
    /// that a search for it finds data that was not removed.
    pub async fn give_everything(&self, user: UserId) {
        self.banned_once(user).await;
        self.keys(user).await;
        self.active_day(user).await;
        self.plan(user).await;
        let record = self.user(user).await.expect("the user exists");
        self.payments(&record).await;
        self.notices(&record).await;
        self.staff_records(&record).await;
        self.verifications(&record).await;
        self.files(&record).await;
        self.contents(&record).await;
        let own = self.organisations(&record).await;
        self.servers_and_zones(&record, own).await;
        self.fraud_alert(&record).await;
        self.reports(&record).await;
        self.application(&record).await;
        let record = self.user(user).await.expect("the user exists");
        self.rights(&record).await;
    }
}
