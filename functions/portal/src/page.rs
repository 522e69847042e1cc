//! The words and the look of the pages: one file each, no script, nothing fetched from anywhere.

use crate::home::Done;

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

/// What this is and where to go.
pub fn front() -> String {
    page("Provost", "<h1>Provost</h1>
<p>The backend for the people who look after a platform's users: who they are, who may do what, what they asked to be told or forgotten, and a record of every decision.</p>
<h2>For programs</h2>
<ul>
<li><a href=\"/openapi.json\">The description of the API</a>, OpenAPI 3.1. It answers without signing in, so it also tells a monitor that the platform is up.</li>
<li>Sign in at <code>POST /api/sessions/login</code> and send the access token as <code>Authorization: Bearer …</code>, or make an API key.</li>
</ul>
<pre><code>curl -sS /api/sessions/login \\
  -H 'content-type: application/json' \\
  -d '{\"email\": \"you@example.org\", \"password\": \"…\"}'</code></pre>
<h2>For people</h2>
<p>You come here by a link in a letter: to confirm your address, to choose a new password, or to keep an account that is going to be deleted. A link that has expired can be asked for again where you asked before.</p>")
}

/// Asks whether to confirm the address.
pub fn confirm(token: &str) -> String {
    page(
        "Confirm your address",
        &format!(
            "<h1>Confirm your address</h1>
<p>You registered with this address. Confirm that it is yours and you are ready.</p>
<form method=\"post\" action=\"/api/users/verify-email\">
<input type=\"hidden\" name=\"token\" value=\"{}\">
<button>Yes, this address is mine</button>
</form>
<p class=\"quiet\">If you did not register, close this page. Nothing happens without the button.</p>",
            escape(token)
        ),
    )
}

/// Asks for a new password.
pub fn reset(token: &str) -> String {
    page("Choose a new password", &format!("<h1>Choose a new password</h1>
<form method=\"post\" action=\"/api/users/reset-password\">
<input type=\"hidden\" name=\"token\" value=\"{}\">
<label for=\"password\">New password</label>
<input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"new-password\" required minlength=\"8\" maxlength=\"128\" aria-describedby=\"rule\">
<p class=\"quiet\" id=\"rule\">8 to 128 characters with upper and lower case, a digit and a symbol. Everyone who is signed in is signed out.</p>
<button>Use this password</button>
</form>", escape(token)))
}

/// Says what a button did.
pub fn done(done: Done) -> String {
    match done {
        Done::Confirmed => {
            page("Address confirmed", "<h1>Your address is confirmed</h1>\n<p>Welcome. You can close this page and sign in.</p>")
        }
        Done::Password => page(
            "Password changed",
            "<h1>Your new password counts</h1>\n<p>Everyone was signed out. You can close this page and sign in with it.</p>",
        ),
    }
}

fn page(title: &str, content: &str) -> String {
    format!(
        "<!doctype html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<meta name=\"robots\" content=\"noindex\">
<title>{title}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
{content}
</main>
<footer>Provost {}, under the Apache License 2.0</footer>
</body>
</html>
",
        env!("CARGO_PKG_VERSION")
    )
}

/// A text that is only text, wherever in HTML it stands.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars().take(4096) {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}
