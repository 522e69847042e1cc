//! A new user: the data of the registration, and the defaults of every account.

use std::collections::BTreeMap;

use crate::{
    BuiltInRole, Email, PermissionSet, Phone, Pseudonym, Status, Timestamp, User, UserId, Username,
    lockout::Failures, roles::Roles, secret::SubjectKey, user::PortalTier,
};

/// Default storage quota, before plans and grants: 10 GiB.
pub const STORAGE_QUOTA: u64 = 10 << 30;

/// The data of a new user.
#[derive(Debug, Clone)]
pub struct NewUserRecord {
    /// User id.
    pub user_id: UserId,
    /// Pseudonym in the audit log.
    pub pseudonym: Pseudonym,
    /// Key that encrypts the user's values in the audit log.
    pub subject_key: SubjectKey,
    /// Email address, not confirmed yet.
    pub email: Email,
    /// Username.
    pub username: Option<Username>,
    /// Phone number.
    pub phone: Option<Phone>,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Display name, if one was chosen.
    pub display_name: Option<String>,
}

impl NewUserRecord {
    /// Creates the account: role user, email address not confirmed yet.
    pub fn begin(self, now: Timestamp) -> User {
        let Self {
            user_id,
            pseudonym,
            subject_key,
            email,
            username,
            phone,
            first_name,
            last_name,
            display_name,
        } = self;
        User {
            // The random half of the id: 80 bits, so it is unique without a lookup.
            unique_id: user_id.to_string()[14..].to_owned(),
            former_unique_ids: Vec::new(),
            external_id: None,
            user_id,
            pseudonym,
            subject_key,
            email,
            email_verified: false,
            confirmed_once: false,
            username,
            former_usernames: Vec::new(),
            phone,
            phone_verified: false,
            first_name,
            last_name,
            display_name,
            is_instructor: false,
            is_learner: true,
            oauth: Vec::new(),
            role: BuiltInRole::User,
            roles: Roles::default(),
            custom_roles: BTreeMap::new(),
            grants: PermissionSet::new(),
            denials: PermissionSet::new(),
            temporary_grants: BTreeMap::new(),
            denial_ends: BTreeMap::new(),
            status: Status::PendingVerification,
            suspension: None,
            past_suspensions: Vec::new(),
            support_banned: false,
            demo_used: false,
            hold: None,
            deletion: None,
            is_verified: false,
            id_verified: false,
            student_verified: false,
            portal_tier: PortalTier::Free,
            two_factor_enabled: false,
            lacks_second_factor: false,
            has_enrollments: false,
            storage_bucket: None,
            earlier_buckets: std::collections::BTreeSet::new(),
            passkey_count: 0,
            storage_used: 0,
            storage_quota: STORAGE_QUOTA,
            total_files: 0,
            created_at: now,
            updated_at: now,
            deleted_at: None,
            last_login_at: None,
            last_login_ip: None,
            entitlements: crate::entitlement::Entitlements::default(),
            known_devices: Vec::new(),
            failures: Failures::default(),
            sessions: BTreeMap::new(),
            api_keys: BTreeMap::new(),
            impersonation: None,
            impersonation_policy: Default::default(),
            version: 1,
            revision: 0,
        }
    }
}
