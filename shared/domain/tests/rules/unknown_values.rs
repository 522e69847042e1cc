//! Values of a later release are kept, and give no rights.

use provost_domain::{
    Code, Permission, PermissionSet, Pseudonym, Status, Timestamp, User, VerificationId,
    api_key::LiveKey,
    export::{Category, ExportJob, Withheld},
    message::{About, Message},
    organisation::MemberRole,
    staff_record::{Grant, GrantEnd},
    stored_enum::{StoredEnum, UnknownName},
    user::{PendingDeletion, PortalTier, Suspension},
    verification::{Verification, VerificationStatus},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{ada, id, now};

fn later<T: StoredEnum>() -> T {
    T::unknown(UnknownName::new("of_a_later_release").expect("a name"))
}

/// The value with other fields, as a later release stores it.
fn stored<T: Serialize + DeserializeOwned>(value: &T, fields: Value) -> T {
    let mut item = serde_json::to_value(value).expect("JSON");
    for (name, field) in fields.as_object().expect("fields") {
        item[name] = field.clone();
    }
    let read: T = serde_json::from_value(item).expect("it is readable");
    let written = serde_json::to_value(&read).expect("JSON");
    for (name, field) in fields.as_object().expect("fields") {
        assert_eq!(&written[name], field, "{name} is written back");
    }
    read
}

#[test]
fn an_account_with_an_unknown_status_cannot_act_and_keeps_the_status() {
    let account = stored(&ada(), json!({ "status": "archived" }));
    assert_eq!(account.status.as_str(), "archived");
    assert_eq!(account.check_usable(now()).map_err(|e| e.code), Err(Code::AccountInactive));
    let ban = Suspension {
        id: None,
        kind: provost_domain::user::SuspensionKind::Ban,
        reason: "Fakes".to_owned(),
        by: Pseudonym::new(id(6)),
        at: now(),
        expires_at: None,
        before: Status::Active,
    };
    assert_eq!(
        account.clone().suspend(ban, now()).map_err(|e| e.code).err(),
        Some(Code::InvalidAction)
    );
    assert_eq!(
        account.clone().unsuspend(None, now()).map_err(|e| e.code).err(),
        Some(Code::InvalidAction)
    );
    let confirmed = account.clone().confirm_email(true, now());
    assert_eq!(confirmed.status, account.status);
    let pending = PendingDeletion {
        id: provost_domain::DeletionId::new(id(5)),
        due_at: now(),
        before: Status::Active,
        executing: false,
    };
    let deleted = account.clone().delete(pending, None, now()).expect("it can be deleted");
    assert_eq!(deleted.clone().restore(now()).expect("it waits").status, account.status);
    assert_eq!(deleted.restore_from_deletion(now()).expect("it waits").status, account.status);
}

#[test]
fn an_unknown_permission_is_kept_and_grants_nothing() {
    let account: User = stored(
        &User { status: Status::Active, ..ada() },
        json!({ "grants": ["teleport.write", "user.list"], "denials": ["teleport.read"] }),
    );
    assert_eq!(account.permissions(), PermissionSet::from([Permission::UserList]));
    let key = LiveKey {
        digest: provost_domain::secret::Digest([1; 32]),
        scopes: Some(PermissionSet::new()),
        self_read: false,
        expires_at: None,
        last_used_at: None,
    };
    let key: LiveKey = stored(&key, json!({ "scopes": ["teleport.write"] }));
    let narrowed = account.permissions().intersection(&key.scopes.expect("scopes")).count();
    assert_eq!(narrowed, 0);
}

#[test]
fn an_unknown_role_or_tier_is_the_lowest() {
    assert!(MemberRole::ALL.into_iter().all(|role| later::<MemberRole>() < role));
    assert_eq!(later::<PortalTier>().most_servers(), PortalTier::Free.most_servers());
}

#[test]
fn an_export_of_an_unknown_category_needs_a_later_release() {
    let job = ExportJob::queued(
        provost_domain::ExportId::new(id(1)),
        ada().user_id,
        "self".to_owned(),
        Vec::new(),
        vec![Category::Profile],
        now(),
    );
    assert!(!job.needs_later_release());
    let job: ExportJob = stored(&job, json!({ "categories": ["profile", "holograms"] }));
    assert!(job.needs_later_release());
    let withheld = ExportJob {
        categories: vec![Category::Profile],
        withheld: vec![later::<Withheld>()],
        ..job
    };
    assert!(withheld.needs_later_release());
    let done: ExportJob = stored(&withheld, json!({ "status": "archived" }));
    assert!(!done.is_active() && done.check_ready(now()).is_err() && done.cancel(now()).is_err());
}

#[test]
fn a_grant_and_a_verification_of_an_unknown_type_wait_for_a_later_release() {
    let grant: Grant = serde_json::from_value(json!({
        "id": format!("grt_{}", id(1)), "type": "holograms", "amount": 3,
        "by": Pseudonym::new(id(2)), "createdAt": now(),
    }))
    .expect("a grant");
    assert_eq!(
        grant.finish(GrantEnd::Expired, now()).map_err(|e| e.code).err(),
        Some(Code::InvalidAction)
    );
    let verification: Verification = serde_json::from_value(json!({
        "id": VerificationId::new(id(1)), "userId": ada().user_id, "type": "residence",
        "status": "pending", "createdAt": now(), "version": 1,
    }))
    .expect("a verification");
    let decided =
        verification.decide(VerificationStatus::Approved, Pseudonym::new(id(3)), None, now());
    assert_eq!(decided.map_err(|e| e.code).err(), Some(Code::InvalidAction));
}

#[test]
fn an_unknown_message_is_kept_as_it_is() {
    let at: Timestamp = now();
    for body in [
        json!({ "type": "teleport", "to": { "x": 1, "at": at } }),
        json!({ "type": "deletion", "request": "not an id" }),
    ] {
        let message: Message = serde_json::from_value(body.clone()).expect("a message");
        assert_eq!(message, Message::Unknown(body.clone()));
        assert_eq!(message.queue(), None);
        assert_eq!(serde_json::to_value(&message).expect("JSON"), body);
    }
    let mail = json!({
        "type": "mail", "id": format!("msg_{}", id(1)), "user": ada().user_id,
        "template": "of-a-later-release", "about": { "planet": "Mars" },
    });
    let message: Message = serde_json::from_value(mail.clone()).expect("a message");
    let Message::Mail { template, about, .. } = &message else { panic!("{message:?}") };
    assert!(!template.is_known());
    assert_eq!(about, &Some(About::Unknown(json!({ "planet": "Mars" }))));
    assert_eq!(serde_json::to_value(&message).expect("JSON"), mail);
}
