//! The values of the columns of an export.

use provost_api::{
    DirectorySource, DirectoryUser,
    directory_user::{AuthMethod, DirectPermission, DirectorySecurity, PermissionEffect},
};
use provost_domain::{Permission, PermissionSet, TimeZone, Timestamp, profile::age_on};
use provost_search::{Field, query::HiddenField};
use provost_store::profiles::UserInFull;
use serde::{Serialize, Serializer};

/// The permission that a column needs; none for those that every caller of the list sees. What a
/// caller does not see, they cannot filter, sort or count by either: [`hidden_fields`].
pub fn needed_permission(column: &str) -> Option<Permission> {
    Some(match column {
        "email" => Permission::UserView,
        "phone" | "address" => Permission::BillingRead,
        "date_of_birth" | "age" => Permission::UserUpdate,
        "support_banned" => Permission::UserView,
        "direct_permissions" => Permission::RoleRead,
        "last_login_at"
        | "last_login_ip"
        | "last_active_at"
        | "is_locked"
        | "failed_login_attempts"
        | "session_count" => Permission::SessionRead,
        "purge_after" => Permission::DeletionRead,
        _ => return None,
    })
}

/// The column that shows what a field of the index knows.
pub const fn column_of(field: Field) -> &'static str {
    match field {
        Field::HasAddress => "address",
        Field::HasAvatar => "avatar_url",
        Field::HasBio => "bio",
        Field::Grants | Field::Denials => "direct_permissions",
        Field::LockedUntil => "is_locked",
        Field::DeletionState | Field::HasLegalHold => "purge_after",
        // Another status after the suspension: the column shows it then.
        Field::StatusBefore => "status",
        // The rest has a column of its own name, or is the answer of filters only.
        other => other.name(),
    }
}

/// Whether a caller with these permissions sees a field of the index.
pub fn sees(held: &PermissionSet, field: Field) -> bool {
    needed_permission(column_of(field)).is_none_or(|permission| held.contains(&permission))
}

/// The fields of the index that a caller with these permissions may not see.
pub fn hidden_fields(held: &PermissionSet) -> Vec<HiddenField> {
    let hidden = |field: &Field| {
        let permission = needed_permission(column_of(*field))?;
        (!held.contains(&permission)).then_some(HiddenField { field: *field, permission })
    };
    Field::ALL.iter().filter_map(hidden).collect()
}

/// Those of some columns that a caller with these permissions may not see.
pub fn hidden_columns(columns: &[&'static str], held: &PermissionSet) -> Vec<&'static str> {
    let is_hidden = |column: &&'static str| {
        needed_permission(column).is_some_and(|permission| !held.contains(&permission))
    };
    columns.iter().copied().filter(is_hidden).collect()
}

/// A value of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// None, or one that the caller may not see.
    Empty,
    /// A truth value.
    Flag(bool),
    /// A number.
    Number(u64),
    /// A text or a time.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Empty => serializer.serialize_none(),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(values) => values.serialize(serializer),
        }
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Empty, Self::Text)
    }
}

impl From<Option<Timestamp>> for Value {
    fn from(at: Option<Timestamp>) -> Self {
        at.map(|at| at.to_string()).into()
    }
}

/// For whom a file is written, and as of when.
#[derive(Debug, Clone)]
pub struct Reader {
    /// The permissions of the requester.
    pub held: PermissionSet,
    /// The time zone in which ages are counted.
    pub zone: TimeZone,
    /// Time of the request.
    pub now: Timestamp,
}

/// A user whose columns are read.
pub(crate) struct Row<'a> {
    found: &'a UserInFull,
    view: DirectoryUser,
    reader: &'a Reader,
}

impl<'a> Row<'a> {
    pub(crate) fn new(found: &'a UserInFull, reader: &'a Reader) -> Self {
        let source = DirectorySource {
            user: &found.user,
            profile: &found.profile,
            must_reset: found.credential.as_ref().map(|credential| credential.must_reset),
            deletion: None,
        };
        let may = |permission| reader.held.contains(&permission);
        Self { found, view: DirectoryUser::of(source, may, reader.now), reader }
    }

    /// The value of a column.
    pub(crate) fn value(&self, column: &str) -> Value {
        let hidden = needed_permission(column)
            .is_some_and(|permission| !self.reader.held.contains(&permission));
        if hidden {
            return Value::Empty;
        }
        let (view, profile) = (&self.view, &self.view.profile);
        match column {
            "unique_id" => Value::Text(view.unique_id.clone()),
            "external_id" => view.external_id.clone().into(),
            "id" => Value::Text(view.id.to_string()),
            "name" => Value::Text(view.name.clone()),
            "email" => view.email.clone().into(),
            "email_verified" => Value::Flag(view.email_verified),
            "phone" => view.phone.clone().flatten().into(),
            "phone_verified" => Value::Flag(view.phone_verified),
            "username" => view.username.clone().into(),
            "status" => Value::Text(view.status.as_str().to_owned()),
            "status_reason" => view.status_reason.clone().into(),
            "is_admin" => Value::Flag(view.is_admin),
            "is_instructor" => Value::Flag(view.is_instructor),
            "is_learner" => Value::Flag(view.is_learner),
            "has_password" => Value::Flag(view.has_password),
            "mfa_enabled" => Value::Flag(view.mfa_enabled),
            "created_at" => Some(view.created_at).into(),
            "updated_at" => Some(view.updated_at).into(),
            "deleted_at" => view.deleted_at.into(),
            "purge_after" => {
                self.found.user.deletion.as_ref().map(|deletion| deletion.due_at).into()
            }
            "country" => profile.country.clone().into(),
            "continent" => profile.continent.map(|one| one.as_str().to_owned()).into(),
            "state" => profile.state.clone().into(),
            "city" => profile.city.clone().into(),
            "address" => profile.address.clone().flatten().into(),
            "timezone" => profile.timezone.clone().into(),
            "locale" => profile.locale.clone().into(),
            "gender" => profile.gender.map(|one| one.as_str().to_owned()).into(),
            "date_of_birth" => profile.date_of_birth.clone().flatten().into(),
            "age" => self.age(),
            "designation" => profile.designation.clone().into(),
            "expertise" => Value::List(profile.expertise.clone()),
            "bio" => profile.bio.clone().into(),
            "professional_summary" => profile.professional_summary.clone().into(),
            "avatar_url" => profile.avatar_url.clone().into(),
            "linkedin" => profile.social.linkedin.clone().into(),
            "twitter" => profile.social.twitter.clone().into(),
            "facebook" => profile.social.facebook.clone().into(),
            "instagram" => profile.social.instagram.clone().into(),
            "youtube" => profile.social.youtube.clone().into(),
            "website" => profile.social.website.clone().into(),
            "profile_score" => Value::Number(view.profile_completeness.score.into()),
            "profile_complete" => Value::Flag(view.profile_completeness.complete),
            column => self.list(column).or_else(|| self.security(column)).unwrap_or(Value::Empty),
        }
    }

    fn list(&self, column: &str) -> Option<Value> {
        let view = &self.view;
        Some(Value::List(match column {
            "user_type" => {
                let types = [
                    ("admin", view.is_admin),
                    ("instructor", view.is_instructor),
                    ("learner", view.is_learner),
                ];
                let held = types.into_iter().filter(|(_, applies)| *applies);
                held.map(|(name, _)| name.to_owned()).collect()
            }
            "roles" => view.roles.iter().map(|role| role.name.clone()).collect(),
            "direct_permissions" => {
                view.direct_permissions.iter().flatten().map(direct_permission).collect()
            }
            "auth_methods" => {
                let name = |method: &AuthMethod| match method {
                    AuthMethod::Email => "email".to_owned(),
                    AuthMethod::Oauth => "oauth".to_owned(),
                };
                view.auth_methods.iter().map(name).collect()
            }
            "oauth_providers" => {
                view.oauth.iter().map(|account| account.provider.as_str().to_owned()).collect()
            }
            _ => return None,
        }))
    }

    fn security(&self, column: &str) -> Option<Value> {
        let security: &DirectorySecurity = self.view.security.as_ref()?;
        Some(match column {
            "last_login_at" => security.last_login_at.into(),
            "last_login_ip" => security.last_login_ip.clone().into(),
            "last_active_at" => security.last_active_at.into(),
            "is_locked" => Value::Flag(security.is_locked),
            "failed_login_attempts" => Value::Number(security.failed_login_attempts.into()),
            "session_count" => Value::Number(security.session_count as u64),
            _ => return None,
        })
    }

    /// The age on today's date in the time zone of the query, as the filters count it.
    fn age(&self) -> Value {
        let born = self.found.profile.date_of_birth.as_deref();
        let today = self.reader.zone.date(self.reader.now);
        born.and_then(|born| age_on(born, today))
            .map_or(Value::Empty, |age| Value::Number(age.into()))
    }
}

/// `user.list`, or `-user.list` for a denial.
fn direct_permission(permission: &DirectPermission) -> String {
    match permission.effect {
        PermissionEffect::Allow => permission.name.as_str().to_owned(),
        PermissionEffect::Deny => format!("-{}", permission.name),
    }
}
