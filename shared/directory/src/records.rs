//! The records of the index, as the accounts table holds them now.

use std::collections::BTreeMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use provost_domain::{
    Permission, PermissionSet, Timestamp, User, UserId,
    contact::Country,
    enrollment::Enrollment,
    profile::{Completeness, Profile},
};
use provost_search::record::{self, TimedPermission, UserRecord, is_present};
use provost_store::{Store, StoreError, profiles::UserInFull};

/// Users whose enrolments are read at once.
const CONCURRENCY: usize = 8;

/// The current records of these users, read with strong consistency; a user that does not exist any
/// more has none.
///
/// # Errors
/// `Unavailable`, `Unreadable`.
pub async fn records(store: &Store, ids: &[UserId]) -> Result<Vec<UserRecord>, StoreError> {
    let found = store.users_in_full(ids).await?;
    let read = |found: UserInFull| async move {
        let mut record = record_of(&found);
        if found.user.has_enrollments {
            enroll(&mut record, &store.enrollments(found.user.user_id).await?);
        }
        Ok(record)
    };
    stream::iter(found).map(read).buffered(CONCURRENCY).try_collect().await
}

/// Adds the enrolments of a user to the record.
fn enroll(record: &mut UserRecord, enrollments: &[Enrollment]) {
    // Kept to two decimal places, in hundredths of a percent.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 10,000")]
    let hundredths = |percent: f64| (percent * 100.0).round().clamp(0.0, 10_000.0) as u16;
    record.enrollments = enrollments
        .iter()
        .map(|enrollment| record::Enrollment {
            program_id: enrollment.program_id.clone(),
            program_type: enrollment.program_type.as_str().to_owned(),
            status: enrollment.status.as_str().to_owned(),
            progress: hundredths(enrollment.progress),
        })
        .collect();
    let spent = enrollments.iter().map(|enrollment| enrollment.total_time_spent);
    record.total_time_spent = spent.reduce(u64::saturating_add);
    let active = enrollments.iter().filter_map(|enrollment| enrollment.last_activity_at);
    record.last_learning_activity_at = active.max();
}

/// The record of one user, without enrolments.
pub fn record_of(found: &UserInFull) -> UserRecord {
    let UserInFull { user, profile, credential } = found;
    let mut record =
        UserRecord::new(user.user_id, user.revision, user.status.as_str(), user.created_at);
    identify(&mut record, user);
    describe(&mut record, profile);
    let completeness = Completeness::of(user, profile);
    record.profile_score = Some(completeness.score.into());
    record.profile_complete = completeness.complete;
    authorize(&mut record, user);
    record.has_password = credential.is_some();
    record.must_reset_password = credential.as_ref().is_none_or(|credential| credential.must_reset);
    let usable = credential.as_ref().is_some_and(|credential| !credential.must_reset);
    record.auth_methods = [("email", usable), ("oauth", !user.oauth.is_empty())]
        .into_iter()
        .filter(|(_, usable)| *usable)
        .map(|(method, _)| method.to_owned())
        .collect();
    record.oauth_providers =
        user.oauth.iter().map(|identity| identity.provider.as_str().to_owned()).collect();
    record.mfa_enabled = user.two_factor_enabled;
    record.email_verified = user.email_verified;
    record.phone_verified = user.phone_verified;
    record.has_legal_hold = user.hold.is_some();
    record.is_verified = user.is_verified;
    record.id_verified = user.id_verified;
    record.student_verified = user.student_verified;
    record.support_banned = user.support_banned;
    record.portal_tier = Some(user.portal_tier.as_str().to_owned());
    record.suspension_kind = user.suspension.as_ref().map(|s| s.kind.as_str().to_owned());
    record.status_before = user.suspension.as_ref().map(|s| s.before.as_str().to_owned());
    record.suspended_until = user.suspension.as_ref().and_then(|s| s.expires_at);
    record.failed_login_attempts = u64::from(user.failures.count);
    record.locked_until = user.failures.locked_until;
    record.storage_used = user.storage_used;
    record.updated_at = user.updated_at;
    record.last_login_at = user.last_login_at;
    record.last_active_at = user.last_active_at();
    record.deleted_at = user.deleted_at;
    if let Some(deletion) = &user.deletion {
        let state = match (deletion.executing, &user.hold) {
            (true, _) => "executing",
            (false, Some(_)) => "held",
            (false, None) => "scheduled",
        };
        record.deletion_state = Some(state.to_owned());
        record.purge_after = Some(deletion.due_at);
    }
    record
}

fn identify(record: &mut UserRecord, user: &User) {
    record.unique_id = Some(user.unique_id.clone());
    record.external_id = user.external_id.clone();
    record.name = Some(user.name()).filter(|name| is_present(name));
    record.username = user.username.as_ref().map(|name| name.as_str().to_owned());
    record.email = Some(user.email.as_str().to_owned());
    record.phone = user.phone.as_ref().map(|phone| phone.as_str().to_owned());
}

fn describe(record: &mut UserRecord, profile: &Profile) {
    let present = |text: &Option<String>| text.clone().filter(|text| is_present(text));
    let country = profile.country.as_ref();
    record.country = country.map(|code| code.as_str().to_owned());
    record.continent = country.map(|code| Country::continent(code).as_str().to_owned());
    record.state = present(&profile.state);
    record.city = present(&profile.city);
    record.timezone = present(&profile.timezone);
    record.locale = present(&profile.locale);
    record.designation = present(&profile.designation);
    record.expertise = profile.expertise.clone();
    record.gender = profile.gender.map(|gender| gender.as_str().to_owned());
    record.date_of_birth = profile.date_of_birth.as_deref().and_then(|born| born.parse().ok());
    record.has_address = present(&profile.address).is_some();
    record.has_avatar = profile.avatar_key.is_some() || profile.avatar_url.is_some();
    record.has_bio = present(&profile.bio).is_some();
}

fn authorize(record: &mut UserRecord, user: &User) {
    record.is_admin = user.is_admin();
    record.is_instructor = user.is_instructor;
    record.is_learner = user.is_learner;
    record.roles =
        std::iter::once(user.role.as_str()).chain(user.roles.names()).map(str::to_owned).collect();
    record.grants = timed(&user.grants, &BTreeMap::new());
    for (permission, end) in &user.temporary_grants {
        let name = permission.as_str().to_owned();
        record.grants.push(TimedPermission { name, expires_at: Some(*end) });
    }
    record.denials = timed(&user.denials, &user.denial_ends);
}

fn timed(set: &PermissionSet, ends: &BTreeMap<Permission, Timestamp>) -> Vec<TimedPermission> {
    let entry = |permission: &Permission| TimedPermission {
        name: permission.as_str().to_owned(),
        expires_at: ends.get(permission).copied(),
    };
    set.iter().map(entry).collect()
}
