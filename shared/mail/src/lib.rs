//! The texts of emails: the built-in templates in English and German, how variables are filled in,
//! and the Internet form of the result.
//!
//! A template is data: [`MailContent`], built in or as staff saved it, and a list of the
//! [`Variable`]s that it may use. Both transports send what [`message`] builds.

pub mod catalogue;
mod html;
mod layout;
pub mod message;
mod render;

pub use catalogue::{Variable, built_in, has_content, variables};
pub use layout::Layout;
pub use render::{Rendered, Values, check, examples, fill, render};

pub use provost_domain::mail::content::MailContent;
