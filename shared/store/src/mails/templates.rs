//! What emails look like: templates as staff saved them, one item for each language, in the table
//! `catalogue`. A template without an item is the built-in one.

use std::collections::BTreeMap;

use provost_domain::mail::{
    Template,
    content::{Brand, Language},
    saved_template::SavedTemplate,
};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, encode, n},
    settings::{self, Settings},
    transaction::Condition,
};

/// The prefix of the partition of a template.
const PREFIX: &str = "MAILTEMPLATE#";

/// The key of a template in one language.
fn key(template: Template, language: Language) -> Key {
    Key::new(format!("{PREFIX}{}", template.as_str()), language.as_str())
}

/// What an email is written with: the saved template, if there is one, and the brand.
#[derive(Debug, Clone, Default)]
pub struct MailDesign {
    /// The template as staff saved it.
    pub saved: Option<SavedTemplate>,
    /// The brand.
    pub brand: Brand,
}

impl Transaction {
    /// Saves a template; its version is the one after the version that the change is based on.
    /// Fails with [`Conflict::MailTemplate`] when it was changed in the meantime.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn save_mail_template(&mut self, saved: &SavedTemplate) -> Result<(), StoreError> {
        let table = self.store().names().catalogue.clone();
        let unchanged = match saved.version {
            0 | 1 => Condition::absent(),
            version => Condition::equals("version", n(version - 1)),
        };
        let item = encode("a mail template", &key(saved.template, saved.language), saved)?;
        self.put(Conflict::MailTemplate, &table, item, unchanged)
    }
}

impl Store {
    /// What an email of a template is written with, in one request.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn mail_design(
        &self,
        template: Template,
        language: Language,
    ) -> Result<MailDesign, StoreError> {
        let keys = vec![settings::key(), key(template, language)];
        let mut design = MailDesign::default();
        for item in self.batch_get(&self.names.catalogue, keys, true).await? {
            if item.get("pk").and_then(|pk| pk.as_s().ok()).is_some_and(|pk| pk.starts_with(PREFIX))
            {
                design.saved = Some(decode("a mail template", item)?);
            } else {
                design.brand = decode::<Settings>("settings", item)?.brand;
            }
        }
        Ok(design)
    }

    /// The saved languages of a template, by language.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn saved_mail_template(
        &self,
        template: Template,
    ) -> Result<BTreeMap<Language, SavedTemplate>, StoreError> {
        let keys = Language::ALL.iter().map(|language| key(template, *language)).collect();
        self.batch_get(&self.names.catalogue, keys, true)
            .await?
            .into_iter()
            .map(|item| {
                let saved: SavedTemplate = decode("a mail template", item)?;
                Ok((saved.language, saved))
            })
            .collect()
    }
}
