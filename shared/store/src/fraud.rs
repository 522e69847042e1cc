//! Fraud alerts: one item each, newest first in the list of all, and one slot item for each user
//! and version of the rules that names the user's alert.
//!
//! The slot item guarantees that a user has at most one live alert: raising an alert writes it on
//! condition that no other alert was raised since it was read. It stays when the alert is decided,
//! and keeps the subject of the decision, so that the next scan does not ask staff the same
//! question again.

pub mod banned_names;
pub mod features;
pub mod fraud_rules;
pub mod full_scans;
pub mod sightings;
pub(crate) mod stored_rules;

use provost_domain::{
    AlertId, DismissalId, Pseudonym, Timestamp, UserId,
    fraud::{Acknowledged, Alert, AlertStatus, Dismissal, Rule, dismissal::Filter},
    page::{Page, PageFrom, PageRequest},
};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, decode, encode, n, s},
    transaction::Condition,
    walk::Walk,
};

/// The prefix of every alert's partition.
pub const PREFIX: &str = "ALERT#";
/// The name of the list of all alerts in the index `newest`.
const LIST: &str = "fraud";

/// The key of an alert.
pub fn key(id: AlertId) -> Key {
    Key::new(format!("{PREFIX}{id}"), "ALERT")
}

/// The key of the slot that names a user's alert for a version of the rules.
pub fn place_key(user: UserId, rule_set: u64) -> Key {
    Key::new(format!("ALERTOF#{user}"), format!("RULES#{rule_set:010}"))
}

/// The key of a planned dismissal.
fn dismissal_key(id: DismissalId) -> Key {
    Key::new(format!("DISMISSAL#{id}"), "PLAN")
}

/// A user's slot for a version of the rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AlertSlot {
    /// The latest alert.
    pub alert_id: AlertId,
    /// Whether it waits for a decision.
    pub live: bool,
    /// What was already decided.
    #[serde(flatten)]
    pub acknowledged: Acknowledged,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StoredAlertSlot<'a> {
    #[serde(flatten)]
    slot: &'a AlertSlot,
    subject_id: UserId,
}

/// An alert with the attributes that only the indexes and filters need.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stored<'a> {
    #[serde(flatten)]
    alert: &'a Alert,
    list_kind: &'static str,
    subject_id: UserId,
    state: &'static str,
    rules: Vec<Rule>,
}

fn item(alert: &Alert) -> Result<Item, StoreError> {
    encode(
        "a fraud alert",
        &key(alert.id),
        &Stored {
            alert,
            list_kind: LIST,
            subject_id: alert.user_id,
            state: alert.status.as_str(),
            rules: alert.rules().collect(),
        },
    )
}

/// Reads an alert from an item.
///
/// # Errors
/// `Unreadable` for an item in another format.
fn read(item: Item) -> Result<Alert, StoreError> {
    decode("a fraud alert", item)
}

/// A filter for alerts.
#[derive(Debug, Clone, Default)]
pub struct AlertFilter {
    /// Only alerts in this state.
    pub status: Option<AlertStatus>,
    /// Only alerts that this rule contributed to.
    pub rule: Option<Rule>,
    /// Only alerts about this user.
    pub user: Option<UserId>,
    /// Only alerts that are assigned to this staff member.
    pub assigned_to: Option<Pseudonym>,
}

impl AlertFilter {
    fn accepts(&self, alert: &Alert) -> bool {
        self.status.is_none_or(|status| alert.status == status)
            && self.rule.is_none_or(|rule| alert.rules().any(|spoke| spoke == rule))
            && self.user.is_none_or(|user| alert.user_id == user)
            && self.assigned_to.is_none_or(|staff| alert.assigned_to == Some(staff))
    }

    fn walk(&self, table: &str) -> Walk {
        let mut walk = Walk::of_index(table, "newest", "listKind", LIST, "createdAt").backward();
        if let Some(status) = self.status {
            walk = walk.filter(
                "#state = :state",
                &[("#state", "state")],
                vec![(":state", s(status.as_str()))],
            );
        }
        if let Some(rule) = self.rule {
            walk = walk.filter(
                "contains(#rules, :rule)",
                &[("#rules", "rules")],
                vec![(":rule", s(rule.as_str()))],
            );
        }
        if let Some(staff) = self.assigned_to {
            walk = walk.filter(
                "#assigned = :assigned",
                &[("#assigned", "assignedTo")],
                vec![(":assigned", s(staff.to_string()))],
            );
        }
        walk
    }
}

impl Store {
    /// Reads one alert (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn alert(&self, id: AlertId) -> Result<Option<Alert>, StoreError> {
        self.batch_get(&self.names.operations, vec![key(id)], true)
            .await?
            .pop()
            .map(read)
            .transpose()
    }

    /// Reads many alerts (strongly consistent), newest first; alerts that do not exist are left
    /// out.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn alerts_by_id(&self, ids: &[AlertId]) -> Result<Vec<Alert>, StoreError> {
        let distinct: std::collections::BTreeSet<_> = ids.iter().copied().collect();
        let items = self
            .batch_get(&self.names.operations, distinct.into_iter().map(key).collect(), true)
            .await?;
        let mut alerts = items.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        alerts.sort_by_key(|alert| std::cmp::Reverse(alert.id));
        Ok(alerts)
    }

    /// Reads a planned dismissal; `None` once it has expired.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn dismissal(
        &self,
        id: DismissalId,
        now: Timestamp,
    ) -> Result<Option<Dismissal>, StoreError> {
        let found: Option<Dismissal> = self
            .batch_get(&self.names.operations, vec![dismissal_key(id)], true)
            .await?
            .pop()
            .map(|item| decode("a dismissal", item))
            .transpose()?;
        Ok(found.filter(|plan| now < plan.expires_at))
    }

    /// Reads a user's slot for a version of the rules (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn alert_place(
        &self,
        user: UserId,
        rule_set: u64,
    ) -> Result<Option<AlertSlot>, StoreError> {
        self.batch_get(&self.names.operations, vec![place_key(user, rule_set)], true)
            .await?
            .pop()
            .map(|item| decode("a slot of an alert", item))
            .transpose()
    }

    /// A page of alerts, newest first.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn alerts(
        &self,
        wanted: &AlertFilter,
        request: &PageRequest,
    ) -> Result<Page<Alert>, StoreError> {
        // A user has few alerts, and an index finds them; the list of all would have to be read to
        // its end.
        if let Some(user) = wanted.user {
            let mut alerts = self
                .items_about(user, "ALERT", PREFIX)
                .await?
                .into_iter()
                .map(read)
                .collect::<Result<Vec<_>, _>>()?;
            alerts.retain(|alert| wanted.accepts(alert));
            alerts.sort_by_key(|alert| std::cmp::Reverse(alert.id));
            return Ok(Page::of(alerts, request));
        }
        let page = self.page(&wanted.walk(&self.names.operations), request, None).await?;
        let rows = page.rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }

    /// The alerts that match a filter and wait for a decision, newest first, up to a maximum.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn alerts_waiting(
        &self,
        filter: &Filter,
        most: u32,
    ) -> Result<Vec<Alert>, StoreError> {
        let request = PageRequest { from: PageFrom::Page(1), limit: most };
        // The total is not needed.
        let page = self.page(&waiting(filter, &self.names.operations), &request, Some(0)).await?;
        let alerts = page.rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(alerts.into_iter().filter(|alert| filter.finds(alert)).collect())
    }
}

/// The walk over the alerts that match a filter: between its times, newest first, and only those
/// that wait for a decision.
fn waiting(filter: &Filter, table: &str) -> Walk {
    let Filter { status, rule, max_score, rule_set, created_after, created_before } = filter;
    let from = created_after.map_or_else(|| "0".to_owned(), |after| after.plus(1).to_string());
    let to =
        created_before.map_or_else(|| "9999-99".to_owned(), |before| before.plus(-1).to_string());
    let mut walk = AlertFilter { status: *status, rule: *rule, ..AlertFilter::default() }
        .walk(table)
        .between("createdAt", from, to);
    if status.is_none() {
        let (open, investigating, escalated) =
            (AlertStatus::Open, AlertStatus::Investigating, AlertStatus::Escalated);
        walk = walk.filter(
            "#state IN (:open, :investigating, :escalated)",
            &[("#state", "state")],
            vec![
                (":open", s(open.as_str())),
                (":investigating", s(investigating.as_str())),
                (":escalated", s(escalated.as_str())),
            ],
        );
    }
    if let Some(most) = max_score {
        walk = walk.filter("#score <= :most", &[("#score", "score")], vec![(":most", n(*most))]);
    }
    if let Some(version) = rule_set {
        walk = walk.filter(
            "#ruleSet = :version",
            &[("#ruleSet", "ruleSet")],
            vec![(":version", n(*version))],
        );
    }
    walk
}

impl Transaction {
    /// Stores a planned dismissal until it expires.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn plan_dismissal(&mut self, plan: &Dismissal) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        let mut item = encode("a dismissal", &dismissal_key(plan.id), plan)?;
        item.insert("ttl".to_owned(), n(plan.expires_at.seconds()));
        self.put(Conflict::Dismissal, &table, item, Condition::absent())
    }

    /// Raises an alert; `seen` is the slot as it was read. Fails with [`Conflict::OpenFraudAlert`]
    /// when another scan was faster, and with `erasing` for a user who is being erased.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn raise_alert(
        &mut self,
        alert: &Alert,
        seen: Option<&AlertSlot>,
    ) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        let acknowledged = seen.map(|slot| slot.acknowledged.clone()).unwrap_or_default();
        let slot = AlertSlot { alert_id: alert.id, live: true, acknowledged };
        let unchanged = match seen {
            None => Condition::absent(),
            Some(seen) => Condition::expression("alertId = :seen AND #live = :no")
                .name("#live", "live")
                .value(":seen", s(seen.alert_id.to_string()))
                .value(":no", aws_sdk_dynamodb::types::AttributeValue::Bool(false)),
        };
        self.check_not_erasing(alert.user_id)?;
        self.put(
            Conflict::OpenFraudAlert,
            &table,
            encode(
                "a slot of an alert",
                &place_key(alert.user_id, alert.rule_set),
                &StoredAlertSlot { slot: &slot, subject_id: alert.user_id },
            )?,
            unchanged,
        )?;
        self.put(Conflict::FraudAlert, &table, item(alert)?, Condition::absent())
    }

    /// Writes a changed alert; fails with [`Conflict::FraudAlert`] when it was changed in the
    /// meantime. An alert that this change decides leaves its slot; `settled` is what earlier
    /// decisions were about.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn save_alert(
        &mut self,
        alert: &Alert,
        was_live: bool,
        acknowledged: Acknowledged,
    ) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        let unchanged = Condition::expression("#version = :read")
            .name("#version", "version")
            .value(":read", n(alert.version - 1));
        self.put(Conflict::FraudAlert, &table, item(alert)?, unchanged)?;
        if !was_live || alert.status.is_live() {
            return Ok(());
        }
        let slot =
            AlertSlot { alert_id: alert.id, live: false, acknowledged: acknowledged.with(alert) };
        let own =
            Condition::expression("alertId = :alert").value(":alert", s(alert.id.to_string()));
        self.put(
            Conflict::OpenFraudAlert,
            &table,
            encode(
                "a slot of an alert",
                &place_key(alert.user_id, alert.rule_set),
                &StoredAlertSlot { slot: &slot, subject_id: alert.user_id },
            )?,
            own,
        )
    }
}
