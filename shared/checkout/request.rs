//! What a caller of checkout may say. A price, a currency or a customer's id is nothing a caller can say: such fields are
//! not read.
use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::failure::Failure;
use crate::inbox::Provider;
use crate::order::OrderId;

/// More lines than any basket has; the database is asked once for all of them.
const MOST_LINES: usize = 100;
/// Pieces of one line; with the bound on prices it keeps every product within 64 bits.
const MOST_PIECES: i64 = 10_000;
const LONGEST_FIELD: usize = 200;
/// Stripe's bound.
const LONGEST_URL: usize = 2_000;

/// One line of a basket.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Item {
    pub(super) product: String,
    #[serde(default)]
    pub(super) variant: String,
    /// To be said: who writes it otherwise would buy one.
    pub(super) qty: i64,
}

/// `POST /v1/checkout/quote`.
#[derive(Deserialize)]
pub(super) struct Quote {
    pub(super) items: Vec<Item>,
    pub(super) promo: Option<String>,
    pub(super) email: Option<String>,
}

/// `POST /v1/checkout`: exactly one of `order`, `topup` and `again`.
#[derive(Deserialize)]
pub(super) struct Open {
    provider: String,
    order: Option<NewOrder>,
    topup: Option<TopUp>,
    again: Option<Again>,
    pub(super) success_url: Option<String>,
    pub(super) cancel_url: Option<String>,
}

/// A basket and who buys it.
#[derive(Deserialize)]
pub(super) struct NewOrder {
    pub(super) items: Vec<Item>,
    pub(super) promo: Option<String>,
    pub(super) email: String,
    /// Name, phone and address, as a receipt and a parcel need them.
    #[serde(default)]
    pub(super) contact: BTreeMap<String, String>,
}

/// Credits for a billing account.
#[derive(Deserialize)]
pub(super) struct TopUp {
    pub(super) account: String,
    pub(super) credits: i64,
}

/// A further try at an unpaid order.
#[derive(Deserialize)]
pub(super) struct Again {
    pub(super) order: String,
    pub(super) token: String,
}

/// What is to be opened.
pub(super) enum Wanted {
    Order(NewOrder),
    TopUp(TopUp),
    Again(OrderId, String),
}

/// `POST /v1/checkout/confirm`: the order or the payment, and what Razorpay handed to the buyer's browser.
#[derive(Deserialize)]
pub(super) struct Confirm {
    pub(super) order: Option<String>,
    pub(super) payment: Option<String>,
    pub(super) razorpay_order_id: Option<String>,
    pub(super) razorpay_payment_id: String,
    pub(super) razorpay_signature: String,
}

/// `POST /v1/checkout/sandbox-pay`.
#[derive(Deserialize)]
pub(super) struct SandboxPay {
    pub(super) payment: String,
    pub(super) token: String,
}

/// The body, or what is wrong with it.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|error| {
        let code = if error.is_data() { "body_malformed" } else { "body_not_json" };
        // serde's own words may quote the value they stumbled over; a field that is missing has a name of ours.
        let said = error.to_string();
        let what = said
            .split(" at line ")
            .next()
            .filter(|what| what.starts_with("missing field"))
            .unwrap_or("unreadable");
        let (line, column) = (error.line(), error.column());
        refused(code, &format!("{what} at line {line}, column {column}: see /v1/openapi.json"))
    })
}

impl Open {
    /// The provider, and what it is to open.
    pub(super) fn wanted(&mut self) -> Result<(Provider, Wanted), Failure> {
        let provider = self.provider.parse().map_err(|_| malformed("provider is stripe or razorpay"))?;
        let wanted = match (self.order.take(), self.topup.take(), self.again.take()) {
            (Some(order), None, None) => Wanted::Order(order.checked()?),
            (None, Some(topup), None) if is_odd(&topup.account) => {
                return Err(malformed("account: at most 200 characters, none of them a control character"));
            }
            (None, Some(topup), None) => Wanted::TopUp(topup),
            (None, None, Some(again)) => {
                // One answer to a bad id and a bad token: it is the token that opens an order.
                let order = OrderId::quoted(&again.order).ok_or_else(not_found)?;
                Wanted::Again(order, again.token)
            }
            _ => return Err(malformed("exactly one of order, topup and again")),
        };
        Ok((provider, wanted))
    }

    /// Where the buyer is sent back to has to be of an origin on the list; `Stripe` cannot do without.
    pub(super) fn hold_urls_to(&self, provider: Provider, origins: &[String]) -> Result<(), Failure> {
        if provider == Provider::Stripe && self.success_url.is_none() {
            return Err(malformed("success_url is required with stripe"));
        }
        for url in [&self.success_url, &self.cancel_url].into_iter().flatten() {
            if !leads_to_one_of(origins, url) {
                let detail = "success_url and cancel_url: an origin of PUBLIC_ORIGIN_ALLOWLIST";
                return Err(refused("url_not_allowed", detail));
            }
        }
        Ok(())
    }
}

impl NewOrder {
    fn checked(mut self) -> Result<Self, Failure> {
        self.email = email(&self.email)?;
        let known = ["name", "phone", "line1", "line2", "city", "region", "postal_code", "country"];
        for (field, value) in &self.contact {
            if !known.contains(&field.as_str()) {
                return Err(malformed(&format!("contact has no such field; it has {}", known.join(", "))));
            }
            if value.chars().count() > LONGEST_FIELD || value.chars().any(char::is_control) {
                return Err(malformed("contact: one line of at most 200 characters each"));
            }
        }
        check_items(&self.items)?;
        check_promo(self.promo.as_deref())?;
        Ok(self)
    }
}

impl Quote {
    /// The same bounds as an order's.
    pub(super) fn checked(mut self) -> Result<Self, Failure> {
        self.email = self.email.as_deref().map(email).transpose()?;
        check_items(&self.items)?;
        check_promo(self.promo.as_deref())?;
        Ok(self)
    }
}

/// By its letters, not by parsing: what follows the origin cannot be part of its host. `{CHECKOUT_SESSION_ID}` in it is
/// Stripe's to fill in.
fn leads_to_one_of(origins: &[String], url: &str) -> bool {
    let plain = url.bytes().all(|b| b.is_ascii_graphic() && !b"\\<>\"'`^|".contains(&b));
    let leads = |origin: &String| {
        url.strip_prefix(origin.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
    };
    url.len() <= LONGEST_URL && plain && origins.iter().any(leads)
}

/// A promotion's code as it is stored.
pub(super) fn promo(written: Option<&str>) -> Option<String> {
    written.map(|code| code.trim().to_uppercase()).filter(|code| !code.is_empty())
}

fn check_promo(written: Option<&str>) -> Result<(), Failure> {
    if written.is_some_and(is_odd) {
        return Err(malformed("promo: at most 200 characters, none of them a control character"));
    }
    Ok(())
}

fn check_items(items: &[Item]) -> Result<(), Failure> {
    if items.is_empty() || items.len() > MOST_LINES {
        return Err(malformed("items: 1 to 100 lines"));
    }
    for (place, item) in items.iter().enumerate() {
        if !(1..=MOST_PIECES).contains(&item.qty) {
            return Err(malformed("qty: 1 to 10000"));
        }
        if is_odd(&item.product) || is_odd(&item.variant) {
            return Err(malformed(
                "product and variant: at most 200 characters, none of them a control character",
            ));
        }
        let twice = items
            .iter()
            .skip(place + 1)
            .any(|other| (&other.product, &other.variant) == (&item.product, &item.variant));
        if twice {
            return Err(malformed("items: each product and variant once, with its qty"));
        }
    }
    Ok(())
}

/// Postgres stores no NUL, and no slug is a novel.
fn is_odd(text: &str) -> bool {
    text.len() > LONGEST_FIELD || text.chars().any(char::is_control)
}

/// Lower case, one `@` with something before and after it, nothing that could end a mail's header line.
fn email(written: &str) -> Result<String, Failure> {
    let email = written.trim().to_lowercase();
    let parts: Vec<&str> = email.split('@').collect();
    let fine = email.len() <= 254
        && matches!(parts.as_slice(), [name, host] if !name.is_empty() && host.contains('.') && !host.starts_with('.') && !host.ends_with('.'))
        && !email
            .chars()
            .any(|letter| letter.is_control() || letter.is_whitespace() || "<>()[]\\,;:\"".contains(letter));
    if fine { Ok(email) } else { Err(malformed("email: an address like asha@example.com")) }
}

pub(super) fn refused(code: &'static str, detail: &str) -> Failure {
    Failure::Refused { code, detail: detail.into() }
}

pub(super) fn malformed(detail: &str) -> Failure {
    refused("body_malformed", detail)
}

/// What everybody gets who may not see it, whether it is there or not.
pub(super) fn not_found() -> Failure {
    refused("not_found", "no such checkout, or its token does not open it")
}
