//! Conditions of writes.

use aws_sdk_dynamodb::types::AttributeValue;

/// The condition of a write.
#[derive(Debug, Clone, Default)]
pub struct Condition {
    pub(crate) expression: Option<String>,
    pub(crate) names: Vec<(String, String)>,
    pub(crate) values: Vec<(String, AttributeValue)>,
}

impl Condition {
    /// No condition.
    pub fn none() -> Self {
        Self::default()
    }

    /// The item must not exist.
    pub fn absent() -> Self {
        Self::expression("attribute_not_exists(pk)")
    }

    /// The item must exist.
    pub fn present() -> Self {
        Self::expression("attribute_exists(pk)")
    }

    /// An expression; every name and value in it is a placeholder given by [`Self::name`] and
    /// [`Self::value`].
    pub fn expression(text: &'static str) -> Self {
        Self { expression: Some(text.to_owned()), ..Self::default() }
    }

    /// Defines a placeholder for an attribute's name.
    #[must_use]
    pub fn name(mut self, placeholder: impl Into<String>, attribute: impl Into<String>) -> Self {
        self.names.push((placeholder.into(), attribute.into()));
        self
    }

    /// Defines a placeholder for an attribute whose name is data, such as the id in a map.
    #[must_use]
    pub fn dynamic_name(mut self, placeholder: &'static str, attribute: String) -> Self {
        self.names.push((placeholder.to_owned(), attribute));
        self
    }

    /// Defines a placeholder for a value.
    #[must_use]
    pub fn value(mut self, placeholder: impl Into<String>, value: AttributeValue) -> Self {
        self.values.push((placeholder.into(), value));
        self
    }

    /// An attribute must have this value.
    pub fn equals(attribute: &'static str, value: AttributeValue) -> Self {
        Self::expression("#eq = :eq").name("#eq", attribute).value(":eq", value)
    }
}
