//! An application: a user asks for something that staff decide, such as a place in the team, a
//! partnership, the verified badge, or that a ban is lifted.
//!
//! `pending → reviewing` until it is `approved` or `rejected`, which are final.

mod answers;

use serde::{Deserialize, Serialize};

pub use answers::{Answer, Answers, check_url};

use crate::{
    ApiError, ApplicationId, GrantId, Pseudonym, ReplyId, SuspensionId, Timestamp, UserId,
    stored_enum::stored_enum, time::DAY, user::Suspension,
};

/// A link to appeal against a ban works for this long, in milliseconds, or until the ban ends.
pub const APPEAL_LIFE: i64 = 180 * DAY;
/// Maximum number of replies to an application.
pub const MAX_REPLIES: u32 = 200;
/// Maximum length of a reply, in characters.
pub const MAX_REPLY: usize = 2000;
/// Maximum length of an internal note, in characters.
pub const MAX_NOTE: usize = 5000;
/// Maximum number of internal notes of an application; the oldest are removed.
const MAX_NOTES: usize = 50;

stored_enum! {
    /// Type of application.
    pub enum ApplicationType {
        /// To join the team.
        Staff = "staff",
        /// To become a partner.
        Partner = "partner",
        /// For the verified badge.
        Verification = "verification",
        /// Against a ban.
        BanAppeal = "ban_appeal",
    }
}

stored_enum! {
    /// Status of an application.
    pub enum ApplicationStatus {
        /// Not looked at yet.
        Pending = "pending",
        /// Under review by staff.
        Reviewing = "reviewing",
        /// Approved. Final.
        Approved = "approved",
        /// Rejected. Final.
        Rejected = "rejected",
    }
}

impl ApplicationStatus {
    /// The statuses that may follow this one.
    pub const fn transitions(self) -> &'static [Self] {
        match self {
            Self::Pending => &[Self::Reviewing, Self::Approved, Self::Rejected],
            Self::Reviewing => &[Self::Approved, Self::Rejected],
            Self::Approved | Self::Rejected | Self::Unknown(_) => &[],
        }
    }

    /// Whether the application waits for a decision.
    pub const fn is_live(self) -> bool {
        !self.transitions().is_empty()
    }
}

/// The ban that an appeal is against. A later ban of the same account is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppealedBan {
    /// Id of the ban; absent if a release before this one wrote the ban.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<SuspensionId>,
    /// Time at which the ban took effect.
    pub at: Timestamp,
}

impl AppealedBan {
    /// The reference to a ban.
    pub const fn of(suspension: &Suspension) -> Self {
        Self { id: suspension.id, at: suspension.at }
    }

    /// The name of the applicant's lock for an appeal against this ban.
    pub fn lock(self, r#type: ApplicationType) -> String {
        let name = r#type.as_str();
        match self.id {
            Some(id) => format!("{name}#{id}"),
            None => format!("{name}#{}", self.at),
        }
    }

    /// Whether this is the ban.
    pub fn is(self, suspension: &Suspension) -> bool {
        self == Self::of(suspension)
    }
}

/// An internal note of staff about an application, which the applicant never sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InternalNote {
    /// Time of the note.
    pub at: Timestamp,
    /// Pseudonym of the author.
    pub by: Pseudonym,
    /// The text.
    pub text: String,
}

/// An application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    /// Application id.
    pub id: ApplicationId,
    /// The applicant.
    pub user_id: UserId,
    /// Type of application.
    pub r#type: ApplicationType,
    /// Status.
    pub status: ApplicationStatus,
    /// The answers.
    pub answers: Answers,
    /// The ban that an appeal is against.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ban: Option<AppealedBan>,
    /// Internal notes, oldest first.
    #[serde(default)]
    pub notes: Vec<InternalNote>,
    /// Number of replies.
    #[serde(default)]
    pub replies: u32,
    /// The grant that was given with the approval.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub grant_id: Option<GrantId>,
    /// What the approval found, if there was nothing left to do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub outcome_note: Option<String>,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
    /// Time of the decision.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub decided_at: Option<Timestamp>,
    /// Pseudonym of the staff member who decided.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub decided_by: Option<Pseudonym>,
    /// Version number; increases with every change.
    pub version: u64,
}

impl Application {
    /// Changes the status.
    ///
    /// # Errors
    /// `INVALID_ACTION` with who decided it and how, or with the allowed statuses.
    pub fn transition_to(
        mut self,
        to: ApplicationStatus,
        by: Pseudonym,
        now: Timestamp,
    ) -> Result<Self, ApiError> {
        let allowed: Vec<&str> =
            self.status.transitions().iter().map(|status| status.as_str()).collect();
        if !self.status.transitions().contains(&to) {
            let mut error = ApiError::invalid_action(
                match allowed.is_empty() {
                    true => format!(
                        "This application is already {}. This status is final. Read the application to see the decision.",
                        self.status.as_str()
                    ),
                    false => format!(
                        "This application is {}. Choose one of the allowed statuses.",
                        self.status.as_str()
                    ),
                },
                &allowed,
            )
            .with("decision", self.status.as_str());
            if let Some(by) = self.decided_by {
                error = error.with("decidedBy", by.to_string());
            }
            if let Some(at) = self.decided_at {
                error = error.with("decidedAt", at.to_string());
            }
            return Err(error);
        }
        self.status = to;
        if !to.is_live() {
            (self.decided_at, self.decided_by) = (Some(now), Some(by));
        }
        self.updated_at = now;
        Ok(self)
    }

    /// Adds an internal note.
    #[must_use]
    pub fn note(mut self, text: String, by: Pseudonym, now: Timestamp) -> Self {
        self.notes.push(InternalNote { at: now, by, text });
        if self.notes.len() > MAX_NOTES {
            self.notes.remove(0);
        }
        self.updated_at = now;
        self
    }

    /// The name of the applicant's lock for an application of this kind: one waiting application of
    /// a type, and one appeal against a ban.
    pub fn lock(&self) -> String {
        match self.ban {
            Some(ban) => ban.lock(self.r#type),
            None => self.r#type.as_str().to_owned(),
        }
    }

    /// Counts a reply.
    ///
    /// # Errors
    /// `INVALID_ACTION` for a decided application, or one with too many replies.
    pub fn reply(mut self, now: Timestamp) -> Result<Self, ApiError> {
        if !self.status.is_live() {
            return Err(ApiError::invalid_action(
                format!(
                    "This application is {}, so it takes no more replies.",
                    self.status.as_str()
                ),
                &[],
            ));
        }
        if self.replies >= MAX_REPLIES {
            return Err(ApiError::invalid_action(
                format!("This application has {MAX_REPLIES} replies. No more can be added."),
                &[],
            ));
        }
        self.replies += 1;
        self.version += 1;
        self.updated_at = now;
        Ok(self)
    }

    /// The pseudonyms of all staff members in the application.
    pub fn staff(&self) -> impl Iterator<Item = Pseudonym> + '_ {
        self.decided_by.into_iter().chain(self.notes.iter().map(|note| note.by))
    }
}

/// A reply to an application, by the applicant or by staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// Reply id.
    pub id: ReplyId,
    /// Pseudonym of the author.
    pub by: Pseudonym,
    /// Whether the author replied as staff.
    pub is_staff: bool,
    /// The text.
    pub content: String,
    /// Time of creation.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(of: &[(&str, &str)]) -> Answers {
        of.iter()
            .map(|(name, text)| ((*name).to_owned(), Answer::Text((*text).to_owned())))
            .collect()
    }

    fn fields(r#type: ApplicationType, of: &[(&str, &str)]) -> Vec<(String, &'static str)> {
        let error = r#type.check_answers(&answers(of)).expect_err("an answer is not valid");
        error.fields.into_iter().map(|field| (field.field, field.code)).collect()
    }

    #[test]
    fn each_type_names_every_answer_that_is_missing_unknown_or_too_short() {
        assert_eq!(
            fields(ApplicationType::Staff, &[("why", "short"), ("role", "emperor"), ("age", "7")]),
            [
                ("answers.age".to_owned(), "unknown"),
                ("answers.why".to_owned(), "too_short"),
                ("answers.experience".to_owned(), "required"),
                ("answers.availability".to_owned(), "required"),
                ("answers.role".to_owned(), "unknown"),
            ]
        );
        assert_eq!(
            fields(ApplicationType::BanAppeal, &[("reason", &"x".repeat(2001))]),
            [("answers.reason".to_owned(), "too_long")]
        );
    }

    #[test]
    fn a_url_names_a_host_and_carries_no_markup_or_user_name() {
        for url in ["https://example.org", "http://example.org/a?b=c#d"] {
            assert_eq!(check_url("website", url).as_deref(), Ok(url));
        }
        for url in [
            "example.org",
            "javascript:alert(1)",
            "https://",
            "https://localhost",
            "https://user@example.org/",
            "https://example.org/<script>",
            "https://example.org/a b",
        ] {
            assert!(check_url("website", url).is_err(), "{url}");
        }
    }

    #[test]
    fn an_appeal_belongs_to_one_ban_even_if_another_began_in_the_same_millisecond() {
        let at = Timestamp::from_millis(1);
        let first = AppealedBan { id: Some(SuspensionId::new(1_u128.into())), at };
        let second = AppealedBan { id: Some(SuspensionId::new(2_u128.into())), at };
        assert_ne!(first, second);
    }
}
