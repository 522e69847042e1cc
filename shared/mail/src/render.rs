//! Fills the variables of a content in, and puts header and footer around it.

use std::{collections::BTreeMap, fmt, io, sync::Arc};

use minijinja::{
    AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value,
    machinery::{
        self, WhitespaceConfig,
        ast::{BinOpKind, Expr, Stmt, UnaryOpKind},
    },
    syntax::SyntaxConfig,
    value::{Enumerator, Object, ObjectRepr},
};
use provost_domain::{
    ApiError,
    mail::content::{Brand, Language, MailContent},
    refusal::FieldError,
};

use crate::{Layout, Variable, html};

/// Instructions that a template may run.
const FUEL: u64 = 20_000;
/// Maximum size of a rendered part, in bytes.
const MAX_SIZE: usize = 200_000;
/// Stands in the output where a variable without a value was, until the gap is closed. A
/// noncharacter, which no value contains.
const GAP: char = '\u{FDD0}';

/// The values of the variables of one email; `None` for a variable without a value.
pub type Values = BTreeMap<&'static str, Option<String>>;

/// A rendered email.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Subject line: one line, values literally.
    pub subject: String,
    /// Text part, values literally.
    pub text: String,
    /// HTML part, values escaped once.
    pub html: String,
}

/// Renders an email.
///
/// # Errors
/// `VALIDATION_FAILED` on the part that cannot be rendered. A content that passed [`check`] can.
pub fn render(
    content: &MailContent,
    values: &Values,
    layout: &Layout<'_>,
) -> Result<Rendered, ApiError> {
    let fill = Fill::new(values);
    let subject = one_line(&fill.part("subject", &content.subject)?);
    let text = fill.part("text", &content.text)?;
    let body = match &content.html {
        Some(html) => format!("{}\n", fill.part("html", html)?),
        None => html::of_text(&text),
    };
    Ok(Rendered {
        subject,
        text: html::with_footer(&text, layout),
        html: html::page(&body, layout),
    })
}

/// A content with its variables filled in, as a content without variables, for a test email.
///
/// # Errors
/// `VALIDATION_FAILED` on the part that cannot be rendered.
pub fn fill(content: &MailContent, values: &Values) -> Result<MailContent, ApiError> {
    let fill = Fill::new(values);
    let literal = |text: String| format!("{{% raw %}}{text}{{% endraw %}}");
    Ok(MailContent {
        subject: literal(one_line(&fill.part("subject", &content.subject)?)),
        text: literal(fill.part("text", &content.text)?),
        html: match &content.html {
            Some(html) => Some(literal(fill.part("html", html)?)),
            None => None,
        },
    })
}

/// Checks a content before it is saved: it uses only these variables, in conditions and as they are,
/// and it can be rendered with and without the optional ones.
///
/// # Errors
/// `VALIDATION_FAILED` on the part that is wrong, with the names that exist if a variable does not.
pub fn check(content: &MailContent, variables: &[Variable]) -> Result<(), ApiError> {
    let parts = [
        ("subject", Some(&content.subject)),
        ("text", Some(&content.text)),
        ("html", content.html.as_ref()),
    ];
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    for (field, part) in parts {
        let Some(part) = part else { continue };
        check_forms(field, part)?;
        let template =
            environment.template_from_str(part).map_err(|error| invalid(field, &error))?;
        let mut unknown: Vec<_> = template
            .undeclared_variables(false)
            .into_iter()
            .filter(|name| variables.iter().all(|variable| variable.name != name))
            .collect();
        unknown.sort();
        if let Some(name) = unknown.first() {
            let allowed: Vec<_> = variables.iter().map(|known| known.name.to_owned()).collect();
            let message = format!(
                "There is no variable {name} in this template. Use one of: {}.",
                allowed.join(", ")
            );
            let mut error = ApiError::field(field, "unknown_variable", message.clone());
            error.fields = vec![FieldError {
                field: field.to_owned(),
                code: "unknown_variable",
                message,
                allowed,
            }];
            return Err(error);
        }
    }
    let brand = Brand::default();
    let layout = Layout { brand: &brand, language: Language::English, url: "", unsubscribe: None };
    for with_optional in [true, false] {
        let rendered = render(content, &examples(variables, with_optional), &layout)?;
        if rendered.subject.is_empty() {
            return Err(ApiError::field(
                "subject",
                "required",
                "This subject can be empty. Add text outside of its variables and conditions.",
            ));
        }
    }
    Ok(())
}

/// Refuses everything but text, variables and conditions. A template that computes could take memory
/// without limit, and one that changes a value could lead a link elsewhere.
fn check_forms(field: &'static str, part: &str) -> Result<(), ApiError> {
    let parsed = machinery::parse(part, field, SyntaxConfig, WhitespaceConfig::default())
        .map_err(|error| invalid(field, &error))?;
    if is_plain(&parsed) {
        return Ok(());
    }
    Err(ApiError::field(
        field,
        "invalid_template",
        "This part uses more than variables and conditions. Use only `{{ variable }}`, `if`, `elif`, `else`, `endif`, `and`, `or`, `not` and text in quotes.",
    ))
}

fn is_plain(statement: &Stmt<'_>) -> bool {
    match statement {
        Stmt::Template(template) => template.children.iter().all(is_plain),
        Stmt::EmitRaw(_) => true,
        Stmt::EmitExpr(emitted) => is_simple(&emitted.expr),
        Stmt::IfCond(condition) => {
            is_simple(&condition.expr)
                && condition.true_body.iter().chain(&condition.false_body).all(is_plain)
        }
        _ => false,
    }
}

fn is_simple(expression: &Expr<'_>) -> bool {
    match expression {
        Expr::Var(_) | Expr::Const(_) => true,
        Expr::UnaryOp(operation) => {
            matches!(operation.op, UnaryOpKind::Not) && is_simple(&operation.expr)
        }
        Expr::BinOp(operation) => {
            matches!(operation.op, BinOpKind::ScAnd | BinOpKind::ScOr)
                && is_simple(&operation.left)
                && is_simple(&operation.right)
        }
        _ => false,
    }
}

/// The example values of variables, with or without the optional ones.
pub fn examples(variables: &[Variable], with_optional: bool) -> Values {
    let value = |variable: &Variable| {
        (with_optional || !variable.optional).then(|| variable.example.to_owned())
    };
    variables.iter().map(|variable| (variable.name, value(variable))).collect()
}

/// A text on one line, without control characters.
fn one_line(text: &str) -> String {
    let plain =
        |c: char| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c };
    text.chars().map(plain).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The environment and the values of one email.
struct Fill<'a> {
    environment: Environment<'a>,
    values: BTreeMap<&'static str, Value>,
}

impl Fill<'_> {
    fn new(values: &Values) -> Self {
        // Without filters, tests and functions: a value is written as it is.
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        environment.set_auto_escape_callback(|name| {
            if name == "html" { AutoEscape::Html } else { AutoEscape::None }
        });
        let value = |value: &Option<String>| match value.as_ref().filter(|text| !text.is_empty()) {
            Some(text) => Value::from(text.replace(GAP, "")),
            None => Value::from_object(Missing),
        };
        let values = values.iter().map(|(name, given)| (*name, value(given))).collect();
        Self { environment, values }
    }

    /// Renders one part.
    fn part(&self, field: &'static str, source: &str) -> Result<String, ApiError> {
        let source = source.replace(GAP, "");
        let mut written = Limited(Vec::new());
        self.environment
            .template_from_named_str(field, &source)
            .and_then(|template| {
                template.render_captured_to(&self.values, &mut written).map(|_| ())
            })
            .map_err(|error| invalid(field, &error))?;
        let text = String::from_utf8(written.0).unwrap_or_default();
        Ok(close_gaps(&text))
    }
}

/// The error for a part that is no template, or that cannot be rendered.
fn invalid(field: &'static str, error: &minijinja::Error) -> ApiError {
    let line = error.line().map(|line| format!(" in line {line}")).unwrap_or_default();
    let what = match error.kind() {
        ErrorKind::UndefinedError => "uses something that has no value",
        ErrorKind::OutOfFuel => "takes too long to fill in",
        ErrorKind::WriteFailure => "is too long when it is filled in",
        ErrorKind::SyntaxError => "is not a valid template",
        _ => "cannot be filled in",
    };
    let why = error.detail().map(|detail| format!(" ({detail})")).unwrap_or_default();
    ApiError::field(field, "invalid_template", format!("This {what}{line}{why}. Correct it."))
}

/// Removes the marks of variables without a value, with the space that they leave: before them, or
/// after them at the start of a line.
fn close_gaps(text: &str) -> String {
    if !text.contains(GAP) {
        return text.to_owned();
    }
    let mut closed = String::with_capacity(text.len());
    let mut pieces = text.split(GAP);
    closed.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let kept = closed.trim_end_matches([' ', '\t']).len();
        closed.truncate(kept);
        let is_line_start = closed.is_empty() || closed.ends_with('\n') || closed.ends_with('>');
        let piece = if is_line_start {
            piece.trim_start_matches([' ', '\t', ',', ';', ':'])
        } else {
            piece
        };
        closed.push_str(piece);
    }
    closed
}

/// The value of a variable without one: false in a condition, and a gap in the text.
#[derive(Debug)]
struct Missing;

impl Object for Missing {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn is_true(self: &Arc<Self>) -> bool {
        false
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{GAP}")
    }
}

/// A part of limited size.
struct Limited(Vec<u8>);

impl io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_SIZE {
            return Err(io::Error::other("the part is too long"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
