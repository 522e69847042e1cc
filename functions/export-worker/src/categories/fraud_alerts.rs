//! `fraud-alerts.ndjson`: findings of the fraud rules about the user, and their outcome. The staff
//! members, their notes, and other users whom a rule counted are left out, since those are other
//! people.

use provost_archive::Compression;
use provost_domain::{User, export::Category, fraud::Alert};
use provost_store::{fraud, item::decode};
use serde_json::{Map, Value, json};

use super::member;
use crate::writer::{Stop, Writer};

/// Details of a finding that are about the user, and counts of others. Details that a later rule
/// adds are left out until they are reviewed.
const ABOUT_THEM: [&str; 19] = [
    "domain",
    "accounts",
    "failures",
    "succeededAt",
    "signInCountry",
    "billingCountry",
    "from",
    "to",
    "minutes",
    "at",
    "sameMailbox",
    "samePhone",
    "similarPhone",
    "similarAddress",
    "bannedAccounts",
    "age",
    "consentAge",
    "oldest",
    "keys",
];

pub(super) async fn write(writer: &mut Writer<'_>, owner: &User) -> Result<(), Stop> {
    let items = writer.app.store().items_about(owner.user_id, "ALERT", fraud::PREFIX).await?;
    let mut alerts = items
        .into_iter()
        .map(|item| decode("a fraud alert", item))
        .collect::<Result<Vec<Alert>, _>>()?;
    alerts.sort_by_key(|alert| alert.id);
    writer.begin_member(member(Category::FraudAlerts), Compression::Deflate, None)?;
    for alert in &alerts {
        writer.record(&record(alert)).await?;
    }
    writer.end_member().await
}

fn record(alert: &Alert) -> Value {
    let signals: Vec<_> = alert
        .signals
        .iter()
        .map(|signal| {
            let evidence: Map<_, _> = signal
                .evidence
                .iter()
                .filter(|(name, _)| ABOUT_THEM.contains(&name.as_str()))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            json!({ "rule": signal.rule, "score": signal.score, "evidence": evidence })
        })
        .collect();
    json!({
        "id": alert.id, "status": alert.status, "score": alert.score, "signals": signals, "sourceIp": alert.source_ip,
        "createdAt": alert.created_at, "updatedAt": alert.updated_at, "closedAt": alert.closed_at,
    })
}
