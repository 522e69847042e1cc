//! A stand-in for Stripe: a small server on loopback that implements the calls that the platform
//! makes, and records requests; and events, signed as Stripe signs them.

mod server;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_lc_rs::hmac;
use bytes::Bytes;
use http::Method;
use provost_app::key_source::{STRIPE_API, STRIPE_WEBHOOK};
use provost_domain::UserId;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

pub use server::{Asked, Cut};

use server::State;

use crate::{Reply, World};

/// The secret that signs a world's events.
pub const SECRET: &str = "whsec_world_now";
/// The next secret of a rotation; both are valid.
pub const NEXT_SECRET: &str = "whsec_world_next";
/// The API key of the stand-in.
pub const API_KEY: &str = "sk_test_world";
/// The path that receives events.
pub const PATH: &str = "/api/webhooks/stripe";

pub(crate) fn secrets() -> impl Iterator<Item = (String, String)> {
    [(STRIPE_WEBHOOK, format!("{SECRET} {NEXT_SECRET}")), (STRIPE_API, API_KEY.to_owned())]
        .into_iter()
        .map(|(name, secret)| (name.to_owned(), secret))
}

/// Behaviour of the stand-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mood {
    /// It cancels active subscriptions, and does not know any others.
    #[default]
    Well,
    /// It returns a server error.
    Down,
    /// It cancels, then closes the connection without a response.
    Mute,
    /// The object exists, but in the other mode.
    OtherMode,
}

/// The stand-in for Stripe.
#[derive(Debug, Clone)]
pub struct StandIn {
    url: String,
    state: Arc<Mutex<State>>,
}

impl StandIn {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let stand_in = Self { url, state: Arc::default() };
        let serving = stand_in.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let stand_in = serving.clone();
                tokio::spawn(async move { stand_in.serve(stream).await });
            }
        });
        stand_in
    }

    /// The URL of the server.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sets the behaviour.
    pub fn is(&self, mood: Mood) {
        self.state().mood = mood;
    }

    /// Loses the connection at this moment, and every later one.
    pub fn cut(&self, cut: Cut) {
        self.state().cut = Some((cut, 0));
    }

    /// Restores the connection.
    pub fn mend(&self) {
        self.state().cut = None;
    }

    /// Holds this object from now on.
    pub fn holds(&self, object: Value) {
        let id = object["id"].as_str().expect("an id").to_owned();
        self.state().objects.insert(id, object);
    }

    /// Deletes an object without a trace.
    pub fn forgets(&self, id: &str) {
        self.state().objects.remove(id);
    }

    /// Forgets every idempotency key, as Stripe does after a day.
    pub fn forgets_keys(&self) {
        self.state().forget_keys();
    }

    /// An object, if the stand-in holds it.
    pub fn object(&self, id: &str) -> Option<Value> {
        self.state().objects.get(id).cloned()
    }

    /// The objects of a kind.
    pub fn objects(&self, kind: &str) -> Vec<Value> {
        self.state().objects.values().filter(|object| object["object"] == kind).cloned().collect()
    }

    /// The requests so far, in order: method, path and idempotency key.
    pub fn asked(&self) -> Vec<String> {
        let short = |asked: &Asked| {
            let key = asked.key.as_deref().unwrap_or("-");
            format!("{} {} {key}", asked.method, asked.path)
        };
        self.state().asked.iter().map(short).collect()
    }

    /// The requests so far, in order, with their parameters.
    pub fn requests(&self) -> Vec<Asked> {
        self.state().asked.clone()
    }

    /// The cancelled subscriptions.
    pub fn cancelled(&self) -> BTreeSet<String> {
        self.state().cancelled.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(&self, mut stream: TcpStream) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) if head.len() < 16_384 => head.push(byte),
                _ => return,
            }
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let header = |name: &str| {
            head.lines().find_map(|line| {
                line.split_once(": ")
                    .filter(|(found, _)| found.eq_ignore_ascii_case(name))
                    .map(|(_, value)| value.to_owned())
            })
        };
        let length = header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        if stream.read_exact(&mut body).await.is_err() {
            return;
        }
        let mut words = head.split_whitespace();
        let (Some(method), Some(target)) = (words.next(), words.next()) else { return };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let parameters = if body.is_empty() { query.as_bytes() } else { &body };
        let asked = Asked {
            method: method.to_owned(),
            path: path.to_owned(),
            parameters: form_urlencoded::parse(parameters).into_owned().collect(),
            key: header("idempotency-key"),
            version: header("stripe-version"),
        };
        let answer = self.state().answer(&asked, header("authorization").as_deref());
        if let Some((status, body)) = answer {
            let body = body.to_string();
            let answer = format!(
                "HTTP/1.1 {status} -\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            // The client may be gone: tests kill runs.
            drop(stream.write_all(answer.as_bytes()).await);
        }
    }
}

/// The signature header of a body at a time, in seconds.
pub fn signature(secret: &str, seconds: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!(
        "t={seconds},v1={}",
        hex::encode(hmac::sign(&key, format!("{seconds}.{body}").as_bytes()))
    )
}

/// An event about an object.
pub fn event(id: &str, kind: &str, seconds: i64, object: Value) -> Value {
    json!({ "id": id, "object": "event", "api_version": "2025-03-31.basil", "created": seconds, "type": kind, "livemode": false, "data": { "object": object } })
}

/// A completed checkout of this user.
pub fn checkout(user: UserId, customer: &str, subscription: &str) -> Value {
    json!({ "id": "cs_1", "object": "checkout.session", "mode": "subscription", "client_reference_id": user, "customer": customer, "subscription": subscription, "customer_details": { "email": "somebody@else.example" } })
}

/// A monthly subscription to a price.
pub fn subscription(id: &str, customer: &str, price: &str, status: &str) -> Value {
    json!({
        "id": id, "object": "subscription", "customer": customer, "status": status, "cancel_at_period_end": false, "canceled_at": null, "metadata": {},
        "items": { "object": "list", "data": [{
            "id": "si_1", "current_period_start": 1_795_190_400, "current_period_end": 1_797_782_400,
            "price": { "id": price, "unit_amount": 900, "currency": "eur", "recurring": { "interval": "month", "interval_count": 1 } },
        }] },
    })
}

/// An invoice for a subscription to the price `price_pro`.
pub fn invoice(id: &str, customer: &str, subscription: &str, amount: u64) -> Value {
    json!({
        "id": id, "object": "invoice", "customer": customer, "currency": "eur", "amount_due": amount, "amount_paid": amount, "customer_email": "somebody@else.example",
        "parent": { "type": "subscription_details", "subscription_details": { "subscription": subscription, "metadata": {} } },
        "lines": { "object": "list", "data": [{ "amount": amount, "pricing": { "type": "price_details", "price_details": { "price": "price_pro", "product": "prod_pro" } } }] },
    })
}

impl World {
    /// Starts a checkout, as its route does; the session is the one that [`checkout`] completes.
    pub async fn start_checkout(&self, user: UserId) {
        let mut tx = self.app.transaction();
        tx.start_checkout(user, &"cs_1".parse().expect("a Stripe id"), self.app.now())
            .expect("a checkout");
        tx.commit().await.expect("no concurrent write");
    }

    /// The current time in seconds.
    pub fn second(&self) -> i64 {
        self.app.now().seconds()
    }

    /// Sends an event, signed now.
    pub async fn notify(&self, event: &Value) -> Reply {
        let body = event.to_string();
        let signature = signature(SECRET, self.second(), &body);
        self.send_signed(&signature, body).await
    }

    /// Sends a body with a signature.
    pub async fn send_signed(&self, signature: &str, body: String) -> Reply {
        let stripe = self.anyone().with_header("stripe-signature", signature);
        stripe.ask(Method::POST, PATH, "application/json; charset=utf-8", Bytes::from(body)).await
    }
}

/// A charge that paid an invoice, with the total of its refunds. As in current versions of the API
/// it does not name the invoice.
pub fn charge(id: &str, customer: &str, refunded: u64) -> Value {
    json!({ "id": id, "object": "charge", "customer": customer, "currency": "eur", "amount": 1000, "amount_refunded": refunded, "payment_intent": format!("pi_{id}") })
}

/// What leads from a charge to its invoice.
pub fn invoice_payment(charge: &str, invoice: &str) -> Value {
    json!({ "id": format!("inpay_{charge}"), "object": "invoice_payment", "invoice": invoice, "payment": { "type": "payment_intent", "payment_intent": format!("pi_{charge}") } })
}

/// A refund of a charge.
pub fn refund(id: &str, charge: &str, amount: u64, status: &str) -> Value {
    json!({ "id": id, "object": "refund", "charge": charge, "amount": amount, "currency": "eur", "status": status })
}

/// A dispute of a charge.
pub fn dispute(id: &str, charge: &str, amount: u64, status: &str) -> Value {
    json!({ "id": id, "object": "dispute", "charge": charge, "amount": amount, "currency": "eur", "status": status, "balance_transactions": [] })
}
