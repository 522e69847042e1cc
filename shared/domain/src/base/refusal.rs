//! Errors that a caller can act on: a stable code, its HTTP status, and a sentence for people.

use std::collections::BTreeMap;

use serde_json::Value;

macro_rules! codes {
    ($($name:ident = $text:literal, $status:literal, $title:literal;)*) => {
        /// Error code for programs. A published code never changes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $title] $name,)* }

        impl Code {
            /// All codes.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The code as it is written in a response.
            pub const fn as_str(self) -> &'static str { match self { $(Code::$name => $text,)* } }

            /// The HTTP status of the code.
            pub const fn status(self) -> u16 { match self { $(Code::$name => $status,)* } }

            /// Short title, the same for every occurrence of the code.
            pub const fn title(self) -> &'static str { match self { $(Code::$name => $title,)* } }
        }
    };
}

codes! {
    MalformedBody = "MALFORMED_BODY", 400, "Malformed request body";
    UnknownParameter = "UNKNOWN_PARAMETER", 400, "Unknown parameter";
    SignatureInvalid = "SIGNATURE_INVALID", 400, "Invalid signature";
    Unauthenticated = "UNAUTHENTICATED", 401, "Authentication required";
    SessionEnded = "SESSION_ENDED", 401, "Session ended";
    SecondFactorRequired = "SECOND_FACTOR_REQUIRED", 401, "Second factor required";
    SystemKeyRequired = "SYSTEM_KEY_REQUIRED", 401, "System key required";
    AdminRequired = "ADMIN_REQUIRED", 403, "Staff access required";
    SuperadminRequired = "SUPERADMIN_REQUIRED", 403, "Root administrator required";
    PermissionDenied = "PERMISSION_DENIED", 403, "Permission denied";
    SecondPersonRequired = "SECOND_PERSON_REQUIRED", 403, "Second person required";
    Outranked = "OUTRANKED", 403, "Insufficient rank";
    AccountSuspended = "ACCOUNT_SUSPENDED", 403, "Account suspended";
    AccountInactive = "ACCOUNT_INACTIVE", 403, "Account inactive";
    DeletionPending = "DELETION_PENDING", 403, "Account scheduled for deletion";
    RegistrationDisabled = "REGISTRATION_DISABLED", 403, "Registration not available";
    ImpersonationReadOnly = "IMPERSONATION_READ_ONLY", 403, "Read-only impersonation";
    NotFound = "NOT_FOUND", 404, "Not found";
    InvalidUserId = "INVALID_USER_ID", 404, "User not found";
    MethodNotAllowed = "METHOD_NOT_ALLOWED", 405, "Method not allowed";
    CannotModifySelf = "CANNOT_MODIFY_SELF", 409, "Not allowed on your own account";
    InvalidAction = "INVALID_ACTION", 409, "Not possible in the current state";
    AlreadyExists = "ALREADY_EXISTS", 409, "Already exists";
    ContactReserved = "CONTACT_RESERVED", 409, "Contact reserved";
    LastSuperadmin = "LAST_SUPERADMIN", 409, "Last root administrator";
    SoleOwner = "SOLE_OWNER", 409, "Sole owner of an organisation";
    TierLimit = "TIER_LIMIT", 409, "Tier limit reached";
    PlanDrifted = "PLAN_DRIFTED", 409, "Selection changed since the plan";
    InProgress = "IN_PROGRESS", 409, "Still in progress";
    LinkExpired = "LINK_EXPIRED", 410, "Link expired";
    LinkUsedUp = "LINK_USED_UP", 410, "Link already used";
    LinkRevoked = "LINK_REVOKED", 410, "Link revoked";
    StaleVersion = "STALE_VERSION", 412, "Changed in the meantime";
    TooLarge = "TOO_LARGE", 413, "Too large";
    UnsupportedMedia = "UNSUPPORTED_MEDIA", 415, "Unsupported content type";
    ValidationFailed = "VALIDATION_FAILED", 422, "Invalid field value";
    IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED", 422, "Idempotency key already used";
    LegalHold = "LEGAL_HOLD", 423, "Legal hold in place";
    ContentFlagged = "CONTENT_FLAGGED", 451, "Content under review";
    RateLimited = "RATE_LIMITED", 429, "Too many attempts";
    Unavailable = "UNAVAILABLE", 503, "Temporarily unavailable";
    IndexBehind = "INDEX_BEHIND", 503, "Index not up to date";
}

/// An invalid field of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Path of the field, such as `profile.country`.
    pub field: String,
    /// Stable error code of the field, such as `required`, `unknown`, `invalid` or `too_long`.
    pub code: &'static str,
    /// What the field must be.
    pub message: String,
    /// Allowed values, if they are few.
    pub allowed: Vec<String>,
}

/// An error that a caller can act on. Nothing was changed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{detail}")]
pub struct ApiError {
    /// Error code, for programs.
    pub code: Code,
    /// What is wrong and what to do about it. Never an internal cause.
    pub detail: String,
    /// Invalid fields of the request.
    pub fields: Vec<FieldError>,
    /// Further members of the response, such as `missing` permissions or `allowed` transitions.
    pub extra: BTreeMap<&'static str, Value>,
}

impl ApiError {
    /// Creates an error with a code and a sentence that says what to do.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), fields: Vec::new(), extra: BTreeMap::new() }
    }

    /// Creates an error for one field of the request body (422).
    pub fn field(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        let error =
            FieldError { field: field.into(), code, message: message.into(), allowed: Vec::new() };
        Self {
            fields: vec![error],
            ..Self::new(
                Code::ValidationFailed,
                "Some fields are not valid. Correct the fields listed in `errors` and send the request again.",
            )
        }
    }

    /// Creates an error for an action that the current state does not allow, with the actions that
    /// it allows.
    pub fn invalid_action(detail: impl Into<String>, allowed: &[&str]) -> Self {
        Self::new(Code::InvalidAction, detail)
            .with("allowed", allowed.iter().map(|move_| Value::from(*move_)).collect::<Vec<_>>())
    }

    /// Adds a member to the response.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.extra.insert(name, value.into());
        self
    }

    /// Creates the error for a resource that does not exist or that the caller cannot see.
    pub fn missing(what: &str) -> Self {
        Self::new(
            Code::NotFound,
            format!("This {what} does not exist, or you do not have access to it."),
        )
    }

    /// Creates the error for a user that does not exist.
    pub fn no_such_user() -> Self {
        Self::new(
            Code::InvalidUserId,
            "No user has this id. Search for the user to get the right id.",
        )
    }
}
