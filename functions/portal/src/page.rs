//! The texts and the style of the pages. Each page is one file without scripts, and loads nothing.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::ui::{
    language,
    texts::{say, say_around, say_with},
};

const STYLE: &str = "
:root { color-scheme: light dark; --text: #1b1f24; --ground: #ffffff; --quiet: #57606a; --line: #d0d7de; --link: #0550ae; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --ground: #0d1117; --quiet: #9198a1; --line: #3d444d; --link: #79b8ff; } }
body { margin: 0 auto; max-width: 42rem; padding: 3rem 1.25rem; font: 1.0625rem/1.6 system-ui, sans-serif; color: var(--text); background: var(--ground); }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.1875rem; margin: 2rem 0 .5rem; }
p.quiet, footer { color: var(--quiet); }
a { color: var(--link); }
code, pre { font: .9375rem/1.5 ui-monospace, monospace; }
pre { overflow-x: auto; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .375rem; }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600; }
input { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem; border: 1px solid var(--quiet); border-radius: .375rem; color: inherit; background: inherit; }
button { font: inherit; font-weight: 600; margin-top: 1rem; padding: .5rem 1.25rem; border: 0; border-radius: .375rem; color: var(--ground); background: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
footer { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1rem; font-size: .9375rem; }
";

/// Action that a page's button has completed.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Done {
    /// The email address is confirmed.
    Confirmed,
    /// The password has been changed.
    Password,
}

const SIGN_IN: &str = r#"curl -sS /api/sessions/login \
  -H 'content-type: application/json' \
  -d '{"email": "you@example.org", "password": "…"}'"#;

/// The front page: what Provost is, and links.
pub fn front() -> String {
    page(
        "Provost",
        &html! {
            h1 { "Provost" }
            p { (say("A serverless back office for your users: user management, staff permissions, privacy requests (export and erasure) and a tamper-evident audit log.")) }
            h2 { (say("For developers")) }
            ul {
                li {
                    (say_around(
                        "{} in OpenAPI 3.1. You can read it without signing in, so monitors can use it to check that Provost is up.",
                        &[html! { a href="/openapi.json" { (say("API description")) } }],
                    ))
                }
                li {
                    (say_around(
                        "Sign in at {} and send the access token as {}, or create an API key.",
                        &[html! { code { "POST /api/sessions/login" } }, html! { code { "Authorization: Bearer …" } }],
                    ))
                }
            }
            pre { code { (SIGN_IN) } }
            h2 { (say("For users")) }
            p { (say("Use the links in our emails to confirm your email address, to choose a new password, or to keep an account that is scheduled for deletion. If a link has expired, request a new one where you requested the first.")) }
        },
    )
}

/// Asks the user to confirm the email address.
pub fn confirm(token: &str) -> String {
    page(
        "Confirm your email address",
        &html! {
            h1 { (say("Confirm your email address")) }
            p { (say("You registered with this email address. Please confirm that it is yours.")) }
            form method="post" action="/api/users/verify-email" {
                input type="hidden" name="token" value=(shortened(token));
                button { (say("Confirm email address")) }
            }
            p .quiet { (say("If you did not register, you can close this page. Nothing happens until you press the button.")) }
        },
    )
}

/// Asks for a new password.
pub fn reset(token: &str) -> String {
    page(
        "Choose a new password",
        &html! {
            h1 { (say("Choose a new password")) }
            form method="post" action="/api/users/reset-password" {
                input type="hidden" name="token" value=(shortened(token));
                label for="password" { (say("New password")) }
                input #password name="password" type="password" autocomplete="new-password" required
                    minlength="8" maxlength="128" aria-describedby="rule";
                p .quiet #rule { (say("8 to 128 characters, with upper-case and lower-case letters, a digit and a symbol. You will be signed out on all devices.")) }
                button { (say("Change password")) }
            }
        },
    )
}

/// Confirms what a button did.
pub fn done(done: Done) -> String {
    match done {
        Done::Confirmed => page(
            "Email address confirmed",
            &html! {
                h1 { (say("Your email address has been confirmed")) }
                p { (say("Welcome! You can close this page and sign in.")) }
            },
        ),
        Done::Password => page(
            "Password changed",
            &html! {
                h1 { (say("Your password has been changed")) }
                p { (say("You have been signed out on all devices. You can close this page and sign in with your new password.")) }
            },
        ),
    }
}

fn page(title: &str, content: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang=(language::current().code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (say(title)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main { (content) }
                footer { (say_with("Provost {}, under the Apache License 2.0", &[env!("CARGO_PKG_VERSION")])) }
            }
        }
    }
    .into_string()
}

/// The beginning of a token from a link: no token that we issue is longer.
fn shortened(token: &str) -> &str {
    token.char_indices().nth(4096).map_or(token, |(end, _)| &token[..end])
}
