//! `/staff/verifications/{id}`: the images side by side, the decision, and the next request.

use crate::ui::texts::{say, say_with};
use http::Method;
use maud::{Markup, html};
use serde_json::Value;

use super::{ACTIONS, DETAILS};
use crate::{
    client::CallError,
    model::{
        Action,
        field::{at, plain},
    },
    ui::{forms, values},
    web::{
        answer::{Answer, Content, PageResult},
        visit::{Visit, encoded, fill},
    },
};

/// What became of an image.
enum Image {
    /// The address, which is valid for a minute.
    Shown(String),
    /// A sentence about why it is not shown.
    Hidden(String),
}

/// Shows a request with its images. Reading an image is in the audit log.
///
/// # Errors
/// What the API refused, or that it did not respond.
pub async fn show(visit: &Visit) -> PageResult {
    let request = visit.get("/api/admin/verifications/{id}").await?;
    let listed = at(&request, "images").as_array().map(Vec::as_slice).unwrap_or_default();
    let images = listed.iter().map(|listed| image(visit, &request, listed));
    let images = futures_util::future::join_all(images).await;
    let is_pending = at(&request, "status") == "pending";
    let decides = is_pending && visit.person.may("verification.decide") && visit.person.acts();
    let next = format!("/staff/verifications/next?after={}", encoded(visit.param("id")));
    let title = format!("{}: {}", say("Verification"), values::said(&plain(at(&request, "type"))));
    let body = html! {
        p .crumb { a href="/staff/verifications?status=pending" { (say("Verifications")) } }
        h1 { (title) }
        div .actions { a .button data-key="n" href=(next) { (say("Next request")) } }
        div .images {
            @for (listed, image) in listed.iter().zip(&images) {
                @let kind = values::said(&plain(at(listed, "kind")));
                figure {
                    figcaption { (kind) }
                    @match image {
                        Image::Shown(address) => a href=(address) { img src=(address) alt=(say_with("The {} of the user", &[&kind])); },
                        Image::Hidden(why) => p .empty { (why) },
                    }
                }
            }
        }
        @for section in DETAILS.iter().flat_map(|detail| detail.sections) {
            dl .values {
                @for field in section.fields {
                    @if field.at != "images" { div { dt { (say(field.label)) } dd { (values::value(visit, &request, field)) } } }
                }
            }
        }
        @if decides {
            h2 { (say("Decide")) }
            div .decide { @for action in ACTIONS { (decision(visit, action)) } }
        }
    };
    let images = images.into_iter().filter_map(|image| match image {
        Image::Shown(address) => origin(&address),
        Image::Hidden(_) => None,
    });
    Ok(Answer::Page(Content { image_origins: images.collect(), ..Content::new(title, body) }))
}

/// The form of a decision. What is refused is explained on the page of the action.
fn decision(visit: &Visit, action: &Action) -> Markup {
    let name = action.path.rsplit('/').next().unwrap_or_default();
    html! {
        form method="post" action=(visit.fill(action.path)) data-once="" {
            (forms::hidden(visit))
            div .field {
                label for={ "reason-" (name) } { (say(action.title)) }
                p .hint { (say(action.about)) }
                textarea id={ "reason-" (name) } name="reason" rows="2" placeholder=(say("Reason")) required[action.dangerous] {}
            }
            button .danger[action.dangerous] type="submit" { (say(action.button)) }
        }
    }
}

async fn image(visit: &Visit, request: &Value, listed: &Value) -> Image {
    if !at(request, "imagesRemovedAt").is_null() {
        return Image::Hidden(say("The image has been deleted.").to_owned());
    }
    if at(listed, "uploaded") == false {
        return Image::Hidden(say("The user has not sent this image yet.").to_owned());
    }
    if !visit.person.may("verification.images") {
        return Image::Hidden(
            say("You do not have the permission verification.images.").to_owned(),
        );
    }
    let route = fill("/api/admin/verifications/{id}/images/{kind}", |name| {
        Some(if name == "kind" { plain(at(listed, "kind")) } else { visit.param(name).to_owned() })
    });
    match visit.api.send(Method::GET, &route, None, &[]).await {
        Ok(received) => {
            let address = received.headers.get(http::header::LOCATION);
            match address.and_then(|address| address.to_str().ok()) {
                Some(address) => Image::Shown(address.to_owned()),
                None => Image::Hidden(say("The image cannot be shown.").to_owned()),
            }
        }
        Err(CallError::Refused(refusal)) => Image::Hidden(refusal.detail),
        Err(CallError::Failed) => Image::Hidden(say("The service did not respond.").to_owned()),
    }
}

/// Scheme and host of an address.
fn origin(address: &str) -> Option<String> {
    let uri: http::Uri = address.parse().ok()?;
    Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?))
}

/// Goes to the request that waits after this one, or to the list if there is none.
///
/// # Errors
/// What the API refused, or that it did not respond.
pub async fn next(visit: &Visit) -> PageResult {
    let waiting = visit.api.get("/api/admin/verifications?status=pending&limit=200").await?;
    let ids: Vec<String> = at(&waiting, "data")
        .as_array()
        .into_iter()
        .flatten()
        .map(|request| plain(at(request, "id")))
        .collect();
    let after = visit.query.text("after");
    let place = ids.iter().position(|id| id == after).map_or(0, |place| place + 1);
    let found = ids.get(place).or_else(|| ids.first()).filter(|id| *id != after);
    let path = match found {
        Some(id) => format!("/staff/verifications/{}", encoded(id)),
        None => "/staff/verifications?status=pending".to_owned(),
    };
    let done = visit.query.text("done");
    let sign = if path.contains('?') { '&' } else { '?' };
    Ok(Answer::SeeOther(if done.is_empty() {
        path
    } else {
        format!("{path}{sign}done={}", encoded(done))
    }))
}
