//! The values of a report: what it is about, why, how severe it is, and what becomes of it.

use crate::{Permission, stored_enum::stored_enum};

stored_enum! {
    /// What a report is about.
    pub enum ReportType {
        /// A file or a short URL.
        Content = "content",
        /// A user.
        User = "user",
    }
}

stored_enum! {
    /// Category of a report.
    pub enum ReportCategory {
        /// Unwanted advertising.
        Spam = "spam",
        /// Harassment of a person.
        Harassment = "harassment",
        /// Content that the rules of the platform forbid.
        InappropriateContent = "inappropriate_content",
        /// Somebody pretends to be another person or organisation.
        Impersonation = "impersonation",
        /// Abuse of the platform.
        Abuse = "abuse",
        /// Content that the law forbids.
        IllegalContent = "illegal_content",
        /// Infringement of a copyright.
        Copyright = "copyright",
        /// None of the others.
        Other = "other",
    }
}

impl ReportCategory {
    /// The severity of a new report of this category. Staff can change it.
    pub const fn severity(self) -> Severity {
        match self {
            Self::IllegalContent => Severity::High,
            Self::Spam => Severity::Low,
            _ => Severity::Medium,
        }
    }
}

stored_enum! {
    /// Severity of a report.
    #[derive(PartialOrd, Ord)]
    pub enum Severity {
        /// Low.
        Low = "low",
        /// Medium.
        Medium = "medium",
        /// High.
        High = "high",
    }
}

stored_enum! {
    /// Status of a report.
    pub enum ReportStatus {
        /// Not looked at yet.
        Open = "open",
        /// Under investigation by staff.
        Investigating = "investigating",
        /// Closed: the report was justified. Final.
        Resolved = "resolved",
        /// Closed: the report was not justified, or the account that it is about was erased. Final.
        Dismissed = "dismissed",
    }
}

impl ReportStatus {
    /// The statuses that may follow this one.
    pub const fn transitions(self) -> &'static [Self] {
        match self {
            Self::Open => &[Self::Investigating, Self::Resolved, Self::Dismissed],
            Self::Investigating => &[Self::Open, Self::Resolved, Self::Dismissed],
            Self::Resolved | Self::Dismissed | Self::Unknown(_) => &[],
        }
    }

    /// Whether the report waits for a decision.
    pub const fn is_live(self) -> bool {
        !self.transitions().is_empty()
    }
}

stored_enum! {
    /// What staff did about a justified report.
    pub enum ReportAction {
        /// The content was removed.
        ContentRemoved = "content-removed",
        /// The user was warned by a notification and an email.
        UserWarned = "user-warned",
        /// The user was banned.
        UserBanned = "user-banned",
    }
}

impl ReportAction {
    /// The permission that the action needs besides that to decide reports.
    pub const fn permission(self) -> Option<Permission> {
        match self {
            Self::ContentRemoved => Some(Permission::ContentRemove),
            Self::UserBanned => Some(Permission::UserSuspend),
            Self::UserWarned | Self::Unknown(_) => None,
        }
    }
}

stored_enum! {
    /// Kind of event in the history of a report.
    pub enum ReportEventKind {
        /// The report was filed.
        Filed = "filed",
        /// The status changed.
        Moved = "moved",
        /// The assignee changed.
        Assigned = "assigned",
        /// The severity changed.
        Rated = "rated",
        /// A note was added.
        Noted = "noted",
        /// An account that the report names was erased.
        Erased = "erased",
    }
}
