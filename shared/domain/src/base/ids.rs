//! Identifiers: a three-letter prefix that names the kind, and a ULID, which sorts by time of
//! creation.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ulid::Ulid;

/// An identifier could not be read: wrong prefix, wrong length or a letter outside Crockford's base
/// 32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a valid id. Use {prefix}_ followed by 26 letters and digits")]
pub struct InvalidId {
    /// The prefix that was expected.
    pub prefix: &'static str,
}

/// The stored form of a text that is an identifier of any kind; other texts are returned unchanged.
/// For filters that take texts of several kinds.
pub fn canonical(text: &str) -> String {
    let known = |(prefix, ulid): (&str, &str)| {
        let parsed = Ulid::from_string(ulid)
            .ok()
            .filter(|_| prefix.len() == 3 && prefix.bytes().all(|b| b.is_ascii_alphabetic()))?;
        let mut buffer = [0; ulid::ULID_LEN];
        let written = parsed.array_to_str(&mut buffer);
        written
            .eq_ignore_ascii_case(ulid)
            .then(|| format!("{}_{written}", prefix.to_ascii_lowercase()))
    };
    text.split_once('_').and_then(known).unwrap_or_else(|| text.to_owned())
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
        #[schemars(with = "String", extend("pattern" = concat!("^", $prefix, "_[0-9A-HJKMNP-TV-Z]{26}$")))]
        pub struct $name(Ulid);

        impl $name {
            /// The prefix of every identifier of this kind.
            pub const PREFIX: &'static str = $prefix;

            /// Creates an identifier of this kind from a ULID.
            pub const fn new(ulid: Ulid) -> Self { Self(ulid) }

            /// The ULID without its prefix.
            pub const fn ulid(self) -> Ulid { self.0 }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!($prefix, "_"))?;
                let mut buffer = [0; ulid::ULID_LEN];
                f.write_str(self.0.array_to_str(&mut buffer))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(self, f) }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let refused = InvalidId { prefix: $prefix };
                // Upper and lower case are equal, as people retype ids. Ids are stored and returned
                // in one form, since two forms would be two keys for one item.
                let (prefix, ulid) = text.split_once('_').ok_or(refused)?;
                if !prefix.eq_ignore_ascii_case($prefix) || ulid.len() != ulid::ULID_LEN { return Err(refused); }
                let parsed = Ulid::from_string(ulid).map_err(|_| refused)?;
                if parsed.array_to_str(&mut [0; ulid::ULID_LEN]).eq_ignore_ascii_case(ulid) { Ok(Self(parsed)) } else { Err(refused) }
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> { serializer.collect_str(self) }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// Identifies a user.
    UserId = "usr";
    /// Pseudonym under which the audit log knows a user. It cannot be linked to the user after
    /// erasure.
    Pseudonym = "psn";
    /// Id of a session, and of the sign-in attempt that created it.
    SessionId = "ses";
    /// Identifies an API key.
    ApiKeyId = "key";
    /// Identifies an SSH key.
    SshKeyId = "ssh";
    /// Saved view of the list of users.
    SavedViewId = "viw";
    /// Identifies a storage bucket.
    BucketId = "bkt";
    /// Identifies a custom role.
    RoleId = "rol";
    /// Identifies a system key.
    SystemKeyId = "syk";
    /// Identifies a notification.
    NotificationId = "ntf";
    /// Identifies an organisation.
    OrganisationId = "org";
    /// Id of an invitation to an organisation.
    InviteId = "inv";
    /// Id of an entry in an organisation's activity log.
    ActivityId = "act";
    /// Identifies a server.
    ServerId = "srv";
    /// Identifies a node.
    NodeId = "nod";
    /// DNS zone id.
    ZoneId = "zon";
    /// DNS record id.
    RecordId = "rec";
    /// Deletion request id.
    DeletionId = "del";
    /// Export job id.
    ExportId = "exp";
    /// Share link id. The id does not open the link.
    ShareLinkId = "lnk";
    /// Id of an uploaded file.
    FileId = "fil";
    /// Id of the handover of a bucket's credentials.
    HandoverId = "hnd";
    /// Id of a short URL.
    ShortUrlId = "url";
    /// Id of one round of flagging content.
    FlagId = "flg";
    /// Id of evidence about content.
    EvidenceId = "evd";
    /// Audit log entry id.
    AuditId = "aud";
    /// Staff note id.
    NoteId = "not";
    /// Id of a granted benefit.
    GrantId = "grt";
    /// Id of a product: a plan or add-on.
    ProductId = "prd";
    /// Identifies a verification.
    VerificationId = "ver";
    /// Identifies a document.
    DocumentId = "doc";
    /// Fraud alert id.
    AlertId = "alr";
    /// Id of a scan of all accounts.
    FraudScanId = "swp";
    /// Id of a bulk action on users: of its plan, and then of its job.
    BulkJobId = "blk";
    /// Id of a planned dismissal of fraud alerts.
    DismissalId = "dsm";
    /// Id of a ban or suspension.
    SuspensionId = "sus";
    /// Id of a report about a user or content.
    ReportId = "rpt";
    /// Id of an application that staff decide.
    ApplicationId = "app";
    /// Id of a reply to an application.
    ReplyId = "rpl";
    /// Id of a message to a queue, and of the email created from it.
    MessageId = "msg";
    /// Broadcast.
    BroadcastId = "bro";
    /// Id of an HTTP request or of a run of a job.
    RequestId = "req";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_parses_back_from_its_text() {
        let id = UserId::new(Ulid::from_parts(1_700_000_000_000, 42));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.to_string().len(), 30);
    }

    #[test]
    fn a_lower_case_id_is_equal_and_written_in_one_form() {
        let id = UserId::new(Ulid::from_parts(1_700_000_000_000, 42));
        for text in [id.to_string().to_lowercase(), id.to_string().to_uppercase()] {
            let read: UserId = text.parse().unwrap();
            assert_eq!((read, read.to_string()), (id, id.to_string()));
            assert_eq!(serde_json::from_value::<UserId>(text.into()).unwrap(), id);
        }
    }

    #[test]
    fn a_filter_accepts_an_id_in_any_case_and_leaves_other_texts_unchanged() {
        let id = ExportId::new(Ulid::from_parts(1_700_000_000_000, 42)).to_string();
        assert_eq!(canonical(&id.to_lowercase()), id);
        for text in [
            id.as_str(),
            "POST /api/Apikeys",
            "export_job",
            "abc_",
            "_",
            "",
            "abcd_01arz3ndektsv4rrffq69g5fav",
        ] {
            assert_eq!(canonical(text), text);
        }
    }

    #[test]
    fn an_id_of_another_kind_or_spelling_is_rejected() {
        let id = UserId::new(Ulid::from_parts(1_700_000_000_000, 42)).to_string();
        assert!(id.parse::<ExportId>().is_err());
        assert!("usr_".parse::<UserId>().is_err());
        assert!(
            "usr_81ARZ3NDEKTSV4RRFFQ69G5FAV".parse::<UserId>().is_err(),
            "a ULID above the maximum is invalid"
        );
        assert!(
            "usr_01ARZ3NDEKTSV4RRFFQ69G5FAI".parse::<UserId>().is_err(),
            "I is read as 1 and would be a second spelling"
        );
        assert!("usr_01arz3ndektsv4rrffq69g5fai".parse::<UserId>().is_err(), "also in lower case");
        assert!("usr_01ARZ3NDEKTSV4RRFFQ69G5Fé".parse::<UserId>().is_err());
    }
}
