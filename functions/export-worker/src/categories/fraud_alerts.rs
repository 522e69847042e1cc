//! `fraud-alerts.ndjson`: what the rules against fraud found about the person, and what became of
//! it. Who looked into it, and what they noted for each other, is left out: those are other people,
//! and so is everybody else whom a rule may have counted.

use provost_archive::Compression;
use provost_domain::{Principal, export::Category, fraud::Alert};
use provost_store::{fraud, item::decode};
use serde_json::{Map, Value, json};

use super::member;
use crate::writer::{Stop, Writer};

/// What a rule may say about the person themselves, and how many others it counted. What a later
/// rule says beside these is left out until it is looked at.
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

pub(super) async fn write(writer: &mut Writer<'_>, owner: &Principal) -> Result<(), Stop> {
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
