//! The fields of a form or of a query.

use bytes::Bytes;

/// Names and values in the order in which they were sent; a name can have several values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>, Vec<(String, Upload)>);

/// A file of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Its name on the person's device.
    pub name: String,
    /// Its media type, as the browser guessed it.
    pub content_type: String,
    /// Its bytes.
    pub bytes: Bytes,
}

impl Fields {
    /// Reads `application/x-www-form-urlencoded`.
    pub fn read(encoded: &[u8]) -> Self {
        Self(form_urlencoded::parse(encoded).into_owned().collect(), Vec::new())
    }

    /// Adds a value.
    pub fn push(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// Adds a file.
    pub fn attach(&mut self, name: &str, file: Upload) {
        self.1.push((name.to_owned(), file));
    }

    /// The file of a field.
    pub fn file(&self, name: &str) -> Option<&Upload> {
        self.1.iter().find(|(known, _)| known == name).map(|(_, file)| file)
    }

    /// The value of a field; empty if it was not sent.
    pub fn text(&self, name: &str) -> &str {
        self.given(name).unwrap_or_default()
    }

    /// The value of a field, if it was sent.
    pub fn given(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All values of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Every field.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether nothing was sent.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same fields with one value for this one; an empty value removes it.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut fields = self.without(&[name]);
        if !value.is_empty() {
            fields.0.push((name.to_owned(), value.to_owned()));
        }
        fields
    }

    /// The same fields without these.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        let kept = self.0.iter().filter(|(name, _)| !names.contains(&name.as_str()));
        Self(kept.cloned().collect(), Vec::new())
    }

    /// The same fields without empty ones: a form sends each of its fields, also without a value.
    #[must_use]
    pub fn without_empty(&self) -> Self {
        let kept = self.0.iter().filter(|(_, value)| !value.is_empty());
        Self(kept.cloned().collect(), Vec::new())
    }

    /// The fields as `application/x-www-form-urlencoded`.
    pub fn encoded(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    /// A path with the fields as its query.
    pub fn path(&self, path: &str) -> String {
        if self.is_empty() { path.to_owned() } else { format!("{path}?{}", self.encoded()) }
    }
}
