//! The report of revenue: exact in every time zone, by currency, and what subscriptions did.

use std::collections::BTreeMap;

use provost_domain::{
    ProductId, Timestamp,
    payment::{Payment, PaymentKind},
    revenue::{Figures, Period, day, time_zone},
    subscription::Counted,
};
use provost_testkit::{
    Someone, World,
    stripe::{event, invoice},
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde_json::{Value, json};

use crate::support::{ENTERPRISE, PRO, about, check_out, of, staff, world};

const REVENUE: &str = "/api/admin/revenue";

async fn report(grace: &Someone<'_>, query: &str) -> Value {
    grace.get(&format!("{REVENUE}{query}")).await.ok()
}

fn of_currency<'r>(report: &'r Value, code: &str) -> &'r Value {
    report["currencies"]
        .as_array()
        .expect("currencies")
        .iter()
        .find(|row| row["currency"] == code)
        .unwrap_or(&Value::Null)
}

/// A payment of a user, without its account.
async fn pay(world: &World, at: &str, amount: u64, currency: &str, number: usize) {
    let mut bill = invoice(&format!("in_{number}"), "cus_1", "sub_1", amount);
    bill["currency"] = json!(currency);
    let at: Timestamp = at.parse().expect("a time");
    world
        .notify(&event(&format!("evt_p{number}"), "invoice.paid", at.seconds(), bill))
        .await
        .status(200);
}

#[tokio::test]
async fn currencies_are_never_added_and_one_without_payments_is_left_out() {
    let world = world().await;
    let (ada, grace) = (world.person("ada").await.id, staff(&world).await);
    check_out(&world, ada).await;
    pay(&world, "2026-03-31T22:30:00Z", 10_000, "eur", 1).await;
    pay(&world, "2026-03-10T12:00:00Z", 500, "ron", 2).await;
    let berlin =
        report(&grace, "?period=month&startDate=2026-03-01&endDate=2026-04-30&tz=Europe/Berlin")
            .await;
    let parts = berlin["parts"].as_array().expect("parts");
    assert_eq!(
        parts.iter().map(|part| part["currencies"].as_array().map(Vec::len)).collect::<Vec<_>>(),
        [Some(1), Some(1)]
    );
    assert_eq!(
        (&parts[0]["currencies"][0]["currency"], &parts[1]["currencies"][0]["currency"]),
        (&json!("RON"), &json!("EUR"))
    );
    assert_eq!(
        (of_currency(&berlin, "EUR")["net"].clone(), of_currency(&berlin, "RON")["net"].clone()),
        (json!(10_000), json!(500))
    );
    assert_eq!(of_currency(&berlin, "EUR")["topPlans"][0]["name"], "Pro Portal");
    let utc = report(&grace, "?period=month&startDate=2026-03-01&endDate=2026-03-31").await;
    assert_eq!(utc["parts"][0]["currencies"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        report(&grace, "?startDate=2026-01-01&endDate=2026-01-31").await["currencies"],
        json!([])
    );
}

#[tokio::test]
async fn each_currency_comes_back_in_its_own_unit() {
    let world = world().await;
    let (ada, grace) = (world.person("ada").await.id, staff(&world).await);
    check_out(&world, ada).await;
    for (number, (currency, sent)) in
        [("jpy", 1500), ("isk", 500), ("ugx", 500), ("kwd", 5120), ("eur", 900)]
            .into_iter()
            .enumerate()
    {
        pay(&world, "2026-11-20T12:00:00Z", sent, currency, number).await;
    }
    let shown = report(&grace, "?startDate=2026-11-20&endDate=2026-11-20").await;
    for (code, amount) in [("JPY", 1500), ("ISK", 5), ("UGX", 5), ("KWD", 5120), ("EUR", 900)] {
        let found = of_currency(&shown, code);
        assert_eq!(
            (&found["totalRevenue"], &found["net"]),
            (&json!(amount), &json!(amount)),
            "{code}"
        );
    }
}

#[tokio::test]
async fn the_sums_of_days_of_months_and_of_the_year_are_one_number() {
    let world = world().await;
    let (ada, grace) = (world.person("ada").await.id, staff(&world).await);
    check_out(&world, ada).await;
    for (number, at) in [
        "2026-01-01T00:30:00Z",
        "2026-03-31T22:30:00Z",
        "2026-10-25T00:30:00Z",
        "2026-11-20T15:00:00Z",
    ]
    .into_iter()
    .enumerate()
    {
        pay(&world, at, 1000 << number, "eur", number).await;
    }
    for zone in ["Europe/Berlin", "America/Los_Angeles"] {
        let sum = async |period: &str| {
            let range = "startDate=2026-01-01&endDate=2026-12-31";
            let shown = report(&grace, &format!("?period={period}&{range}&tz={zone}")).await;
            let parts = shown["parts"].as_array().expect("parts").iter();
            let parts = parts.map(|part| of_currency(part, "EUR")["net"].as_i64().unwrap_or(0));
            (parts.sum::<i64>(), of_currency(&shown, "EUR")["net"].as_i64().unwrap_or(0))
        };
        let year = sum("year").await;
        assert_eq!(year.0, year.1, "{zone}");
        assert_eq!((sum("month").await, sum("day").await), (year, year), "{zone}");
    }
}

#[tokio::test]
async fn another_plan_changes_recurring_revenue_and_is_neither_new_nor_churned() {
    let world = world().await;
    let (ada, grace) = (world.person("ada").await.id, staff(&world).await);
    check_out(&world, ada).await;
    let figures = async || {
        let report = report(&grace, "").await;
        let monthly =
            of_currency(&report, "EUR")["monthlyRecurringRevenue"].as_i64().unwrap_or_default();
        let count = |name: &str| report[name].as_i64().expect("a number");
        [
            monthly,
            count("activeSubscriptions"),
            count("newSubscriptions"),
            count("churnedSubscriptions"),
        ]
    };
    world.notify(&about(&world, "evt_1", "created", 0, of(PRO, "trialing"))).await.status(200);
    assert_eq!(figures().await, [0, 1, 1, 0], "a trial brings nothing yet");
    world.notify(&about(&world, "evt_2", "updated", 1, of(PRO, "active"))).await.status(200);
    assert_eq!(figures().await, [900, 1, 1, 0]);
    let mut larger = of(ENTERPRISE, "active");
    larger["items"]["data"][0]["price"]["unit_amount"] = json!(1900);
    world.notify(&about(&world, "evt_3", "updated", 2, larger.clone())).await.status(200);
    assert_eq!(figures().await, [1900, 1, 1, 0]);
    // What the rest of the period costs more.
    let mut proration = invoice("in_up", "cus_1", "sub_1", 517);
    proration["billing_reason"] = json!("subscription_update");
    let told = event("evt_up", "invoice.paid", world.second() + 3, proration);
    world.notify(&told).await.status(200);
    assert_eq!(of_currency(&report(&grace, "").await, "EUR")["totalRevenue"], 517);
    assert_eq!(figures().await, [1900, 1, 1, 0]);
    larger["items"]["data"][0]["price"]["recurring"] =
        json!({ "interval": "month", "interval_count": 3 });
    larger["items"]["data"][0]["quantity"] = json!(3);
    larger["cancel_at_period_end"] = json!(true);
    larger["status"] = json!("past_due");
    world.notify(&about(&world, "evt_4", "updated", 3, larger.clone())).await.status(200);
    assert_eq!(figures().await, [1900, 1, 1, 0], "three for three months");
    larger["discounts"] = json!([{ "id": "di_1", "source": { "type": "coupon", "coupon": { "id": "co_1", "amount_off": 99_000, "currency": "eur", "duration": "forever" } } }]);
    world.notify(&about(&world, "evt_5", "updated", 4, larger.clone())).await.status(200);
    assert_eq!(figures().await, [0, 1, 1, 0], "a coupon larger than the price");
    // Events list the ids of discounts only, so Stripe is asked.
    larger["discounts"][0]["source"]["coupon"] =
        json!({ "id": "co_1", "percent_off": 50.0, "duration": "forever" });
    world.stripe.holds(larger.clone());
    larger["discounts"] = json!(["di_1"]);
    world.notify(&about(&world, "evt_6", "updated", 5, larger.clone())).await.status(200);
    assert_eq!(figures().await, [950, 1, 1, 0]);
    larger["status"] = json!("canceled");
    world.notify(&about(&world, "evt_7", "deleted", 6, larger)).await.status(200);
    assert_eq!(figures().await, [0, 0, 1, 1]);
}

#[tokio::test]
async fn invalid_reports_are_refused() {
    let world = world().await;
    let grace = staff(&world).await;
    for (query, field) in [
        ("?startDate=2026-02-02&endDate=2026-02-01", "endDate"),
        ("?startDate=2026-02-30", "startDate"),
        ("?tz=Mars/Olympus", "tz"),
        ("?period=day&startDate=2020-01-01&endDate=2026-01-01", "period"),
    ] {
        let refused = grace.get(&format!("{REVENUE}{query}")).await.is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], field, "{query}");
    }
    grace.get(&format!("{REVENUE}?period=week")).await.is(422, "VALIDATION_FAILED");
    grace.get(&format!("{REVENUE}?from=2026-01-01")).await.is(400, "UNKNOWN_PARAMETER");
}

/// What happened at a moment, as a straightforward list.
struct Happened {
    at: Timestamp,
    currency: &'static str,
    kind: PaymentKind,
    amount: u64,
    began: i64,
    ended: i64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_thousand_random_changes_are_reported_as_a_recount_finds_them() {
    let world = world().await;
    let grace = staff(&world).await;
    let mut random = StdRng::seed_from_u64(17);
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
    let kinds = [
        PaymentKind::Paid,
        PaymentKind::Paid,
        PaymentKind::Paid,
        PaymentKind::Refunded,
        PaymentKind::RefundFailed,
        PaymentKind::Disputed,
        PaymentKind::DisputeWon,
    ];
    let products: Vec<ProductId> =
        ["prd_00000000000000000000000002", "prd_00000000000000000000000004"]
            .iter()
            .map(|id| id.parse().expect("an id"))
            .collect();
    let mut happened = Vec::new();
    let mut standing: BTreeMap<u32, Counted> = BTreeMap::new();
    for number in 0..5000_u32 {
        let at = start.plus(random.random_range(0..200 * 86_400_000_i64));
        let currency = *["EUR", "RON", "JPY"].choose(&mut random).expect("one");
        let event = format!("evt_{number}").parse().expect("a Stripe id");
        let product_id = products.choose(&mut random).copied();
        let mut tx = world.app.transaction();
        if number % 5 == 0 {
            // Begins, changes or ends one of a hundred subscriptions.
            let who = random.random_range(0..100);
            let before = standing.get(&who).cloned();
            let after = (before.is_none() || random.random_bool(0.6)).then(|| Counted {
                product_id,
                currency: currency.to_owned(),
                monthly: random.random_range(0..5000),
            });
            tx.count_revenue(
                &Figures::of_subscription(before.as_ref(), after.as_ref()),
                at,
                &event,
            )
            .expect("figures");
            happened.push(Happened {
                at,
                currency,
                kind: PaymentKind::Failed,
                amount: 0,
                began: i64::from(before.is_none() && after.is_some()),
                ended: i64::from(before.is_some() && after.is_none()),
            });
            match after {
                Some(after) => standing.insert(who, after),
                None => standing.remove(&who),
            };
        } else {
            let kind = *kinds.choose(&mut random).expect("one");
            let amount = random.random_range(0..100_000);
            let payment = Payment {
                event: event.clone(),
                at,
                kind,
                amount,
                currency: currency.to_owned(),
                customer: "cus_1".parse().expect("a Stripe id"),
                subscription: None,
                product_id,
                invoice: None,
                charge: None,
                paid_at: None,
            };
            tx.count_revenue(&Figures::of_payment(&payment), at, &event).expect("figures");
            happened.push(Happened { at, currency, kind, amount, began: 0, ended: 0 });
        }
        tx.commit().await.expect("no concurrent write");
    }
    let mut years = Vec::new();
    for zone in ["Europe/Berlin", "Asia/Kathmandu"] {
        for (name, period, first, last) in [
            ("day", Period::Day, "2026-03-20", "2026-04-10"),
            ("month", Period::Month, "2025-12-31", "2026-07-31"),
            ("year", Period::Year, "2025-12-31", "2026-07-31"),
        ] {
            let found = report(
                &grace,
                &format!("?period={name}&startDate={first}&endDate={last}&tz={zone}"),
            )
            .await;
            let parts = period
                .parts(
                    day("startDate", first).expect("a day"),
                    day("endDate", last).expect("a day"),
                    &time_zone(zone).expect("a zone"),
                )
                .expect("parts");
            let rows = found["parts"].as_array().expect("parts");
            assert_eq!(rows.len(), parts.len());
            for (part, row) in parts.iter().zip(rows) {
                let within: Vec<_> = happened
                    .iter()
                    .filter(|one| (part.start..part.end).contains(&one.at))
                    .collect();
                let sum = |currency: &str, kind: PaymentKind| -> i64 {
                    let fits = |one: &&&Happened| one.currency == currency && one.kind == kind;
                    within
                        .iter()
                        .filter(fits)
                        .map(|one| i64::try_from(one.amount).expect("small"))
                        .sum()
                };
                for code in ["EUR", "RON", "JPY"] {
                    let money = row["currencies"]
                        .as_array()
                        .expect("rows")
                        .iter()
                        .find(|money| money["currency"] == code);
                    let get = |name: &str| {
                        money.map_or(0, |money| money[name].as_i64().expect("a number"))
                    };
                    let expected = [
                        ("totalRevenue", sum(code, PaymentKind::Paid)),
                        ("refunds", sum(code, PaymentKind::Refunded)),
                        ("failedRefunds", sum(code, PaymentKind::RefundFailed)),
                        ("disputes", sum(code, PaymentKind::Disputed)),
                        ("wonDisputes", sum(code, PaymentKind::DisputeWon)),
                    ];
                    for (field, expected) in expected {
                        assert_eq!(
                            get(field),
                            expected,
                            "{zone} {name} {} {code} {field}",
                            row["startDate"]
                        );
                    }
                }
                let began: i64 = within.iter().map(|one| one.began).sum();
                let ended: i64 = within.iter().map(|one| one.ended).sum();
                assert_eq!(
                    (&row["newSubscriptions"], &row["churnedSubscriptions"]),
                    (&json!(began), &json!(ended))
                );
            }
            if name != "day" {
                years.push((zone, found["currencies"].clone()));
            }
        }
        let of_zone: Vec<_> =
            years.iter().filter(|(of, _)| *of == zone).map(|(_, sums)| sums).collect();
        assert_eq!(of_zone[0], of_zone[1], "months and years have the same sums");
    }
    let now = report(&grace, "?period=year&startDate=2026-01-01&endDate=2026-12-31").await;
    assert_eq!(now["activeSubscriptions"], standing.len());
    for code in ["EUR", "RON", "JPY"] {
        let expected: u64 =
            standing.values().filter(|one| one.currency == code).map(|one| one.monthly).sum();
        assert_eq!(of_currency(&now, code)["monthlyRecurringRevenue"], expected);
    }
}
