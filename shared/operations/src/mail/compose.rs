use std::collections::BTreeMap;

use provost_domain::{
    ApiError, User,
    mail::{
        Template,
        content::{Brand, Language, MailContent},
    },
    profile::Profile,
};
use provost_mail::{Layout, Rendered, Values, built_in, render};
use provost_store::{Store, StoreError};
use tracing::error;

/// What an email is written with.
#[derive(Debug, Clone)]
pub struct Design {
    /// The template.
    pub template: Template,
    /// The content: as staff saved it, or as it is built in.
    pub content: Option<MailContent>,
    /// The brand.
    pub brand: Brand,
    /// Language of the content.
    pub language: Language,
}

impl Design {
    /// The design of a template in a language.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn of(
        store: &Store,
        template: Template,
        language: Language,
    ) -> Result<Self, StoreError> {
        let design = store.mail_design(template, language).await?;
        let content =
            design.saved.and_then(|saved| saved.content).or_else(|| built_in(template, language));
        Ok(Self { template, content, brand: design.brand, language })
    }

    /// Renders the email. `values` need not contain the values that every email has, besides the
    /// name of the recipient.
    ///
    /// # Errors
    /// The content cannot be rendered, or the template has none.
    pub fn render(
        &self,
        mut values: Values,
        url: &str,
        unsubscribe: Option<&str>,
    ) -> Result<Rendered, ApiError> {
        values.insert("brand", Some(self.brand.name.clone()));
        values.insert("url", Some(url.to_owned()));
        let layout = Layout { brand: &self.brand, language: self.language, url, unsubscribe };
        let content = self.content.as_ref().ok_or_else(|| ApiError::missing("template"))?;
        render(content, &values, &layout).or_else(|error| {
            // A saved content was checked, so this is a fault; the email is sent all the same.
            error!(template = self.template.as_str(), %error, "a saved template could not be filled in");
            match built_in(self.template, self.language).filter(|built_in| built_in != content) {
                Some(built_in) => render(&built_in, &values, &layout),
                None => Err(error),
            }
        })
    }
}

/// The language for a user's emails: that of the locale in the settings of the profile.
pub fn language_of(profile: &Profile) -> Language {
    Language::of_locale(profile.settings.get("locale").and_then(|locale| locale.as_str()))
}

/// Maximum length of a first name that is used in an email.
const MAX_FIRST_NAME: usize = 40;

/// The value of the variable `firstName`. The name is used only if it is short and holds nothing that
/// a reader could follow, so that nobody can register another person's address to send them a link
/// or a number to call.
pub fn first_name(reader: &User) -> Option<String> {
    let name = reader.first_name.trim();
    let is_harmless = !name.is_empty()
        && name.chars().count() <= MAX_FIRST_NAME
        && !name.chars().any(|c| c.is_control() || c.is_numeric() || "@:{}".contains(c))
        && !holds_domain(name);
    is_harmless.then(|| name.to_owned())
}

/// Whether a text holds something that mail programs make a link of: a dot between a letter and at
/// least two more, unlike the dots of initials.
fn holds_domain(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['.', '。', '．', '｡']).collect();
    let ends_in_letter = |part: &str| part.chars().next_back().is_some_and(char::is_alphabetic);
    let begins_a_word =
        |part: &str| part.chars().take_while(|c| c.is_alphabetic() || *c == '-').count() > 1;
    parts.windows(2).any(|pair| match pair {
        [before, after] => ends_in_letter(before) && begins_a_word(after),
        _ => false,
    })
}

/// The values of an email to a user that needs no others.
pub fn general_values(reader: &User) -> Values {
    BTreeMap::from([("firstName", first_name(reader))])
}
