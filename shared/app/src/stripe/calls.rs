//! The calls about customers, subscriptions and payments, each with its parameters.

use provost_domain::{Timestamp, UserId, stripe_id::StripeId};
use serde_json::Value;

use super::{
    Ended, Form, Stripe, StripeError,
    objects::{
        Charge, CheckoutSession, Customer, InvoicePayment, Listed, PortalSession, Subscription,
        USER,
    },
};

/// Objects of a page of a list. Stripe allows a hundred.
const PAGE: u32 = 100;

/// A checkout session to create.
#[derive(Debug, Clone)]
pub struct NewCheckout<'a> {
    /// The account that pays.
    pub user: UserId,
    /// Its customer.
    pub customer: &'a StripeId,
    /// The price.
    pub price: &'a str,
    /// The promotion code, by Stripe id.
    pub promotion_code: Option<&'a StripeId>,
    /// Where Stripe sends the customer after the payment.
    pub success_url: String,
    /// Where Stripe sends the customer who gives up.
    pub cancel_url: String,
}

impl Stripe {
    /// Cancels a subscription immediately. `request` is the idempotency key: a retry counts as the
    /// same request.
    ///
    /// # Errors
    /// [`StripeError`]; the subscription may have been cancelled anyway, and retrying is safe.
    pub async fn cancel(
        &self,
        id: &StripeId,
        request: &str,
        now: Timestamp,
    ) -> Result<Ended, StripeError> {
        let path = format!("/v1/subscriptions/{id}");
        let ended = self.call::<Value>("DELETE", &path, Some(request), None, now).await;
        match ended {
            Ok(answer) if answer["status"] == "canceled" => Ok(Ended::Now),
            Ok(_) => Err(StripeError::Refused { status: 200, code: None, param: None }),
            Err(error) if error.is_missing(None) => Ok(Ended::Before),
            Err(error) => Err(error),
        }
    }

    /// Deletes a customer, with every subscription and payment method. `request` is the idempotency
    /// key.
    ///
    /// # Errors
    /// [`StripeError`]; the customer may have been deleted anyway, and retrying is safe.
    pub async fn delete_customer(
        &self,
        id: &StripeId,
        request: &str,
        now: Timestamp,
    ) -> Result<Ended, StripeError> {
        let path = format!("/v1/customers/{id}");
        match self.call::<Customer>("DELETE", &path, Some(request), None, now).await {
            Ok(Customer { deleted: true, .. }) => Ok(Ended::Now),
            Ok(_) => Err(StripeError::Refused { status: 200, code: None, param: None }),
            Err(error) if error.is_missing(None) => Ok(Ended::Before),
            Err(error) => Err(error),
        }
    }

    /// The current state of a subscription, with its discounts; none when Stripe does not have it.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn subscription(
        &self,
        id: &StripeId,
        now: Timestamp,
    ) -> Result<Option<Subscription>, StripeError> {
        let query = Form::default().set("expand[0]", "discounts.source.coupon");
        found(self.get(&format!("/v1/subscriptions/{id}"), &query, now).await)
    }

    /// A charge; none when Stripe does not have it.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn charge(
        &self,
        id: &StripeId,
        now: Timestamp,
    ) -> Result<Option<Charge>, StripeError> {
        found(self.get(&format!("/v1/charges/{id}"), &Form::default(), now).await)
    }

    /// The invoice that a payment was made for, with the invoice; none for other payments.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn invoice_payment(
        &self,
        payment_intent: &str,
        now: Timestamp,
    ) -> Result<Option<InvoicePayment>, StripeError> {
        let query = Form::default()
            .set("payment[type]", "payment_intent")
            .set("payment[payment_intent]", payment_intent)
            .set("limit", 1)
            .set("expand[0]", "data.invoice");
        let page: Listed<InvoicePayment> = self.get("/v1/invoice_payments", &query, now).await?;
        Ok(page.data.into_iter().next())
    }

    /// Creates the customer of an account. `earlier` is the one that it replaces.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn create_customer(
        &self,
        user: UserId,
        email: &str,
        earlier: Option<&StripeId>,
        now: Timestamp,
    ) -> Result<Customer, StripeError> {
        let form = Form::default().set("email", email).set(format!("metadata[{USER}]"), user);
        let earlier = earlier.map_or_else(|| "first".to_owned(), ToString::to_string);
        self.post(&format!("customer-create-{user}-{earlier}"), "/v1/customers", &form, now).await
    }

    /// The customers with this address that stand for an account.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn customers_of(
        &self,
        user: UserId,
        email: &str,
        now: Timestamp,
    ) -> Result<Vec<Customer>, StripeError> {
        let query = Form::default().set("email", email);
        let id = |customer: &Customer| customer.id.to_string();
        let mut found: Vec<Customer> = self.all("/v1/customers", &query, id, now).await?;
        let user = user.to_string();
        found.retain(|customer| customer.metadata.get(USER) == Some(&user) && !customer.deleted);
        Ok(found)
    }

    /// Creates a checkout session. `request` is the id of the request that starts it: the same
    /// person may buy the same again.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn create_checkout(
        &self,
        new: &NewCheckout<'_>,
        request: &str,
        now: Timestamp,
    ) -> Result<CheckoutSession, StripeError> {
        let form = Form::default()
            .set("mode", "subscription")
            .set("client_reference_id", new.user)
            .set("customer", new.customer)
            .set("line_items[0][price]", new.price)
            .set("line_items[0][quantity]", 1)
            .set(format!("metadata[{USER}]"), new.user)
            .set(format!("subscription_data[metadata][{USER}]"), new.user)
            .set("success_url", &new.success_url)
            .set("cancel_url", &new.cancel_url);
        // Stripe takes either one code or a field for codes.
        let form = match new.promotion_code {
            Some(code) => form.set("discounts[0][promotion_code]", code),
            None => form.set("allow_promotion_codes", true),
        };
        self.post(&format!("checkout-{request}"), "/v1/checkout/sessions", &form, now).await
    }

    /// Creates a session of the customer portal.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn create_portal_session(
        &self,
        customer: &StripeId,
        return_url: &str,
        request: &str,
        now: Timestamp,
    ) -> Result<PortalSession, StripeError> {
        let form = Form::default().set("customer", customer).set("return_url", return_url);
        self.post(&format!("portal-{request}"), "/v1/billing_portal/sessions", &form, now).await
    }

    /// Every object of a list.
    pub(super) async fn all<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        query: &Form,
        id: impl Fn(&T) -> String,
        now: Timestamp,
    ) -> Result<Vec<T>, StripeError> {
        let mut all: Vec<T> = Vec::new();
        loop {
            let page =
                query.clone().set("limit", PAGE).set_some("starting_after", all.last().map(&id));
            let Listed { data, has_more } = self.get(path, &page, now).await?;
            let ends = data.is_empty() || !has_more;
            all.extend(data);
            if ends {
                return Ok(all);
            }
        }
    }
}

/// An object that may be missing.
pub(super) fn found<T>(answer: Result<T, StripeError>) -> Result<Option<T>, StripeError> {
    match answer {
        Ok(object) => Ok(Some(object)),
        Err(error) if error.is_missing(None) => Ok(None),
        Err(error) => Err(error),
    }
}
