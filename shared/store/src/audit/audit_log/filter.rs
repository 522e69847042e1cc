//! The filter of a list of entries, and the requests that it takes.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use provost_domain::{Pseudonym, Timestamp, time::HOUR};
use serde::{Deserialize, Serialize};

use super::known_months::Known;
use crate::{audit::partition, audit_partitions, item::s, walk::Walk};

/// The first month of the log. No earlier partition is queried.
pub const BEGINS: &str = "2026-01-01T00:00:00.000Z";

/// The filter of a list. An absent field does not filter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AuditFilter {
    /// Only this exact action.
    pub action: Option<String>,
    /// Only by this actor: a pseudonym, `service:…`, `system:…`, `cli` or `anonymous`.
    pub actor: Option<String>,
    /// Only requests that came with an API key.
    pub api_key: bool,
    /// Only entries about this user.
    pub target: Option<Pseudonym>,
    /// Only entries about the resource with this id.
    pub target_id: Option<String>,
    /// Only entries about the resource with this id, or of this kind.
    pub resource: Option<String>,
    /// Only entries about resources of this kind.
    pub resource_type: Option<String>,
    /// From this time on, inclusive.
    pub from: Option<Timestamp>,
    /// Until this time, inclusive.
    pub to: Option<Timestamp>,
    /// Only successful or only refused actions.
    pub success: Option<bool>,
    /// Only entries that contain this text in the action, an id or the reason, ignoring case.
    pub search: Option<String>,
}

/// The months from one time to another, `2026-11`, newest first.
pub(crate) fn months(from: Timestamp, to: Timestamp) -> Vec<String> {
    let number = |month: &str| {
        Some(month.get(..4)?.parse::<u32>().ok()? * 12 + month.get(5..7)?.parse::<u32>().ok()? - 1)
    };
    let (Some(first), Some(last)) = (number(&from.month()), number(&to.month())) else {
        return Vec::new();
    };
    (first..=last).rev().map(|month| format!("{:04}-{:02}", month / 12, month % 12 + 1)).collect()
}

impl AuditFilter {
    /// The time span that the list covers. Without an end it reaches a little past now, since
    /// clocks differ.
    pub(super) fn span(&self, now: Timestamp) -> (Timestamp, Timestamp) {
        let begins = BEGINS.parse().unwrap_or(now);
        let latest = now.plus(HOUR);
        (
            self.from.map_or(begins, |from| from.max(begins)),
            self.to.map_or(latest, |to| to.min(latest)),
        )
    }

    /// The list as groups of walks: the groups follow each other, newest first, and the entries of
    /// a group are merged. `up_to` is the last sort key that may appear.
    pub(super) fn groups(
        &self,
        table: &str,
        known: &Known,
        now: Timestamp,
        up_to: Option<&str>,
    ) -> Vec<Vec<Walk>> {
        let of_index = |index, hash, values: Vec<String>| -> Vec<Vec<Walk>> {
            let Some((low, high)) = self.reach(now, up_to) else { return Vec::new() };
            let walk = |value| {
                Walk::of_index(table, index, hash, value, "sk")
                    .between("sk", low.clone(), high.clone())
                    .backward()
            };
            vec![values.into_iter().map(|value| self.narrow(walk(value))).collect()]
        };
        match (&self.actor, self.target) {
            (Some(actor), _) => {
                let further = self
                    .months(now, up_to)
                    .iter()
                    .map(|month| known.further(month))
                    .max()
                    .unwrap_or(0);
                of_index("by-actor", "actorKey", audit_partitions::names(actor, further).collect())
            }
            (None, Some(target)) => of_index("by-target", "targetKey", vec![target.to_string()]),
            (None, None) => {
                // Partitions that are known to be empty are not queried.
                let walks = |month: String| -> Vec<Walk> {
                    let filled =
                        known.partitions(&month).filter(|name| known.total(name) != Some(0));
                    filled.filter_map(|name| self.month_walk(table, &name, now, up_to)).collect()
                };
                self.months(now, up_to).into_iter().map(walks).collect()
            }
        }
    }

    /// Whether the list can use the known totals of months.
    pub(super) fn goes_by_month(&self) -> bool {
        match &self.actor {
            Some(actor) => actor.parse::<Pseudonym>().is_err(),
            None => self.target.is_none(),
        }
    }

    /// The months that the list covers, newest first.
    pub(super) fn months(&self, now: Timestamp, up_to: Option<&str>) -> Vec<String> {
        let Some((_, high)) = self.reach(now, up_to) else { return Vec::new() };
        let (from, to) = self.span(now);
        months(from, high.get(..24).and_then(|at| at.parse().ok()).unwrap_or(to))
    }

    /// The walk over one partition of a month; `None` when the span is empty.
    pub(super) fn month_walk(
        &self,
        table: &str,
        name: &str,
        now: Timestamp,
        up_to: Option<&str>,
    ) -> Option<Walk> {
        let (low, high) = self.reach(now, up_to)?;
        Some(
            self.narrow(Walk::of_table(table, partition(name)).between("sk", low, high).backward()),
        )
    }

    /// The first and the last sort key that may appear; `None` when the span is empty.
    fn reach(&self, now: Timestamp, up_to: Option<&str>) -> Option<(String, String)> {
        let (from, to) = self.span(now);
        // `#` separates time and id, and `~` sorts after every id.
        let (low, high) =
            (from.to_string(), up_to.map_or_else(|| format!("{to}#~"), str::to_owned));
        (low <= high).then_some((low, high))
    }

    /// Whether the list is filtered by nothing but time.
    pub(super) fn is_plain(&self) -> bool {
        let Self {
            action,
            actor,
            api_key,
            target,
            target_id,
            resource,
            resource_type,
            from: _,
            to: _,
            success,
            search,
        } = self;
        [action, actor, target_id, resource, resource_type, search]
            .iter()
            .all(|text| text.is_none())
            && target.is_none()
            && success.is_none()
            && !api_key
    }

    /// The filter in words, by the name of the parameter. Users appear by pseudonym.
    pub fn describe(&self) -> BTreeMap<&'static str, String> {
        let Self {
            action,
            actor,
            api_key,
            target,
            target_id,
            resource,
            resource_type,
            from,
            to,
            success,
            search,
        } = self;
        let actor = if *api_key { Some("api_key".to_owned()) } else { actor.clone() };
        let target = target.map(|target| target.to_string()).or_else(|| target_id.clone());
        let given = [
            ("action", action.clone()),
            ("admin", actor),
            ("target", target),
            ("resource", resource.clone()),
            ("resourceType", resource_type.clone()),
            ("from", from.map(|from| from.to_string())),
            ("to", to.map(|to| to.to_string())),
            ("success", success.map(|success| success.to_string())),
            ("search", search.clone()),
        ];
        given.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    fn narrow(&self, mut walk: Walk) -> Walk {
        // With both an actor and a target, the actor's index is queried and the target is a filter.
        if let (Some(_), Some(target)) = (&self.actor, self.target) {
            walk = walk.filter(
                "#targetKey = :target",
                &[("#targetKey", "targetKey")],
                vec![(":target", s(target.to_string()))],
            );
        }
        if self.api_key {
            walk = walk.filter(
                "#apiKey = :apiKey",
                &[("#apiKey", "apiKey")],
                vec![(":apiKey", AttributeValue::Bool(true))],
            );
        }
        if let Some(id) = &self.target_id {
            walk = walk.filter(
                "#resourceId = :targetId",
                &[("#resourceId", "resourceId")],
                vec![(":targetId", s(id))],
            );
        }
        if let Some(action) = &self.action {
            walk = walk.filter(
                "#action = :action",
                &[("#action", "action")],
                vec![(":action", s(action))],
            );
        }
        if let Some(kind) = &self.resource_type {
            walk = walk.filter(
                "#resourceType = :kind",
                &[("#resourceType", "resourceType")],
                vec![(":kind", s(kind))],
            );
        }
        if let Some(resource) = &self.resource {
            walk = walk.filter(
                "(#resourceId = :resource OR #resourceType = :resource)",
                &[("#resourceId", "resourceId"), ("#resourceType", "resourceType")],
                vec![(":resource", s(resource))],
            );
        }
        if let Some(success) = self.success {
            walk = walk.filter(
                "#success = :success",
                &[("#success", "success")],
                vec![(":success", AttributeValue::Bool(success))],
            );
        }
        walk
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_listed_newest_first_across_a_new_year() {
        assert_eq!(
            months("2026-11-20".parse().unwrap(), "2027-02-01".parse().unwrap()),
            ["2027-02", "2027-01", "2026-12", "2026-11"]
        );
        assert_eq!(
            months("2026-11-20".parse().unwrap(), "2026-11-20".parse().unwrap()),
            ["2026-11"]
        );
        assert!(months("2026-12-01".parse().unwrap(), "2026-11-30".parse().unwrap()).is_empty());
    }

    #[test]
    fn partitions_before_the_first_month_or_far_in_the_future_are_not_queried() {
        let now = "2026-02-10".parse().unwrap();
        let filter = AuditFilter {
            from: Some("1970-01-01".parse().unwrap()),
            to: Some("9999-01-01".parse().unwrap()),
            ..AuditFilter::default()
        };
        assert_eq!(filter.groups("audit", &Known::default(), now, None).len(), 2);
        let later =
            AuditFilter { from: Some("2026-03-01".parse().unwrap()), ..AuditFilter::default() };
        assert!(later.groups("audit", &Known::default(), now, None).is_empty());
    }
}
