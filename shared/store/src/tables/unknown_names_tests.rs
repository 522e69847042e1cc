//! The items that releases have recorded, with a name of a later release in place of every name of
//! a stored enum: this release reads them, and writes the name back where it writes the item back.

use std::{collections::BTreeSet, path::Path};

use aws_sdk_dynamodb::types::AttributeValue;
use bytes::Bytes;
use provost_domain::{
    BuiltInRole, Status, User,
    deletion::{DeletionRequest, DeletionState},
    dns,
    entitlement::StudentSource,
    export::{Category, ExportJob, ExportStatus, Withheld},
    fraud::{Alert, AlertStatus, EventKind, Rule, full_scan},
    mail::{BounceType, Feedback, Mail, MailStatus, SuppressionReason, Template},
    notification::{Notification, NotificationKind},
    organisation::{Member, MemberRole, Organisation},
    organisation_invite::{Invite, InviteStatus},
    payment::{Payment, PaymentKind},
    product::{BillingInterval, ProductType},
    session::{SignIn, SignInStatus},
    staff_record::{Grant, GrantEnd, GrantType},
    stored_enum::StoredEnum,
    subscription::{Subscription, SubscriptionEventKind, SubscriptionStatus},
    user::{PortalTier, SuspensionKind},
    verification::{ImageKind, Verification, VerificationStatus, VerificationType},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use super::*;
use crate::{StoreError, audit::StoredEntry, fraud::AlertSlot, item::Item};

/// A name that no release has.
const LATER: &str = "of_a_later_release";

/// The names of every stored enum.
fn names() -> BTreeSet<&'static str> {
    macro_rules! names {
        ($($Enum:ty),* $(,)?) => { [$(<$Enum as StoredEnum>::NAMES),*].concat().into_iter().collect() };
    }
    names!(
        BuiltInRole,
        Status,
        SuspensionKind,
        PortalTier,
        SignInStatus,
        GrantType,
        GrantEnd,
        NotificationKind,
        DeletionState,
        ExportStatus,
        Category,
        Withheld,
        AlertStatus,
        EventKind,
        Rule,
        full_scan::FraudScanStatus,
        full_scan::Pass,
        MailStatus,
        BounceType,
        Feedback,
        SuppressionReason,
        Template,
        MemberRole,
        InviteStatus,
        VerificationType,
        VerificationStatus,
        ImageKind,
        StudentSource,
        PaymentKind,
        ProductType,
        BillingInterval,
        SubscriptionStatus,
        SubscriptionEventKind,
        dns::RecordType,
        dns::ZoneStatus,
    )
}

/// Reads an item in both ways that the store has, and writes it.
fn rewritten<T: DeserializeOwned + Serialize>(item: &Value) -> Result<Value, StoreError> {
    let row = Row(Bytes::from(item.to_string()));
    let decoded: T = row.item()?.decode("a recorded item")?;
    let read: T = row.decode("a recorded item")?;
    let written = |value: &T| {
        let item: Item = serde_dynamo::to_item(value).expect("it can be written");
        Value::Object(item.into_iter().map(|(name, value)| (name, in_json(value))).collect())
    };
    assert_eq!(written(&decoded), written(&read), "both ways read the same");
    Ok(written(&read))
}

fn in_json(value: AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::Bool(truth) => json!({ "BOOL": truth }),
        AttributeValue::Null(_) => json!({ "NULL": true }),
        AttributeValue::L(list) => {
            json!({ "L": list.into_iter().map(in_json).collect::<Vec<_>>() })
        }
        AttributeValue::M(map) => {
            json!({ "M": map.into_iter().map(|(name, value)| (name, in_json(value))).collect::<Map<_, _>>() })
        }
        other => panic!("no item has a {other:?} so far"),
    }
}

type Rewrite = fn(&Value) -> Result<Value, StoreError>;

/// How the items with these beginnings of their keys are read. A kind is missing here only if none
/// of its values is a name of a stored enum.
const KINDS: &[(&str, &str, Rewrite)] = &[
    ("USER", "AWARD", rewritten::<Grant>),
    ("USER", "MAIL", rewritten::<Mail>),
    ("USER", "NOTIFICATION", rewritten::<Notification>),
    ("USER", "PAYMENT", rewritten::<Payment>),
    ("USER", "PRINCIPAL", rewritten::<User>),
    ("USER", "SIGNIN", rewritten::<SignIn>),
    ("USER", "SUBSCRIPTION", rewritten::<Subscription>),
    ("MONTH", "2026-11-20T16:00:00.000Z", rewritten::<StoredEntry>),
    ("ALERT", "ALERT", rewritten::<Alert>),
    ("ALERTOF", "RULES", rewritten::<AlertSlot>),
    ("DELETION", "REQUEST", rewritten::<DeletionRequest>),
    ("EXPORT", "JOB", rewritten::<ExportJob>),
    ("SWEEP", "JOB", rewritten::<full_scan::FullScan>),
    ("VERIFICATION", "VERIFICATION", rewritten::<Verification>),
    ("ORG", "INVITE", rewritten::<Invite>),
    ("ORG", "MEMBER", rewritten::<Member>),
    ("ORG", "NAME", rewritten::<dns::AtName>),
    ("ORG", "ORGANISATION", rewritten::<Organisation>),
    ("ORG", "RECORD", rewritten::<dns::Record>),
];

/// Where names of stored enums are: the values of attributes, and the keys of maps by rule.
fn places(value: &Value, names: &BTreeSet<&str>, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (name, inner) in object {
                if Rule::NAMES.contains(&name.as_str()) {
                    found.push(format!("{path}/{name} (key)"));
                }
                places(inner, names, &format!("{path}/{name}"), found);
            }
        }
        Value::Array(list) => {
            for (place, inner) in list.iter().enumerate() {
                places(inner, names, &format!("{path}/{place}"), found);
            }
        }
        Value::String(text) if path.ends_with("/S") && names.contains(text.as_str()) => {
            found.push(path.to_owned());
        }
        _ => {}
    }
}

/// The item with the later name in one of the places.
fn with_later_name(item: &Value, place: &str) -> Value {
    let mut changed = item.clone();
    match place.strip_suffix(" (key)") {
        Some(path) => {
            let (map, name) = path.rsplit_once('/').expect("a path");
            let map = changed.pointer_mut(map).and_then(Value::as_object_mut).expect("a map");
            let content = map.remove(name).expect("its entry");
            map.insert(LATER.to_owned(), content);
        }
        None => *changed.pointer_mut(place).expect("the place") = LATER.into(),
    }
    changed
}

/// Whether the item has something else than `than` in the place, and the later name there.
fn has_later_name(item: &Value, place: &str) -> bool {
    match place.strip_suffix(" (key)") {
        Some(path) => {
            let (map, _) = path.rsplit_once('/').expect("a path");
            item.pointer(map).is_some_and(|map| map.get(LATER).is_some())
        }
        None => item.pointer(place).is_some_and(|value| value == LATER),
    }
}

fn has_place(item: &Value, place: &str) -> bool {
    item.pointer(place.strip_suffix(" (key)").unwrap_or(place)).is_some()
}

#[test]
fn every_recorded_item_is_read_with_the_names_of_a_later_release_and_keeps_them() {
    let (names, mut tried, mut kept) = (names(), BTreeSet::new(), BTreeSet::new());
    let releases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/releases");
    for release in std::fs::read_dir(releases).expect("the folder of releases") {
        let Ok(text) = std::fs::read(release.expect("an entry").path().join("items.json")) else {
            continue;
        };
        let recorded: Value = serde_json::from_slice(&text).expect("JSON");
        let tables = recorded["tables"].as_object().expect("tables").values();
        for item in tables.flat_map(|table| table.as_array().expect("items")) {
            let mut found = Vec::new();
            places(item, &names, "", &mut found);
            let beginning = |name: &str| {
                item[name]["S"].as_str().and_then(|key| key.split('#').next()).unwrap_or_default()
            };
            let (pk, sk) = (beginning("pk"), beginning("sk"));
            found.retain(|place| !place.starts_with("/pk") && !place.starts_with("/sk"));
            if found.is_empty() {
                continue;
            }
            let Some((.., rewrite)) = KINDS.iter().find(|kind| (kind.0, kind.1) == (pk, sk)) else {
                panic!("{pk} {sk} has {found:?}: add to `KINDS` how it is read");
            };
            let before = rewrite(item).expect("a recorded item is readable");
            for place in found {
                let after = rewrite(&with_later_name(item, &place))
                    .unwrap_or_else(|error| panic!("{pk} {sk} {place}: {error}"));
                tried.insert(format!("{pk} {sk}"));
                // Attributes for indexes and filters are computed when the item is written.
                if has_place(&before, &place) {
                    assert!(has_later_name(&after, &place), "{pk} {sk} {place} is written back");
                    kept.insert(format!("{pk} {sk}"));
                }
            }
        }
    }
    assert!(tried.len() >= 17 && kept.len() >= 17, "{tried:?} {kept:?}");
}
