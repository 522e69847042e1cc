//! How the platform says no: a stable code, the HTTP status that goes with it, and a sentence for a person.

use std::collections::BTreeMap;

use serde_json::Value;

macro_rules! codes {
    ($($name:ident = $text:literal, $status:literal, $title:literal;)*) => {
        /// What went wrong, for programs: the name never changes once published.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $title] $name,)* }

        impl Code {
            /// Every code there is.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The code as it is written in an answer.
            pub const fn as_str(self) -> &'static str { match self { $(Code::$name => $text,)* } }

            /// The HTTP status that goes with it.
            pub const fn status(self) -> u16 { match self { $(Code::$name => $status,)* } }

            /// A short title, the same for every occurrence.
            pub const fn title(self) -> &'static str { match self { $(Code::$name => $title,)* } }
        }
    };
}

codes! {
    MalformedBody = "MALFORMED_BODY", 400, "The body is not valid JSON";
    UnknownParameter = "UNKNOWN_PARAMETER", 400, "There is no such parameter";
    SignatureInvalid = "SIGNATURE_INVALID", 400, "The signature does not fit";
    Unauthenticated = "UNAUTHENTICATED", 401, "Sign in first";
    SessionEnded = "SESSION_ENDED", 401, "This session has ended";
    SecondFactorRequired = "SECOND_FACTOR_REQUIRED", 401, "A second factor is required";
    SystemKeyRequired = "SYSTEM_KEY_REQUIRED", 401, "A system key is required";
    AdminRequired = "ADMIN_REQUIRED", 403, "Only staff may do this";
    SuperadminRequired = "SUPERADMIN_REQUIRED", 403, "Only a root administrator may do this";
    PermissionDenied = "PERMISSION_DENIED", 403, "A permission is missing";
    Outranked = "OUTRANKED", 403, "The target stands at or above your rank";
    AccountSuspended = "ACCOUNT_SUSPENDED", 403, "This account is suspended";
    AccountInactive = "ACCOUNT_INACTIVE", 403, "This account is not active";
    DeletionPending = "DELETION_PENDING", 403, "This account is scheduled for deletion";
    RegistrationDisabled = "REGISTRATION_DISABLED", 403, "Registration is not open here";
    ImpersonationReadOnly = "IMPERSONATION_READ_ONLY", 403, "Impersonation cannot change anything";
    NotFound = "NOT_FOUND", 404, "There is no such thing";
    InvalidUserId = "INVALID_USER_ID", 404, "There is no such user";
    MethodNotAllowed = "METHOD_NOT_ALLOWED", 405, "This path does not answer to this method";
    CannotModifySelf = "CANNOT_MODIFY_SELF", 409, "Nobody does this to themselves";
    InvalidAction = "INVALID_ACTION", 409, "Not possible in the present state";
    AlreadyExists = "ALREADY_EXISTS", 409, "It exists already";
    ContactReserved = "CONTACT_RESERVED", 409, "This contact is reserved";
    LastSuperadmin = "LAST_SUPERADMIN", 409, "The last root administrator stays";
    SoleOwner = "SOLE_OWNER", 409, "Someone must own the organisation";
    TierLimit = "TIER_LIMIT", 409, "The tier's limit is reached";
    PlanDrifted = "PLAN_DRIFTED", 409, "The selection changed since it was planned";
    InProgress = "IN_PROGRESS", 409, "It is still under way";
    LinkExpired = "LINK_EXPIRED", 410, "This link has expired";
    LinkUsedUp = "LINK_USED_UP", 410, "This link is used up";
    LinkRevoked = "LINK_REVOKED", 410, "This link was withdrawn";
    StaleVersion = "STALE_VERSION", 412, "It changed in the meantime";
    TooLarge = "TOO_LARGE", 413, "Too large";
    UnsupportedMedia = "UNSUPPORTED_MEDIA", 415, "This content type is not understood here";
    ValidationFailed = "VALIDATION_FAILED", 422, "A field has a value that it cannot have";
    IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED", 422, "This idempotency key belongs to another request";
    LegalHold = "LEGAL_HOLD", 423, "A hold forbids this";
    RateLimited = "RATE_LIMITED", 429, "Too many attempts";
    Unavailable = "UNAVAILABLE", 503, "Try again in a moment";
    IndexBehind = "INDEX_BEHIND", 503, "The index has not caught up";
}

/// One field of the input that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Where: the path of the field, `profile.country`.
    pub field: String,
    /// What kind of mistake, stable: `required`, `unknown`, `invalid`, `too_long` …
    pub code: &'static str,
    /// A sentence that says what is wanted.
    pub message: String,
    /// The values it may have, when they are few.
    pub allowed: Vec<String>,
}

/// A refusal: nothing has changed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{detail}")]
pub struct Refused {
    /// What went wrong, for programs.
    pub code: Code,
    /// What to do about it, in a sentence for a person; never a cause from inside.
    pub detail: String,
    /// The fields that are wrong.
    pub fields: Vec<FieldError>,
    /// Further members of the answer, such as `missing` permissions or the `allowed` moves.
    pub extra: BTreeMap<&'static str, Value>,
}

impl Refused {
    /// Refuses with a code and a sentence that says what to do.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), fields: Vec::new(), extra: BTreeMap::new() }
    }

    /// Refuses one field of the body (422).
    pub fn field(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        let error = FieldError { field: field.into(), code, message: message.into(), allowed: Vec::new() };
        Self { fields: vec![error], ..Self::new(Code::ValidationFailed, "Correct the fields named in errors and send the request again.") }
    }

    /// Refuses a move that the present state does not allow, and names the moves that it does.
    pub fn invalid_action(detail: impl Into<String>, allowed: &[&str]) -> Self {
        Self::new(Code::InvalidAction, detail).with("allowed", allowed.iter().map(|move_| Value::from(*move_)).collect::<Vec<_>>())
    }

    /// Adds a member to the answer.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.extra.insert(name, value.into());
        self
    }

    /// The thing does not exist, or the caller may not know that it does.
    pub fn missing(what: &str) -> Self {
        Self::new(Code::NotFound, format!("There is no such {what}, or you may not see it."))
    }

    /// The user does not exist.
    pub fn no_such_user() -> Self {
        Self::new(Code::InvalidUserId, "There is no user with this id; search for the user first.")
    }
}
