//! `/account/files`: a person's own files. A script uploads them straight to the bucket, which takes
//! exactly what was registered.

use crate::ui::texts::say;
use http::Method;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::HEADER;
use crate::{
    client::{CallError, Refusal},
    model::{
        Action, Detail, Field, Link, List, Section, Shown,
        field::{at, plain},
    },
    ui::{forms, values},
    views::top,
    web::{
        answer::{Answer, Content, PageResult, Stop},
        session::IDEMPOTENCY_KEY,
        visit::Visit,
    },
};

/// The route that registers a file.
pub const ROUTE: &str = "/api/files";
/// What the script sends about a file: fields of the route's body.
pub const SENT: [&str; 4] = ["name", "contentType", "size", "sha256"];
const TITLE: &str = "Upload a file";

/// The files.
pub const LISTS: &[List] = &[List {
    path: "/account/files",
    title: "Files",
    api: ROUTE,
    header: Some(&HEADER),
    columns: &[
        Field::text("Name", "name").link("/account/files/{id}"),
        Field::new("Size", "size", Shown::Bytes),
        Field::badge("State", "status"),
        Field::flag("Under review", "blocked"),
        Field::time("Uploaded", "createdAt"),
    ],
    row_actions: &[
        Link::new("Download", "/account/files/{id}/download", "").when("status", &["available"]),
        Link::new("Delete", "/account/files/{id}/delete", "")
            .when("blocked", &["false"])
            .dangerous(),
    ],
    actions: &[Link::new("Upload a file", "/account/files/new", "")],
    empty: "You have no files yet. Upload the first one.",
    ..List::BLANK
}];

/// A file.
pub const DETAILS: &[Detail] = &[Detail {
    path: "/account/files/{id}",
    title: "File",
    // The page looks whether the upload has arrived, which is no download.
    api: "/api/files/{id}?link=false",
    header: Some(&HEADER),
    sections: &[Section {
        title: "File",
        fields: &[
            Field::text("Name", "name"),
            Field::text("Media type", "contentType"),
            Field::new("Size", "size", Shown::Bytes),
            Field::badge("State", "status"),
            Field::time("Uploaded", "createdAt"),
            Field::code("SHA-256", "sha256"),
        ],
    }],
    actions: &[
        Link::new("Download", "/account/files/{id}/download", "").when("status", &["available"]),
        Link::new("Delete", "/account/files/{id}/delete", "").dangerous(),
    ],
    ..Detail::BLANK
}];

/// What a person can do with a file.
pub const ACTIONS: &[Action] = &[Action {
    path: "/account/files/{id}/delete",
    title: "Delete this file",
    about: "The file is deleted with all its versions, and its storage is free again. This cannot be undone.",
    button: "Delete the file",
    method: "DELETE",
    api: "/api/files/{id}",
    header: Some(&HEADER),
    then: "/account/files",
    done: "The file is deleted.",
    dangerous: true,
    ..Action::BLANK
}];

/// Asks for a file.
///
/// # Errors
/// That the API did not respond.
pub async fn new(visit: &Visit) -> PageResult {
    form(visit, None).await
}

/// Registers a file. The answer tells the script what to send, and where.
///
/// # Errors
/// That the API did not respond; what it refuses is explained above the form.
pub async fn register(visit: &Visit) -> PageResult {
    let mut body = json!({});
    for name in SENT {
        let text = visit.form.text(name);
        body[name] = match (name, text.parse::<u64>()) {
            ("size", Ok(size)) => size.into(),
            _ => text.into(),
        };
    }
    let key = visit.form.text(forms::KEY);
    let headers = [(IDEMPOTENCY_KEY, key)];
    let headers = if key.is_empty() { &[] } else { &headers[..] };
    match visit.send(Method::POST, ROUTE, Some(&body), headers).await {
        Ok(received) => {
            let content = Content::new(TITLE, instructions(&received.body));
            Ok(Answer::Page(content.with_status(201)))
        }
        Err(CallError::Refused(refusal)) => form(visit, Some(&refusal)).await,
        Err(CallError::Failed) => Err(Stop::Failed),
    }
}

/// What the script reads: each header is signed, so it is sent exactly as it is here.
fn instructions(file: &Value) -> Markup {
    let done = format!("/account/files/{}?done=file-uploaded", plain(at(file, "id")));
    html! {
        h1 { (say(TITLE)) }
        p { (say("The file is registered. The script of this page uploads it.")) }
        div #upload data-method=(plain(at(file, "upload.method"))) data-url=(plain(at(file, "upload.url")))
            data-headers=(at(file, "upload.headers").to_string()) data-done=(done) {}
    }
}

async fn form(visit: &Visit, refused: Option<&Refusal>) -> PageResult {
    let (subject, files) =
        tokio::join!(top::read(visit, Some(&HEADER)), visit.get("/api/files?limit=1"));
    let (subject, files) = (subject?, files?);
    let number = |path: &str| at(&subject, path).as_u64().unwrap_or_default();
    let (used, quota) = (number("storageUsed"), number("storageQuota"));
    let id = forms::id("file");
    let body = html! {
        (top::show(visit, Some(&HEADER), &subject, TITLE))
        p .about { (say("Only you can open the file. Moderators can look at it if somebody reports it.")) }
        div #problem { (forms::problem(refused)) }
        noscript { p .notice.bad { (say("Uploading needs JavaScript, which is off in this browser.")) } }
        form .action method="post" action="/account/files/new" data-upload="" {
            (forms::hidden(visit))
            div .field {
                label for=(id) { (say("File")) }
                p .hint id={ (id) "-hint" } {
                    (say("At most 512 MiB.")) " " (say("Storage used:")) " " (values::bytes(used)) " / " (values::bytes(quota))
                }
                // Without a name, the form never sends the file to this server.
                input type="file" id=(id) required aria-describedby={ (id) "-hint" } data-max=(512 << 20)
                    data-too-large=(say("The file is larger than 512 MiB."));
            }
            p #progress hidden { progress max="100" value="0" aria-label=(say("Upload")) {} " " span {} }
            div .buttons {
                // The script enables it.
                button type="submit" disabled { (say("Upload")) }
                a .button.plain href="/account/files" { (say("Cancel")) }
            }
        }
    };
    let connect_origins =
        at(&files, "uploadOrigin").as_str().map(str::to_owned).into_iter().collect();
    let title = top::title(Some(&HEADER), &subject, TITLE);
    let content = Content { connect_origins, ..Content::new(title, body) };
    Ok(Answer::Page(match refused {
        Some(refused) => content.with_status(refused.status),
        None => content,
    }))
}

/// Downloads a file: its link is valid for a minute.
///
/// # Errors
/// What the API refused, or that it did not respond.
pub async fn download(visit: &Visit) -> PageResult {
    let file = visit.get("/api/files/{id}").await?;
    let url = at(&file, "url").as_str().map(str::to_owned);
    Ok(Answer::SeeOther(url.unwrap_or_else(|| visit.fill("/account/files/{id}"))))
}
