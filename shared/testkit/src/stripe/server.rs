//! The objects of the stand-in for Stripe, and the rules of Stripe's that the platform depends on:
//! idempotency keys, missing and deleted objects, default prices, unique codes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{API_KEY, Mood};

/// A request that the stand-in received.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Method.
    pub method: String,
    /// Path, without the query.
    pub path: String,
    /// Parameters of the query or of the body, as they were written.
    pub parameters: Vec<(String, String)>,
    /// Idempotency key.
    pub key: Option<String>,
    /// Version of the API.
    pub version: Option<String>,
}

/// A moment at which the connection to Stripe is lost, until [`super::StandIn::mend`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Before the n-th request takes effect, counting from 1.
    Before(usize),
    /// After the n-th request took effect, before its response is sent.
    After(usize),
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub mood: Mood,
    pub asked: Vec<Asked>,
    pub cancelled: BTreeSet<String>,
    pub objects: BTreeMap<String, Value>,
    pub cut: Option<(Cut, usize)>,
    answered: BTreeMap<String, (String, u16, Value)>,
    serial: u64,
}

type Answer = (u16, Value);

fn error(status: u16, code: &str, param: Option<&str>, message: &str) -> Answer {
    (
        status,
        json!({ "error": { "type": "invalid_request_error", "code": code, "param": param, "message": message } }),
    )
}

fn missing(param: &str) -> Answer {
    let status = if param == "id" { 404 } else { 400 };
    error(status, "resource_missing", Some(param), "No such object")
}

/// The page of a list that a request asks for.
fn page(mut list: Value, asked: &Asked) -> Value {
    let all = list["data"].as_array().expect("a list").clone();
    let after = asked.get("starting_after");
    let start = after.map_or(0, |id| {
        all.iter().position(|object| object["id"] == id).map_or(all.len(), |place| place + 1)
    });
    let limit = asked.get("limit").and_then(|text| text.parse().ok()).unwrap_or(10);
    let rows: Vec<_> = all.iter().skip(start).take(limit).cloned().collect();
    list["has_more"] = json!(start + rows.len() < all.len());
    list["data"] = json!(rows);
    list
}

impl Asked {
    fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    fn metadata(&self) -> Value {
        let pairs = self.parameters.iter().filter_map(|(name, value)| {
            let name = name.strip_prefix("metadata[")?.strip_suffix(']')?;
            Some((name.to_owned(), json!(value)))
        });
        Value::Object(pairs.collect::<Map<_, _>>())
    }
}

impl State {
    /// The response; none when the connection is lost.
    pub(super) fn answer(&mut self, asked: &Asked, authorization: Option<&str>) -> Option<Answer> {
        self.asked.push(asked.clone());
        if let Some((cut, count)) = &mut self.cut {
            *count += 1;
            match *cut {
                Cut::Before(at) if *count >= at => return None,
                Cut::After(at) if *count > at => return None,
                _ => {}
            }
        }
        let lost = matches!(self.cut, Some((Cut::After(at), count)) if count == at);
        if authorization != Some(&format!("Bearer {API_KEY}")) {
            return Some(error(401, "invalid_api_key", None, "Invalid API Key provided"));
        }
        match self.mood {
            Mood::Down => {
                return Some(error(503, "api_error", None, "Something went wrong on our end"));
            }
            Mood::OtherMode => {
                return Some(error(
                    404,
                    "resource_missing",
                    None,
                    "No such object; a similar object exists in live mode, but a test mode key was used",
                ));
            }
            Mood::Well | Mood::Mute => {}
        }
        let content = format!("{} {} {:?}", asked.method, asked.path, asked.parameters);
        let known = asked.key.as_ref().and_then(|key| self.answered.get(key)).cloned();
        let answer = match known {
            Some((earlier, ..)) if earlier != content => error(
                400,
                "idempotency_key_in_use",
                None,
                "Keys for idempotent requests can only be used with the same parameters",
            ),
            Some((_, status, answer)) => (status, answer),
            None => {
                let answer = self.act(asked);
                if let Some(key) = asked.key.clone().filter(|_| asked.method == "POST") {
                    self.answered.insert(key, (content, answer.0, answer.1.clone()));
                }
                answer
            }
        };
        (!lost && self.mood != Mood::Mute).then_some(answer)
    }

    pub(super) fn forget_keys(&mut self) {
        self.answered.clear();
    }

    fn new_id(&mut self, prefix: &str) -> String {
        self.serial += 1;
        format!("{prefix}_{}", self.serial)
    }

    fn keep(&mut self, object: Value) -> Answer {
        let id = object["id"].as_str().expect("an id").to_owned();
        self.objects.insert(id, object.clone());
        (200, object)
    }

    fn act(&mut self, asked: &Asked) -> Answer {
        let parts: Vec<&str> = asked.path.trim_start_matches("/v1/").split('/').collect();
        match (asked.method.as_str(), parts.as_slice()) {
            ("DELETE", ["subscriptions", id]) => {
                if !self.cancelled.insert((*id).to_owned()) {
                    return missing("id");
                }
                (200, json!({ "id": id, "object": "subscription", "status": "canceled" }))
            }
            ("DELETE", ["customers", id]) => {
                if self.objects.get(*id).is_some_and(|customer| customer["deleted"] == true) {
                    return missing("id");
                }
                self.keep(json!({ "id": id, "object": "customer", "deleted": true }))
            }
            ("GET", ["subscriptions" | "charges" | "customers", id]) => {
                self.objects.get(*id).map_or_else(|| missing("id"), |found| (200, found.clone()))
            }
            ("GET", ["customers"]) => {
                let found = self.listed("customer", |customer| {
                    customer["deleted"] != true
                        && asked.get("email").is_none_or(|email| customer["email"] == email)
                });
                (200, page(found, asked))
            }
            ("GET", ["invoice_payments"]) => self.invoice_payments(asked),
            ("POST", ["customers"]) => {
                let id = self.new_id("cus_new");
                self.keep(json!({ "id": id, "object": "customer", "email": asked.get("email"), "metadata": asked.metadata() }))
            }
            ("POST", ["products"]) => {
                let id = self.new_id("prod");
                self.keep(json!({ "id": id, "object": "product", "default_price": null, "name": asked.get("name"), "active": asked.get("active") == Some("true"), "metadata": asked.metadata() }))
            }
            ("POST", ["products", id]) => self.update_product(id, asked),
            ("GET", ["prices"]) => {
                let found = self.listed("price", |price| {
                    Some(price["product"].as_str().unwrap_or_default()) == asked.get("product")
                        && (asked.get("active") != Some("true") || price["active"] == true)
                });
                (200, found)
            }
            ("POST", ["prices"]) => {
                if !asked.get("product").is_some_and(|id| self.objects.contains_key(id)) {
                    return missing("product");
                }
                let id = self.new_id("price_new");
                let amount: i64 =
                    asked.get("unit_amount").and_then(|text| text.parse().ok()).expect("an amount");
                self.keep(json!({
                    "id": id, "object": "price", "active": true, "product": asked.get("product"), "unit_amount": amount, "currency": asked.get("currency"),
                    "recurring": { "interval": asked.get("recurring[interval]"), "interval_count": 1 }, "metadata": asked.metadata(),
                }))
            }
            ("POST", ["prices", id]) => {
                let default = self.objects.values().any(|object| object["default_price"] == **id);
                if default && asked.get("active") == Some("false") {
                    return error(
                        400,
                        "price_is_default",
                        Some("active"),
                        "This price cannot be archived because it is the default price of its product",
                    );
                }
                self.set(id, "active", json!(asked.get("active") == Some("true")))
            }
            ("POST", ["checkout", "sessions"]) => self.checkout(asked),
            ("POST", ["billing_portal", "sessions"]) => {
                if let Some(refused) = self.without_customer(asked) {
                    return refused;
                }
                let id = self.new_id("bps");
                (
                    200,
                    json!({ "id": id, "object": "billing_portal.session", "url": format!("https://billing.stripe.example/{id}") }),
                )
            }
            ("GET", ["promotion_codes"]) => {
                let same = |code: &Value, wanted: &str| {
                    code["code"].as_str().is_some_and(|code| code.eq_ignore_ascii_case(wanted))
                };
                let found = self.listed("promotion_code", |code| {
                    asked.get("code").is_none_or(|wanted| same(code, wanted))
                        && asked
                            .get("active")
                            .is_none_or(|active| code["active"] == (active == "true"))
                });
                (200, page(found, asked))
            }
            ("POST", ["coupons"]) => {
                let id = self.new_id("coupon");
                let number = |name: &str| asked.get(name).and_then(|text| text.parse::<f64>().ok());
                let whole = asked.get("amount_off").and_then(|text| text.parse::<i64>().ok());
                self.keep(json!({ "id": id, "object": "coupon", "name": asked.get("name"), "percent_off": number("percent_off"), "amount_off": whole, "currency": asked.get("currency"), "duration": asked.get("duration") }))
            }
            ("DELETE", ["coupons", id]) => match self.objects.remove(*id) {
                Some(_) => (200, json!({ "id": id, "object": "coupon", "deleted": true })),
                None => missing("id"),
            },
            ("POST", ["promotion_codes"]) => self.promotion_code(asked),
            ("POST", ["promotion_codes", id]) => {
                self.set(id, "active", json!(asked.get("active") == Some("true")))
            }
            _ => error(404, "unknown_url", None, "Unrecognized request URL"),
        }
    }

    /// The objects of a kind, newest first.
    fn listed(&self, kind: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let serial = |object: &Value| {
            let id = object["id"].as_str().unwrap_or_default();
            id.rsplit('_').next().and_then(|number| number.parse::<u64>().ok()).unwrap_or_default()
        };
        let mut data: Vec<_> = self
            .objects
            .values()
            .filter(|object| object["object"] == kind && fits(object))
            .cloned()
            .collect();
        data.sort_by_key(|object| std::cmp::Reverse(serial(object)));
        json!({ "object": "list", "data": data, "has_more": false })
    }

    fn set(&mut self, id: &str, name: &str, value: Value) -> Answer {
        match self.objects.get_mut(id) {
            Some(object) => {
                object[name] = value;
                (200, object.clone())
            }
            None => missing("id"),
        }
    }

    fn update_product(&mut self, id: &str, asked: &Asked) -> Answer {
        if !self.objects.contains_key(id) {
            return missing("id");
        }
        if let Some(price) = asked.get("default_price") {
            let sells = self
                .objects
                .get(price)
                .is_some_and(|price| price["active"] == true && price["product"] == id);
            return if sells {
                self.set(id, "default_price", json!(price))
            } else {
                missing("default_price")
            };
        }
        self.set(id, "name", json!(asked.get("name")));
        self.set(id, "active", json!(asked.get("active") == Some("true")))
    }

    fn invoice_payments(&self, asked: &Asked) -> Answer {
        let mut found = self.listed("invoice_payment", |payment| {
            payment["payment"]["payment_intent"].as_str() == asked.get("payment[payment_intent]")
        });
        for payment in found["data"].as_array_mut().expect("a list") {
            let invoice = payment["invoice"].as_str().and_then(|id| self.objects.get(id)).cloned();
            if let Some(invoice) = invoice {
                payment["invoice"] = invoice;
            }
        }
        (200, found)
    }

    fn without_customer(&self, asked: &Asked) -> Option<Answer> {
        let customer = asked.get("customer").and_then(|id| self.objects.get(id));
        let lives = customer.is_some_and(|customer| customer["deleted"] != true);
        (!lives).then(|| missing("customer"))
    }

    fn checkout(&mut self, asked: &Asked) -> Answer {
        if let Some(refused) = self.without_customer(asked) {
            return refused;
        }
        let code = asked.get("discounts[0][promotion_code]");
        if code.is_some_and(|id| self.objects.get(id).is_none_or(|code| code["active"] != true)) {
            return missing("discounts[0][promotion_code]");
        }
        let id = self.new_id("cs_new");
        let session = json!({
            "id": id, "object": "checkout.session", "mode": asked.get("mode"), "url": format!("https://checkout.stripe.example/{id}"), "expires_at": 1_795_276_800,
            "customer": asked.get("customer"), "client_reference_id": asked.get("client_reference_id"), "line_item": asked.get("line_items[0][price]"),
        });
        self.keep(session)
    }

    fn promotion_code(&mut self, asked: &Asked) -> Answer {
        let code = asked.get("code").unwrap_or_default().to_owned();
        let taken = self.objects.values().any(|object| {
            object["object"] == "promotion_code"
                && object["active"] == true
                && object["code"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(&code))
        });
        if taken {
            return error(
                400,
                "resource_already_exists",
                Some("code"),
                "An active promotion code with this code already exists",
            );
        }
        let coupon = asked.get("promotion[coupon]").and_then(|id| self.objects.get(id)).cloned();
        let Some(coupon) = coupon else { return missing("promotion[coupon]") };
        let id = self.new_id("promo");
        let number = |name: &str| asked.get(name).and_then(|text| text.parse::<i64>().ok());
        self.keep(json!({
            "id": id, "object": "promotion_code", "code": code, "active": true, "created": 1_795_190_400, "times_redeemed": 0,
            "max_redemptions": number("max_redemptions"), "expires_at": number("expires_at"), "metadata": asked.metadata(),
            "promotion": { "type": "coupon", "coupon": coupon },
        }))
    }
}
