//! The tokens of a filter expression.

use super::Problem;

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'a> {
    Open,
    Close,
    OpenSquare,
    CloseSquare,
    /// The name of an attribute, an operator, or `true`, `false` or `null`.
    Word(&'a str),
    Number(&'a str),
    /// A JSON string, without its quotes and escapes.
    Text(String),
    End,
}

/// A value that an attribute is compared with.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    Null,
    Bool(bool),
    Number(&'a str),
    Text(String),
}

/// Reads tokens from an expression.
#[derive(Debug)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The next token and its place.
    #[allow(clippy::should_implement_trait, reason = "the end is a token with a place")]
    pub(super) fn next(&mut self) -> Result<(usize, Token<'a>), Problem> {
        let (start, token, end) = self.read()?;
        self.at = end;
        Ok((start, token))
    }

    /// The next token, which stays.
    pub(super) fn peek(&self) -> Result<(usize, Token<'a>), Problem> {
        self.read().map(|(start, token, _)| (start, token))
    }

    /// Takes the next token if it is this word, in any case.
    pub(super) fn take_word(&mut self, word: &str) -> Result<bool, Problem> {
        let (_, token, end) = self.read()?;
        let found = matches!(token, Token::Word(found) if found.eq_ignore_ascii_case(word));
        if found {
            self.at = end;
        }
        Ok(found)
    }

    /// Takes the next token, which must be a value.
    pub(super) fn value(&mut self) -> Result<(usize, Value<'a>), Problem> {
        let (at, token) = self.next()?;
        let value = match token {
            Token::Word("null") => Value::Null,
            Token::Word("true") => Value::Bool(true),
            Token::Word("false") => Value::Bool(false),
            Token::Number(number) => Value::Number(number),
            Token::Text(text) => Value::Text(text),
            Token::Word(_) => {
                return Err(Problem::syntax(
                    at,
                    "Put a text in double quotes. Without quotes, only numbers, true, false and \
                     null are values.",
                ));
            }
            _ => return Err(Problem::syntax(at, "A value is missing here.")),
        };
        Ok((at, value))
    }

    /// The next token, with its start and its end.
    fn read(&self) -> Result<(usize, Token<'a>, usize), Problem> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let trimmed = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        let start = self.text.len() - trimmed.len();
        let Some(first) = trimmed.chars().next() else { return Ok((start, Token::End, start)) };
        let while_any = |allowed: fn(char) -> bool| {
            let length = trimmed.find(|c| !allowed(c)).unwrap_or(trimmed.len());
            (&trimmed[..length], start + length)
        };
        match first {
            '(' => Ok((start, Token::Open, start + 1)),
            ')' => Ok((start, Token::Close, start + 1)),
            '[' => Ok((start, Token::OpenSquare, start + 1)),
            ']' => Ok((start, Token::CloseSquare, start + 1)),
            '"' => text(trimmed, start),
            c if c.is_ascii_alphabetic() => {
                let (word, end) = while_any(|c| {
                    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':' | '-' | '$')
                });
                Ok((start, Token::Word(word), end))
            }
            c if c.is_ascii_digit() || c == '-' => {
                let (number, end) =
                    while_any(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+'));
                Ok((start, Token::Number(number), end))
            }
            '\'' | '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}' => {
                Err(Problem::syntax(start, "Put a text in straight double quotes (\")."))
            }
            _ => Err(Problem::syntax(start, "This character is not expected here.")),
        }
    }
}

/// Reads the JSON string at the start of a text.
fn text<'a>(rest: &str, start: usize) -> Result<(usize, Token<'a>, usize), Problem> {
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => {
                let end = at + 1;
                return match serde_json::from_str(&rest[..end]) {
                    Ok(text) => Ok((start, Token::Text(text), start + end)),
                    Err(_) => Err(Problem::syntax(
                        start,
                        "This text is not a JSON string. Write \\\\ for a backslash and \\\" for a \
                         quote.",
                    )),
                };
            }
            _ => {}
        }
    }
    Err(Problem::syntax(start, "This quote is never closed."))
}
