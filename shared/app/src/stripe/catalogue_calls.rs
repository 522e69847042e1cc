//! The calls about products, prices and promotion codes, each with its parameters.

use provost_domain::{Timestamp, stripe_id::StripeId};
use serde_json::Value;

use super::{
    Form, Stripe, StripeError,
    calls::found,
    objects::{Coupon, Listed, OPERATION, PRODUCT, Price, Product, PromotionCode},
};

/// A price to create.
#[derive(Debug, Clone)]
pub struct NewPrice<'a> {
    /// The product at Stripe.
    pub product: &'a str,
    /// Amount, in Stripe's unit.
    pub amount: i64,
    /// Currency, in lower case.
    pub currency: String,
    /// `month` or `year`.
    pub interval: &'a str,
    /// The product of the catalogue.
    pub catalogue: String,
}

/// A coupon to create.
#[derive(Debug, Clone)]
pub struct NewCoupon<'a> {
    /// Name for customers.
    pub name: &'a str,
    /// Percentage.
    pub percent_off: Option<u32>,
    /// Amount in Stripe's unit, with its currency in lower case.
    pub amount_off: Option<(i64, String)>,
}

impl Stripe {
    /// Updates a product; none when Stripe does not have it. `run` is the id of the request, here and
    /// for every other change of an object: an answer that Stripe remembers must not stand for a
    /// change that is made again later.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn update_product(
        &self,
        id: &str,
        product: &provost_domain::product::Product,
        run: &str,
        now: Timestamp,
    ) -> Result<Option<Product>, StripeError> {
        let form = described(Form::default(), product, true);
        found(
            self.post(&format!("product-update-{run}"), &format!("/v1/products/{id}"), &form, now)
                .await,
        )
    }

    /// Creates a product.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn create_product(
        &self,
        product: &provost_domain::product::Product,
        now: Timestamp,
    ) -> Result<Product, StripeError> {
        let form = described(Form::default(), product, false);
        // A product that was lost at Stripe is created again under another key.
        let lost = product.stripe_product_id.as_deref().unwrap_or("new");
        self.post(&format!("product-create-{}-{lost}", product.id), "/v1/products", &form, now)
            .await
    }

    /// Makes a price the default of a product.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn set_default_price(
        &self,
        product: &str,
        price: &str,
        run: &str,
        now: Timestamp,
    ) -> Result<Product, StripeError> {
        let form = Form::default().set("default_price", price);
        self.post(&format!("product-default-{run}"), &format!("/v1/products/{product}"), &form, now)
            .await
    }

    /// The active prices of a product.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn active_prices(
        &self,
        product: &str,
        now: Timestamp,
    ) -> Result<Vec<Price>, StripeError> {
        let query = Form::default().set("product", product).set("active", true);
        self.all("/v1/prices", &query, |price: &Price| price.id.clone(), now).await
    }

    /// Creates a price. `state` is the version of the product in the catalogue and its price so far.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn create_price(
        &self,
        new: &NewPrice<'_>,
        state: &str,
        now: Timestamp,
    ) -> Result<Price, StripeError> {
        let form = Form::default()
            .set("product", new.product)
            .set("unit_amount", new.amount)
            .set("currency", &new.currency)
            .set("recurring[interval]", new.interval)
            .set(format!("metadata[{PRODUCT}]"), &new.catalogue);
        self.post(&format!("price-create-{}-{state}", new.catalogue), "/v1/prices", &form, now)
            .await
    }

    /// Archives a price: nobody can subscribe at it any more, and subscribers keep it.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn archive_price(
        &self,
        id: &str,
        run: &str,
        now: Timestamp,
    ) -> Result<Price, StripeError> {
        let form = Form::default().set("active", false);
        self.post(&format!("price-archive-{run}"), &format!("/v1/prices/{id}"), &form, now).await
    }

    /// Every promotion code, newest first; of one code if it is given.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn promotion_codes(
        &self,
        code: Option<&str>,
        active: Option<bool>,
        now: Timestamp,
    ) -> Result<Vec<PromotionCode>, StripeError> {
        let query = Form::default()
            .set_some("code", code)
            .set_some("active", active)
            .set("expand[0]", "data.promotion.coupon");
        self.all("/v1/promotion_codes", &query, |code: &PromotionCode| code.id.to_string(), now)
            .await
    }

    /// A page of the promotion codes, newest first, after the one with this id.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn promotion_codes_after(
        &self,
        after: Option<&str>,
        active: Option<bool>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Listed<PromotionCode>, StripeError> {
        let query = Form::default()
            .set_some("active", active)
            .set("expand[0]", "data.promotion.coupon")
            .set("limit", limit)
            .set_some("starting_after", after);
        self.get("/v1/promotion_codes", &query, now).await
    }

    /// Creates a coupon for one invoice. `operation` distinguishes it from one with the same content.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn create_coupon(
        &self,
        new: &NewCoupon<'_>,
        operation: &str,
        now: Timestamp,
    ) -> Result<Coupon, StripeError> {
        let form = Form::default()
            .set("duration", "once")
            .set("name", new.name)
            .set_some("percent_off", new.percent_off);
        let form = match &new.amount_off {
            Some((amount, currency)) => form.set("amount_off", amount).set("currency", currency),
            None => form,
        };
        self.post(&format!("coupon-create-{operation}"), "/v1/coupons", &form, now).await
    }

    /// Deletes a coupon that no code uses.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn delete_coupon(&self, id: &str, now: Timestamp) -> Result<(), StripeError> {
        let path = format!("/v1/coupons/{id}");
        found(self.call::<Value>("DELETE", &path, None, None, now).await).map(drop)
    }

    /// Creates a promotion code for a coupon.
    ///
    /// # Errors
    /// [`StripeError`].
    #[expect(clippy::too_many_arguments, reason = "they are the parameters of the call")]
    pub async fn create_promotion_code(
        &self,
        code: &str,
        coupon: &str,
        max_redemptions: Option<u64>,
        expires_at: Option<i64>,
        private: bool,
        operation: &str,
        now: Timestamp,
    ) -> Result<PromotionCode, StripeError> {
        let form = Form::default()
            .set("code", code)
            .set("promotion[type]", "coupon")
            .set("promotion[coupon]", coupon)
            .set_some("max_redemptions", max_redemptions)
            .set_some("expires_at", expires_at)
            .set("metadata[private]", private)
            .set(format!("metadata[{OPERATION}]"), operation)
            .set("expand[0]", "promotion.coupon");
        self.post(&format!("code-create-{operation}"), "/v1/promotion_codes", &form, now).await
    }

    /// Switches a promotion code off; none when Stripe does not have it.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn switch_off(
        &self,
        code: &StripeId,
        run: &str,
        now: Timestamp,
    ) -> Result<Option<PromotionCode>, StripeError> {
        let form = Form::default().set("active", false).set("expand[0]", "promotion.coupon");
        let path = format!("/v1/promotion_codes/{code}");
        found(self.post(&format!("code-off-{run}"), &path, &form, now).await)
    }
}

/// Metadata and texts of a product.
fn described(form: Form, product: &provost_domain::product::Product, update: bool) -> Form {
    let offered = product.active && product.deleted_at.is_none();
    let description = product.description.as_deref().filter(|text| !text.is_empty());
    let form = form.set("name", &product.name).set("active", offered);
    // An empty text removes a description; a new product has none to remove.
    let form = match description {
        Some(text) => form.set("description", text),
        None if update => form.set("description", ""),
        None => form,
    };
    form.set(format!("metadata[{PRODUCT}]"), product.id)
        .set("metadata[provost_slug]", &product.slug)
        .set("metadata[provost_type]", product.r#type.as_str())
}
