//! Reads recorded items as this release does, and names those that it cannot read. A later release
//! checks with it that an older one reads its items: `infra/releases/read-by-last-release.sh`.
//!
//! ```sh
//! cargo run -p provost-store --example read_items -- infra/releases/0.1.0/items.json
//! ```

#![allow(clippy::print_stdout, reason = "the findings are what one runs this for")]

use std::{collections::HashMap, process::ExitCode};

use aws_sdk_dynamodb::types::AttributeValue;
use provost_domain::{
    User,
    api_key::ApiKey,
    deletion::DeletionRequest,
    dns::{AtName, Record, Zone},
    export::ExportJob,
    file::File,
    fraud::{Alert, full_scan::FullScan},
    infrastructure::{Node, Server},
    mail::Mail,
    notification::Notification,
    organisation::{Member, Organisation},
    organisation_activity::Activity,
    organisation_invite::Invite,
    payment::Payment,
    profile::Profile,
    second_factor::SecondFactor,
    session::SignIn,
    share_link::ShareLink,
    ssh_key::SshKey,
    staff_record::{Contributor, Document, Grant, Note},
    subscription::Subscription,
    verification::Verification,
};
use provost_store::{
    audit::StoredEntry,
    credentials::Credential,
    fraud::AlertSlot,
    infrastructure::Counters,
    item::decode,
    nodes::Link,
    organisation_invites::Sign,
    outbox::Waiting,
    records::{Claim, SubjectItem},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

fn attribute(value: &Value) -> Option<AttributeValue> {
    let (kind, content) = value.as_object()?.iter().next()?;
    let text = || content.as_str().map(str::to_owned);
    Some(match kind.as_str() {
        "S" => AttributeValue::S(text()?),
        "N" => AttributeValue::N(text()?),
        "BOOL" => AttributeValue::Bool(content.as_bool()?),
        "NULL" => AttributeValue::Null(true),
        "L" => AttributeValue::L(content.as_array()?.iter().map(attribute).collect::<Option<_>>()?),
        "SS" => {
            let texts = content.as_array()?.iter().map(|text| text.as_str().map(str::to_owned));
            AttributeValue::Ss(texts.collect::<Option<_>>()?)
        }
        "M" => AttributeValue::M(attributes(content)?),
        _ => return None,
    })
}

fn attributes(item: &Value) -> Option<HashMap<String, AttributeValue>> {
    item.as_object()?.iter().map(|(name, value)| Some((name.clone(), attribute(value)?))).collect()
}

fn read<T: DeserializeOwned>(item: HashMap<String, AttributeValue>) -> Result<(), String> {
    decode::<T>("a recorded item", item).map(drop).map_err(|error| format!("{error:?}"))
}

type Read = fn(HashMap<String, AttributeValue>) -> Result<(), String>;

/// How the items with these beginnings of their keys are read. Only items whose types are private
/// to the store are missing: claims of handles and names, locks and counts.
const KINDS: &[(&str, &str, Read)] = &[
    ("USER", "APIKEY", read::<ApiKey>),
    ("USER", "AWARD", read::<Grant>),
    ("USER", "CONTRIBUTOR", read::<Contributor>),
    ("USER", "CREDENTIAL", read::<Credential>),
    ("USER", "DOCUMENT", read::<Document>),
    ("USER", "FILE", read::<File>),
    ("USER", "MAIL", read::<Mail>),
    ("USER", "NOTE", read::<Note>),
    ("USER", "NOTIFICATION", read::<Notification>),
    ("USER", "PAYMENT", read::<Payment>),
    ("USER", "PRINCIPAL", read::<User>),
    ("USER", "PROFILE", read::<Profile>),
    ("USER", "SECONDFACTOR", read::<SecondFactor>),
    ("USER", "SIGNIN", read::<SignIn>),
    ("USER", "SSHKEY", read::<SshKey>),
    ("USER", "SUBSCRIPTION", read::<Subscription>),
    ("EMAIL", "CLAIM", read::<Claim>),
    ("PHONE", "CLAIM", read::<Claim>),
    ("USERNAME", "CLAIM", read::<Claim>),
    ("UNIQUE", "CLAIM", read::<Claim>),
    ("CUSTOMER", "CLAIM", read::<Claim>),
    ("SUBJECT", "KEY", read::<SubjectItem>),
    ("MONTH", "ENTRY", read::<StoredEntry>),
    ("ALERT", "ALERT", read::<Alert>),
    ("ALERTOF", "RULES", read::<AlertSlot>),
    ("DELETION", "REQUEST", read::<DeletionRequest>),
    ("EXPORT", "JOB", read::<ExportJob>),
    ("LINK", "LINK", read::<ShareLink>),
    ("OUTBOX", "MESSAGE", read::<Waiting>),
    ("SWEEP", "JOB", read::<FullScan>),
    ("VERIFICATION", "VERIFICATION", read::<Verification>),
    ("ADDRESS", "ORG", read::<Sign>),
    ("NODES", "NODE", read::<Node>),
    ("ORG", "ACTIVITY", read::<Activity>),
    ("ORG", "COUNTERS", read::<Counters>),
    ("ORG", "INVITE", read::<Invite>),
    ("ORG", "MEMBER", read::<Member>),
    ("ORG", "NAME", read::<AtName>),
    ("ORG", "NODE", read::<Link>),
    ("ORG", "ORGANISATION", read::<Organisation>),
    ("ORG", "RECORD", read::<Record>),
    ("ORG", "SERVER", read::<Server>),
    ("ORG", "ZONE", read::<Zone>),
];

fn main() -> ExitCode {
    let recorded = std::env::args()
        .nth(1)
        .and_then(|path| std::fs::read(path).ok())
        .and_then(|text| serde_json::from_slice::<Value>(&text).ok());
    let Some(tables) = recorded.as_ref().and_then(|recorded| recorded["tables"].as_object()) else {
        println!("usage: read_items ITEMS, the items.json of a release");
        return ExitCode::from(2);
    };
    let (mut count, mut unread, mut skipped) = (0, Vec::new(), Vec::new());
    for item in tables.values().filter_map(Value::as_array).flatten() {
        let beginning = |name: &str| {
            item[name]["S"].as_str().and_then(|key| key.split('#').next()).unwrap_or_default()
        };
        let (pk, sk) = (beginning("pk"), beginning("sk"));
        let sk = if pk == "MONTH" { "ENTRY" } else { sk };
        let name = format!("{pk} {sk}");
        let Some((.., read)) = KINDS.iter().find(|kind| (kind.0, kind.1) == (pk, sk)) else {
            skipped.push(name);
            continue;
        };
        count += 1;
        let Some(item) = attributes(item) else {
            unread.push(format!("{name}: an attribute of an unknown kind"));
            continue;
        };
        if let Err(cause) = read(item) {
            unread.push(format!("{name}: {cause}"));
        }
    }
    skipped.sort();
    skipped.dedup();
    println!("{count} items read, {} unreadable; not tried: {}", unread.len(), skipped.join(", "));
    for line in &unread {
        println!("unreadable: {line}");
    }
    if count > 0 && unread.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
