//! `/account/billing`: what a person pays for, and what can be bought. Payment is on pages of Stripe.

use crate::ui::texts::say;
use http::Method;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::HEADER;
use crate::{
    client::{CallError, Refusal},
    model::{
        Field, Input, Kind, Link, Shown,
        field::{at, plain},
    },
    ui::{forms, picks::Offered, tables, values},
    views::top,
    web::{
        answer::{Answer, Content, PageResult, Stop, page},
        session::IDEMPOTENCY_KEY,
        visit::Visit,
    },
};

/// The routes of the lists.
pub const PRODUCTS: &str = "/api/billing/products";
/// The person's subscriptions.
pub const SUBSCRIPTIONS: &str = "/api/billing/subscriptions";
const TITLE: &str = "Billing";
/// States in which a subscription is paid for, so that a second plan would be paid for nothing.
const LIVE: [&str; 4] = ["active", "past_due", "trialing", "unpaid"];

/// What is shown of a subscription.
pub const OF_SUBSCRIPTION: &[Field] = &[
    Field::text("Product", "productName"),
    Field::badge("State", "status"),
    Field::new("Price", "price", Shown::Money("currency")),
    Field::badge("Every", "billingInterval"),
    Field::time("Next payment", "nextBillingDate"),
    Field::time("Paid until", "currentPeriodEnd"),
    Field::time("Cancelled", "cancelledAt"),
];
/// What is shown of a product.
pub const OF_PRODUCT: &[Field] = &[
    Field::text("Name", "name"),
    Field::text("Description", "description"),
    Field::text("Price", "priceText"),
    Field::badge("Every", "billingInterval"),
    Field::badge("Tier", "portalTier"),
];
/// What can be done with a product.
pub const BUY: &[Link] =
    &[Link::new("Buy", "/account/billing/buy/{id}", "").when("offered", &["true"])];

const CODE: &[Input] = &[Input::new("promotionCode", "Promotion code", Kind::Text)
    .hint("If you have none, leave it empty: you can also enter one on the page of Stripe.")];

/// Shows subscriptions and products.
///
/// # Errors
/// What the API refused, or that it did not respond.
pub async fn show(visit: &Visit) -> PageResult {
    let (subject, subscriptions, products) = tokio::join!(
        top::read(visit, Some(&HEADER)),
        visit.get("/api/billing/subscriptions?limit=200"),
        visit.get("/api/billing/products?limit=200"),
    );
    let (subject, subscriptions, products) = (subject?, subscriptions?, products?);
    let rows = |answer: &Value| at(answer, "data").as_array().cloned().unwrap_or_default();
    let (subscriptions, mut products) = (rows(&subscriptions), rows(&products));
    let has_plan = subscriptions.iter().any(|subscription| {
        let state = plain(at(subscription, "status"));
        state.is_empty() || LIVE.contains(&state.as_str())
    });
    for product in &mut products {
        product["offered"] = (!has_plan || at(product, "type") != "plan").into();
    }
    let body = html! {
        (top::show(visit, Some(&HEADER), &subject, TITLE))
        h2 { (say("Your subscriptions")) }
        @if subscriptions.is_empty() {
            p .empty { (say("You have no subscription.")) }
        } @else {
            (tables::table(visit, OF_SUBSCRIPTION, &subscriptions, &[]))
            @if visit.person.acts() { (portal_form(visit)) }
        }
        h2 { (say("Plans and add-ons")) }
        @if products.is_empty() {
            p .empty { (say("Nothing is for sale at the moment.")) }
        } @else {
            @if has_plan { p { (say("You have a plan. Change it on the page of Stripe, so that you do not pay for two.")) } }
            (tables::table(visit, OF_PRODUCT, &products, if visit.person.acts() { BUY } else { &[] }))
        }
    };
    page(top::title(Some(&HEADER), &subject, TITLE), body)
}

fn portal_form(visit: &Visit) -> Markup {
    html! {
        form method="post" action="/account/billing/portal" data-once="" {
            (forms::hidden(visit))
            p .hint { (say("On the page of Stripe you change or cancel a subscription, change how you pay, and find your invoices.")) }
            div .buttons { button type="submit" { (say("Manage subscriptions at Stripe")) } }
        }
    }
}

/// Asks whether to buy a product.
///
/// # Errors
/// What the API refused, or that it did not respond.
pub async fn ask(visit: &Visit) -> PageResult {
    buy_form(visit, None).await
}

/// Starts the checkout of a product.
///
/// # Errors
/// That the API did not respond; what it refuses is explained above the form.
pub async fn buy(visit: &Visit) -> PageResult {
    let mut body = json!({ "productId": visit.param("id") });
    let code = visit.form.text("promotionCode").trim();
    if !code.is_empty() {
        body["promotionCode"] = code.into();
    }
    match send(visit, "/api/billing/checkout", &body).await {
        Ok(started) => leave(visit, &started),
        Err(CallError::Refused(refusal)) => buy_form(visit, Some(&refusal)).await,
        Err(CallError::Failed) => Err(Stop::Failed),
    }
}

/// Opens the page on which subscriptions are changed.
///
/// # Errors
/// What the API refused, or that it did not respond.
pub async fn portal(visit: &Visit) -> PageResult {
    let opened = send(visit, "/api/billing/portal", &json!({})).await?;
    leave(visit, &opened)
}

async fn send(visit: &Visit, route: &str, body: &Value) -> Result<Value, CallError> {
    let headers = [(IDEMPOTENCY_KEY, visit.form.text(forms::KEY))];
    let headers = if headers[0].1.is_empty() { &[] } else { &headers[..] };
    Ok(visit.send(Method::POST, route, Some(body), headers).await?.body)
}

/// The page from which the browser goes to Stripe. A redirect in answer to the form would be blocked
/// by `form-action`, and the address of a checkout may be a domain of the operator's own.
fn leave(visit: &Visit, answer: &Value) -> PageResult {
    let url = plain(at(answer, "url"));
    // Without TLS, which is only the case on the local stack, a stand-in may have none either.
    let is_local = !visit.app.public_url().starts_with("https://");
    let is_safe = url.starts_with("https://") || (is_local && url.starts_with("http://"));
    if !is_safe {
        return Err(Stop::Failed);
    }
    let body = html! {
        h1 { (say("You are taken to Stripe")) }
        p { (say("Payment is on a page of Stripe. You return here afterwards.")) }
        p { a .button href=(url) { (say("Continue to Stripe")) } }
    };
    let content = Content::new(say("You are taken to Stripe"), body);
    Ok(Answer::Page(Content { leaves_to: Some(url), ..content }))
}

async fn buy_form(visit: &Visit, refused: Option<&Refusal>) -> PageResult {
    let (subject, products) =
        tokio::join!(top::read(visit, Some(&HEADER)), visit.get("/api/billing/products?limit=200"));
    let (subject, products) = (subject?, products?);
    let products = at(&products, "data").as_array().map(Vec::as_slice).unwrap_or_default();
    let product = products.iter().find(|product| at(product, "id") == visit.param("id"));
    let product = product.ok_or(Stop::NotFound)?;
    let features = at(product, "features").as_array().map(Vec::as_slice).unwrap_or_default();
    let title = say("Buy");
    let body = html! {
        (top::show(visit, Some(&HEADER), &subject, "Buy"))
        (forms::problem(refused))
        dl .values {
            @for field in OF_PRODUCT { div { dt { (say(field.label)) } dd { (values::value(visit, product, field)) } } }
        }
        @if !features.is_empty() {
            ul {
                @for feature in features {
                    li { (values::text(&plain(at(feature, "name"))))
                        @let value = plain(at(feature, "value"));
                        @if !value.is_empty() { ": " (values::text(&value)) } }
                }
            }
        }
        form .action method="post" action=(visit.path) data-once="" {
            (forms::hidden(visit))
            (forms::fields(visit, CODE, None, refused, &Offered::new()))
            div .buttons {
                button type="submit" { (say("Continue to payment")) }
                a .button.plain href="/account/billing" { (say("Cancel")) }
            }
        }
        p .quiet { (say("You pay on a page of Stripe. Nothing is charged before you confirm it there.")) }
    };
    let content = Content::new(top::title(Some(&HEADER), &subject, title), body);
    Ok(Answer::Page(match refused {
        Some(refused) => content.with_status(refused.status),
        None => content,
    }))
}
