//! The conditions of writes, by what did not hold.

/// What did not hold when a write was rejected: a request came first, or the data is not as expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// The active day has changed.
    ActiveDay,
    /// An activity entry with this id exists.
    Activity,
    /// The record of the address has changed.
    AddressRecord,
    /// The API key has changed.
    ApiKey,
    /// The application has changed.
    Application,
    /// A checkpoint of the audit log with this size is signed.
    AuditCheckpoint,
    /// An audit entry with this id exists.
    AuditEntry,
    /// Another run has added these entries to the tree of the audit log.
    AuditLeaf,
    /// The banned name is recorded.
    BannedName,
    /// The broadcast has changed, or another run sends it.
    Broadcast,
    /// The outcome of a bulk job for the user is stored already.
    BulkItem,
    /// The bulk job has changed, or another run works on it.
    BulkJob,
    /// The charge has changed.
    Charge,
    /// The checkout is known.
    Checkout,
    /// The storage bucket has changed.
    Bucket,
    /// A unique value of an account is taken.
    Claim,
    /// Other transactions wrote the same items again and again.
    Collision,
    /// The content has changed.
    Content,
    /// The contributor profile has changed.
    Contributor,
    /// The count has changed.
    Count,
    /// The record of a stream was counted before.
    Counted,
    /// A counter without a condition.
    Counter,
    /// The credential has changed.
    Credential,
    /// The deletion request has changed.
    Deletion,
    /// The planned dismissal is known.
    Dismissal,
    /// The DNS records of a name have changed.
    DnsName,
    /// The DNS record has changed.
    DnsRecord,
    /// A document with this id exists.
    Document,
    /// The email address is taken.
    Email,
    /// A version of the enrolment that is not lower is recorded.
    Enrollment,
    /// The account is being erased.
    Erasing,
    /// The evidence is gone.
    Evidence,
    /// The export job has changed.
    ExportJob,
    /// The user requested an export recently.
    ExportRequested,
    /// An export of the account is running.
    ExportRunning,
    /// The lock of the export is gone.
    ExportUnlock,
    /// A file with this id exists.
    File,
    /// A flag with this id exists.
    Flag,
    /// The external id is taken.
    ExternalId,
    /// The former address is known.
    FormerAddress,
    /// The former email address is not the account's.
    FormerEmail,
    /// The former external id is not the account's.
    FormerExternalId,
    /// The former handle is held.
    FormerHandle,
    /// The former account at another provider is not linked to the account.
    FormerOauthIdentity,
    /// The former phone number is not the account's.
    FormerPhone,
    /// The former unique id is not the account's.
    FormerUniqueId,
    /// The former username is held.
    FormerUsername,
    /// The fraud alert has changed.
    FraudAlert,
    /// The fraud rules have changed.
    FraudRules,
    /// This version of the fraud rules exists.
    FraudRulesBefore,
    /// The current fraud rules have changed.
    FraudRulesNow,
    /// The grant has changed.
    Grant,
    /// The credentials were shown already, or another handover has begun.
    Handover,
    /// The handle is taken.
    Handle,
    /// The host name is taken.
    HostName,
    /// A request with this idempotency key was answered.
    IdempotencyKey,
    /// The impersonation has ended.
    Impersonation,
    /// The invitation has changed.
    Invitation,
    /// Another run holds the lease.
    Lease,
    /// The content of the email is stored already.
    MailContent,
    /// The email log entry has changed.
    MailLog,
    /// The user gets no broadcasts.
    MailPreferences,
    /// The counts of emails.
    MailStats,
    /// The email template was changed in the meantime.
    MailTemplate,
    /// The membership has changed.
    Member,
    /// The node has changed.
    Node,
    /// The link from an organisation to a node has changed.
    NodeLink,
    /// A note with this id exists.
    Note,
    /// The item is gone.
    Gone,
    /// There is no such notification.
    Notification,
    /// The account at another provider is linked to another user.
    OauthIdentity,
    /// The user has an open application of this type.
    OpenApplication,
    /// The open fraud alert of the account has changed.
    OpenFraudAlert,
    /// The reporter has an open report about the same user or content.
    OpenReport,
    /// The user has an open verification.
    OpenVerification,
    /// The organisation has changed.
    Organisation,
    /// The organisation has nodes.
    OrganisationNodes,
    /// The message is in the outbox.
    Outbox,
    /// The account is not past the point of no return of this deletion.
    PastPointOfNoReturn,
    /// The payment is recorded.
    Payment,
    /// The phone number is taken.
    Phone,
    /// The planned end has changed.
    PlannedEnd,
    /// The product has changed.
    Product,
    /// The slug belongs to another product.
    ProductSlug,
    /// The intent to create a promotion code has changed.
    PromotionCode,
    /// The profile has changed.
    Profile,
    /// The recipient is gone.
    Recipient,
    /// The count of refusals has changed.
    RefusalCount,
    /// The report has changed.
    Report,
    /// The account has changed.
    Revision,
    /// The figures of revenue have changed.
    Revenue,
    /// The role has changed, or there is none.
    Role,
    /// The user holds the role already, or does not hold it.
    RoleHolder,
    /// The name of the role is taken.
    RoleName,
    /// A fraud scan with this id exists.
    Scan,
    /// The fraud scan has changed.
    ScanRun,
    /// A fraud scan of all accounts is running.
    ScanSlot,
    /// The saved view has changed.
    SavedView,
    /// The second factor has changed.
    SecondFactor,
    /// There is no such server.
    Server,
    /// The setting has changed.
    Setting,
    /// The shards have changed.
    Shards,
    /// The share link is revoked.
    ShareLink,
    /// The sighting has changed.
    Sighting,
    /// A sign-in with this id exists.
    SignIn,
    /// There is no such SSH key.
    SshKey,
    /// The Stripe customer belongs to another account.
    StripeCustomer,
    /// The Stripe event was processed.
    StripeEvent,
    /// The key of the audit subject exists or is destroyed.
    SubjectKey,
    /// The subscription has changed.
    Subscription,
    /// The address receives no email.
    Suppressed,
    /// The keys of the service have changed.
    SystemKeys,
    /// The organisation has as many nodes as its tier allows.
    TierNodes,
    /// The organisation has as many servers as its tier allows.
    TierServers,
    /// The organisation has as many DNS zones as its tier allows.
    TierZones,
    /// The total has changed.
    Total,
    /// The unique id is taken.
    UniqueId,
    /// The upload window has changed.
    UploadWindow,
    /// The account is already an entry of a list.
    UserEntry,
    /// The username is taken.
    Username,
    /// The verification has changed.
    Verification,
    /// The lock of the verification is gone.
    VerificationUnlock,
    /// The DNS zone has changed.
    Zone,
    /// The zone is verified for another organisation.
    ZoneClaim,
    /// The organisation has a zone of this name.
    ZoneName,
}
