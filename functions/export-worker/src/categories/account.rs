//! The account itself: profile, billing and sessions.

use provost_archive::Compression;
use provost_domain::{
    User, charge::Charge, entitlement::PlanSource, export::Category, payment::Payment,
    session::SignIn, subscription::Subscription,
};
use provost_store::{
    StoreError, charges,
    item::{Item, decode},
    payments,
    records::partition,
    subscriptions,
    walk::Walk,
};
use serde_json::{Value, json};

use super::member;
use crate::writer::{Stop, Writer};

/// `profile.json`.
pub(super) async fn profile(writer: &mut Writer<'_>, owner: &User) -> Result<(), Stop> {
    let profile = writer.app.store().profile(owner.user_id).await?;
    writer.begin_member(member(Category::Profile), Compression::Deflate, None)?;
    let addresses = writer.app.store().address_records([owner.email.as_str()]).await?;
    let bounces = addresses.get(owner.email.as_str()).map(
        |record| json!({ "suppressed": record.suppressed(writer.app.now()), "since": record.since, "softBounces": record.soft_bounces }),
    );
    writer
        .record(&json!({ "account": account(owner), "profile": profile, "emailBounces": bounces }))
        .await?;
    writer.end_member().await?;
    writer.done(2).await
}

fn account(owner: &User) -> Value {
    // The audit log has the staff member who suspended the account; the export has what the user
    // was told.
    let suspension = owner.suspension.as_ref().map(
        |s| json!({ "kind": s.kind, "reason": s.reason, "at": s.at, "expiresAt": s.expires_at }),
    );
    let past: Vec<_> = owner
        .past_suspensions
        .iter()
        .map(|s| json!({ "kind": s.kind, "reason": s.reason, "at": s.at, "expiresAt": s.expires_at, "endedAt": s.ended_at }))
        .collect();
    let deletion = owner.deletion.as_ref().map(|d| json!({ "id": d.id, "dueAt": d.due_at }));
    // The time since when the account is on hold; reason and author are not for the user.
    let hold = owner.hold.as_ref().map(|hold| json!({ "at": hold.at }));
    let student = owner.entitlements.student.as_ref().map(|student| json!({ "source": student.source(), "githubLogin": student.github_login(), "verifiedAt": student.verified_at, "reverifyRequired": student.reverify_required }));
    json!({
        "id": owner.user_id, "uniqueId": owner.unique_id, "formerUniqueIds": owner.former_unique_ids, "externalId": owner.external_id, "email": owner.email, "emailVerified": owner.email_verified, "phone": owner.phone, "phoneVerified": owner.phone_verified, "username": owner.username, "formerUsernames": owner.former_usernames,
        "firstName": owner.first_name, "lastName": owner.last_name, "displayName": owner.name(), "isInstructor": owner.is_instructor, "isLearner": owner.is_learner, "oauth": owner.oauth, "role": owner.role, "roles": owner.custom_roles.values().map(|role| &role.name).collect::<Vec<_>>(), "impersonationPolicy": owner.impersonation_policy, "permissions": owner.permissions(),
        "status": owner.status, "suspension": suspension, "pastSuspensions": past, "supportBanned": owner.support_banned, "demoUsed": owner.demo_used, "deletion": deletion, "hold": hold,
        "isVerified": owner.is_verified, "idVerified": owner.id_verified, "studentVerified": owner.student_verified, "portalTier": owner.portal_tier,
        "twoFactorEnabled": owner.two_factor_enabled, "passkeyCount": owner.passkey_count,
        "student": student, "storageUsed": owner.storage_used, "storageQuota": owner.storage_quota, "totalFiles": owner.total_files,
        "createdAt": owner.created_at, "updatedAt": owner.updated_at, "deletedAt": owner.deleted_at,
        "lastLoginAt": owner.last_login_at, "lastLoginIp": owner.last_login_ip, "knownDevices": owner.known_devices,
    })
}

/// `billing.json`: plan, subscriptions and payments. The staff member who applied the plan is left
/// out, since that is another person. A user pays a few times a year, so the ledger is one list.
pub(super) async fn billing(writer: &mut Writer<'_>, owner: &User) -> Result<(), Stop> {
    let limits = writer.app.store().profile(owner.user_id).await?.limits;
    let plan = owner.entitlements.plan.as_ref().map(|plan| {
        let source = if matches!(plan.source, PlanSource::Staff { .. }) { "staff" } else { "subscription" };
        json!({ "id": plan.id, "name": plan.name, "portalTier": plan.portal_tier, "appliedAt": plan.at, "source": source, "before": plan.before })
    });
    let subscriptions = listed(writer, owner, subscriptions::PREFIX, |item| {
        let subscription: Subscription = decode("a subscription", item)?;
        let terms = subscription.terms.map(|terms| {
            json!({
                "status": terms.status, "productId": terms.product_id, "price": terms.price, "currency": terms.currency, "billingInterval": terms.billing_interval,
                "currentPeriodStart": terms.current_period_start, "currentPeriodEnd": terms.current_period_end, "cancelAtPeriodEnd": terms.cancel_at_period_end,
                "cancelledAt": terms.cancelled_at,
            })
        });
        Ok(json!({ "id": subscription.id, "customer": subscription.customer, "since": subscription.bound_at, "terms": terms }))
    })
    .await?;
    let payments = listed(writer, owner, payments::PREFIX, |item| {
        let payment: Payment = decode("a payment", item)?;
        Ok(json!({
            "at": payment.at, "kind": payment.kind, "amount": payment.amount, "currency": payment.currency, "subscription": payment.subscription,
            "productId": payment.product_id, "invoice": payment.invoice, "charge": payment.charge, "paidAt": payment.paid_at,
        }))
    })
    .await?;
    let charges = listed(writer, owner, charges::PREFIX, |item| {
        let charge: Charge = decode("a charge", item)?;
        Ok(json!({ "id": charge.id, "refunded": charge.refunded, "refundsFailed": charge.given_back, "disputes": charge.disputes }))
    })
    .await?;
    let customer = writer.app.store().customer(owner.user_id).await?;
    let customer =
        customer.map(|customer| json!({ "id": customer.id, "createdAt": customer.created_at }));
    let found = (subscriptions.len() + payments.len() + charges.len()) as u64
        + u64::from(customer.is_some());
    writer.begin_member(member(Category::Billing), Compression::Deflate, None)?;
    writer
        .record(&json!({
            "plan": plan, "portalTier": owner.portal_tier, "limits": limits, "storageQuota": owner.storage_quota,
            "awardedStorage": owner.entitlements.granted_storage, "subscriptions": subscriptions, "payments": payments,
            "charges": charges, "customer": customer,
        }))
        .await?;
    writer.end_member().await?;
    writer.done(found).await
}

/// A record for each of the user's items whose key has this prefix.
async fn listed(
    writer: &Writer<'_>,
    owner: &User,
    prefix: &str,
    record: impl Fn(Item) -> Result<Value, StoreError>,
) -> Result<Vec<Value>, Stop> {
    let store = writer.app.store();
    let walk =
        Walk::of_table(&store.names().accounts, partition(owner.user_id)).beginning("sk", prefix);
    let (mut records, mut after) = (Vec::new(), None);
    loop {
        let (items, next) = store.next_items(&walk, after.take()).await?;
        for item in items {
            records.push(record(item)?);
        }
        match next {
            Some(next) => after = Some(next),
            None => return Ok(records),
        }
    }
}

/// `sessions.ndjson`: the active sessions, each with the details of its sign-in.
pub(super) async fn sessions(writer: &mut Writer<'_>, owner: &User) -> Result<(), Stop> {
    let sign_ins =
        writer.app.store().sign_ins(owner.user_id, owner.sessions.keys().copied()).await?;
    writer.begin_member(member(Category::Sessions), Compression::Deflate, None)?;
    for (id, live) in &owner.sessions {
        let sign_in = sign_ins.iter().find(|sign_in| sign_in.id == *id);
        let session = json!({
            "id": id, "createdAt": sign_in.map(|s| s.created_at), "lastActiveAt": live.last_active_at, "expiresAt": live.expires_at, "mfa": live.mfa,
            "ip": sign_in.map(|s| &s.ip), "userAgent": sign_in.map(|s| &s.user_agent), "device": sign_in.map(|s| &s.device), "authMethod": sign_in.map(|s| &s.auth_method), "country": sign_in.and_then(|s| s.country.as_ref()),
        });
        writer.record(&session).await?;
    }
    writer.end_member().await
}

/// A sign-in attempt.
pub(super) fn sign_in(attempt: &SignIn) -> Value {
    json!({
        "id": attempt.id, "createdAt": attempt.created_at, "status": attempt.status, "reason": attempt.reason, "ip": attempt.ip, "userAgent": attempt.user_agent,
        "device": attempt.device, "authMethod": attempt.auth_method, "mfa": attempt.mfa, "country": attempt.country,
    })
}
