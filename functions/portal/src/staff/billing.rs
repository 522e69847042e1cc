//! `/staff/products`, `/staff/promotion-codes`, `/staff/revenue`: what is sold, and what it earned.

use crate::ui::texts::{say, say_with};
use maud::html;
use serde_json::Value;

use crate::{
    model::{
        Action, Field, Filter, FilterKind, Input, Kind, Link, List, Shown,
        field::{at, plain},
    },
    ui::{charts, values},
    web::{
        answer::{PageResult, page},
        visit::Visit,
    },
};

/// The lists.
pub const LISTS: &[List] = &[
    List {
        path: "/staff/products",
        title: "Products",
        api: "/api/admin/products",
        permission: "billing.read",
        filters: &[
            Filter::new("type", "Kind", FilterKind::Choice(&["plan", "addon"])),
            Filter::new("active", "Active", FilterKind::Flag),
        ],
        columns: &[
            Field::text("Name", "name"),
            Field::text("Kind", "type"),
            Field::text("Price", "priceText"),
            Field::text("Every", "billingInterval"),
            Field::text("Tier", "portalTier"),
            Field::flag("Active", "active"),
            Field::flag("At Stripe", "synced"),
            Field::code("Id", "id"),
        ],
        row_actions: &[
            Link::new("Synchronise", "/staff/products/{id}/sync", "product.write"),
            Link::new("Remove", "/staff/products/{id}/remove", "product.write").dangerous(),
        ],
        actions: &[Link::new("Create a product", "/staff/products/new", "product.write")],
        empty: "There are no products yet.",
        ..List::BLANK
    },
    List {
        path: "/staff/promotion-codes",
        title: "Promotion codes",
        api: "/api/admin/promo-codes",
        permission: "billing.read",
        filters: &[Filter::new("active", "Active", FilterKind::Flag)],
        columns: &[
            Field::code("Code", "code"),
            Field::flag("Active", "active"),
            Field::text("Per cent off", "percentOff"),
            Field::new("Amount off", "amountOff", Shown::Money("currency")),
            Field::number("Used", "timesRedeemed"),
            Field::number("At most", "maxRedemptions"),
            Field::time("Expires", "expiresAt"),
        ],
        row_actions: &[Link::new("Switch off", "/staff/promotion-codes/{id}/off", "product.write")
            .when("active", &["true"])],
        actions: &[Link::new("Create a code", "/staff/promotion-codes/new", "product.write")],
        empty: "There are no promotion codes yet.",
        ..List::BLANK
    },
];

/// What staff can do.
pub const ACTIONS: &[Action] = &[
    Action {
        path: "/staff/products/new",
        title: "Create a product",
        about: "Users can buy it once it is synchronised with Stripe.",
        button: "Create",
        api: "/api/admin/products",
        permission: "product.write",
        inputs: &[
            Input::new("type", "Kind", Kind::Choice(&[("plan", "Plan"), ("addon", "Add-on")]))
                .required(),
            Input::new("name", "Name", Kind::Text).required(),
            Input::new("slug", "Short name for addresses", Kind::Text).required(),
            Input::new("description", "Description", Kind::Area),
            Input::new("price", "Price", Kind::Number)
                .hint("In the smallest unit of the currency: 900 for €9.00.")
                .required(),
            Input::new("currency", "Currency", Kind::Text).hint("Such as EUR.").required(),
            Input::new(
                "billingInterval",
                "Paid every",
                Kind::Choice(&[("month", "Month"), ("year", "Year")]),
            ),
            Input::new(
                "portalTier",
                "Tier",
                Kind::Choice(&[
                    ("free", "Free"),
                    ("paid", "Paid"),
                    ("educational", "Educational"),
                    ("enterprise", "Enterprise"),
                ]),
            ),
            Input::new("active", "Offered to users", Kind::Check),
            Input::reason(),
        ],
        then: "/staff/products",
        done: "The product is created.",
        ..Action::BLANK
    },
    Action {
        path: "/staff/products/{id}/sync",
        title: "Synchronise this product with Stripe",
        about: "The product and its price are created at Stripe, or updated.",
        button: "Synchronise",
        api: "/api/admin/products/{id}/sync",
        permission: "product.write",
        then: "/staff/products",
        done: "The product is synchronised.",
        ..Action::BLANK
    },
    Action {
        path: "/staff/products/{id}/remove",
        title: "Remove this product",
        about: "Nobody can buy it any more. Those who have it keep it.",
        button: "Remove the product",
        method: "DELETE",
        api: "/api/admin/products/{id}",
        permission: "product.write",
        inputs: &[Input::reason()],
        then: "/staff/products",
        done: "The product is removed.",
        dangerous: true,
        ..Action::BLANK
    },
    Action {
        path: "/staff/promotion-codes/new",
        title: "Create a promotion code",
        about: "Give either a percentage or an amount with its currency.",
        button: "Create",
        api: "/api/admin/promo-codes",
        permission: "product.write",
        inputs: &[
            Input::new("code", "Code", Kind::Text).required(),
            Input::new("discountPercent", "Per cent off", Kind::Number),
            Input::new("amountOff", "Amount off", Kind::Number)
                .hint("In the smallest unit of the currency."),
            Input::new("currency", "Currency of the amount", Kind::Text),
            Input::new("maxRedemptions", "At most so many times", Kind::Number),
            Input::new("expiresAt", "Until", Kind::Time),
            Input::reason(),
        ],
        then: "/staff/promotion-codes",
        done: "The code is created.",
        ..Action::BLANK
    },
    Action {
        path: "/staff/promotion-codes/{id}/off",
        title: "Switch off this code",
        about: "Nobody can use it any more. This cannot be undone.",
        button: "Switch off",
        method: "DELETE",
        api: "/api/admin/promo-codes/{id}",
        permission: "product.write",
        inputs: &[Input::reason()],
        then: "/staff/promotion-codes",
        done: "The code is switched off.",
        dangerous: true,
        ..Action::BLANK
    },
];

const PERIODS: [&str; 3] = ["day", "month", "year"];

/// Revenue by period: a chart for each currency, and the same numbers as a table.
///
/// # Errors
/// What the API refused, or that it did not respond.
pub async fn revenue(visit: &Visit) -> PageResult {
    let query = visit.query.without_empty();
    let revenue = visit.api.get(&query.path("/api/admin/revenue")).await?;
    let list = |value: &Value, path: &str| at(value, path).as_array().cloned().unwrap_or_default();
    let (currencies, parts) = (list(&revenue, "currencies"), list(&revenue, "parts"));
    let amount = |value: &Value, name: &str| at(value, name).as_i64().unwrap_or_default();
    let columns = [
        ("totalRevenue", "Revenue"),
        ("refunds", "Refunds"),
        ("disputes", "Disputes"),
        ("net", "Net"),
        ("monthlyRecurringRevenue", "Monthly recurring"),
    ];
    let body = html! {
        h1 { (say("Revenue")) }
        form .filters action="/staff/revenue" {
            div .field {
                label for="period" { (say("By")) }
                select #period name="period" {
                    @for period in PERIODS { option value=(period) selected[plain(at(&revenue, "period")) == period] { (values::said(period)) } }
                }
            }
            div .field { label for="from" { (say("From")) } input #from type="date" name="startDate" value=(plain(at(&revenue, "startDate"))); }
            div .field { label for="to" { (say("Until")) } input #to type="date" name="endDate" value=(plain(at(&revenue, "endDate"))); }
            button type="submit" { (say("Show")) }
        }
        dl .tiles {
            div { dt { (say("Active subscriptions")) } dd { (values::grouped(amount(&revenue, "activeSubscriptions"))) } }
            div { dt { (say("New")) } dd { (values::grouped(amount(&revenue, "newSubscriptions"))) } }
            div { dt { (say("Ended")) } dd { (values::grouped(amount(&revenue, "churnedSubscriptions"))) } }
        }
        @if currencies.is_empty() { p .empty { (say("Nothing was paid in this time.")) } }
        @for total in &currencies {
            @let currency = plain(at(total, "currency"));
            @let points: Vec<_> = parts.iter().map(|part| {
                let of_currency = list(part, "currencies").into_iter().find(|found| plain(at(found, "currency")) == currency);
                (plain(at(part, "startDate")), of_currency.map_or(0, |found| amount(&found, "net")))
            }).collect();
            h2 { (currency) }
            dl .values {
                @for (name, label) in columns { div { dt { (say(label)) } dd { (values::money(amount(total, name), &currency)) } } }
            }
            (charts::bars(&say_with("Net revenue in {}", &[&currency]), &points, |value| values::money(value, &currency)))
        }
    };
    page("Revenue", body)
}
