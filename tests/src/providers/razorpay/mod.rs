//! Razorpay: orders, payments, refunds.
mod api;
mod door;
mod objects;
mod state;

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};

use super::faults::Fault;
use super::http::Line;
use super::keys::Keys;
use super::{Outbox, by_id, text};

/// Razorpay on this machine.
pub struct FakeRazorpay {
    state: Arc<Mutex<State>>,
    line: Line,
}

/// Everything Razorpay knows. Newest entities last.
#[derive(Default)]
struct State {
    orders: Vec<Value>,
    payments: Vec<Value>,
    refunds: Vec<Value>,
    outbox: Outbox,
    keys: Keys,
    ahead: Duration,
    refunds_are_slow: bool,
}

/// What Razorpay's checkout hands to the page when a payment is made: `razorpay_order_id`, `razorpay_payment_id` and
/// `razorpay_signature`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// The order that was paid.
    pub order_id: String,
    /// The payment.
    pub payment_id: String,
    /// Hex of HMAC-SHA256 over `order_id|payment_id` under the key's secret.
    pub signature: String,
}

impl FakeRazorpay {
    /// The one key it knows, of test mode.
    pub const KEY_ID: &str = "rzp_test_fake0razorpay0";
    /// That key's secret.
    pub const KEY_SECRET: &str = "secret-of-the-fake-razorpay";

    /// Starts one, with nothing in it.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let line = Line::open(state.clone()).await;
        Self { state, line }
    }

    /// For `RAZORPAY_API_BASE`: `http://127.0.0.1:40123`.
    pub fn base(&self) -> String {
        self.line.base()
    }

    /// Method and path of every call so far, those of planned faults too.
    pub fn calls(&self) -> Vec<(String, String)> {
        self.line.calls()
    }

    /// Plans what becomes of the next so many calls whose path (`/v1/orders`), or method and path (`POST /v1/orders`),
    /// begins so.
    pub fn plan(&self, times: usize, prefix: &str, fault: Fault) {
        self.line.faults().plan(times, prefix, fault);
    }

    /// Forgets the faults that are still planned.
    pub fn heal(&self) {
        self.line.faults().forget();
    }

    /// How many orders were made.
    pub fn orders(&self) -> usize {
        self.state().orders.len()
    }

    /// How many refunds were made.
    pub fn refunds(&self) -> usize {
        self.state().refunds.len()
    }

    /// An entity by its id, as Razorpay would show it now: an order, a payment, a refund.
    pub fn shows(&self, id: &str) -> Option<Value> {
        let mut state = self.state();
        let State { orders, payments, refunds, .. } = &mut *state;
        [orders, payments, refunds].into_iter().find_map(|entities| by_id(entities, id).cloned())
    }

    /// The webhooks since the last call, in the order in which things happened: the types an endpoint of payonce is
    /// subscribed to.
    pub fn events(&self) -> Vec<String> {
        self.state().outbox.take()
    }

    /// The webhooks since the last call do not arrive.
    pub fn loses_events(&self) {
        self.state().outbox.lose();
    }

    /// Puts its clock ahead of the real one.
    pub fn moves_ahead(&self, ahead: Duration) {
        self.state().ahead = ahead;
    }

    /// Idempotency keys are not kept for ever: now theirs is over.
    pub fn forgets_keys(&self) {
        self.state().keys.forget();
    }

    /// The buyer pays, and the payment is captured at once. Gives what the page gets.
    pub fn buyer_pays(&self, order: &str) -> Callback {
        let callback = self.authorizes(order);
        self.captures(&callback.payment_id);
        callback
    }

    /// The buyer pays another amount, or in another currency.
    pub fn buyer_pays_instead(&self, order: &str, amount: i64, currency: &str) -> Callback {
        let callback = self.authorizes(order);
        let other = json!({ "amount": amount, "currency": currency });
        self.state().change_payment(&callback.payment_id, other);
        self.captures(&callback.payment_id);
        callback
    }

    /// The buyer pays, and the money is only reserved.
    pub fn authorizes(&self, order: &str) -> Callback {
        let mut state = self.state();
        let payment = state.attempt(order);
        state.change_payment(&payment, json!({ "status": "authorized" }));
        state.tell_of_payment("payment.authorized", &payment);
        let signature = payonce::razorpay::sign_checkout(order, &payment, Self::KEY_SECRET);
        Callback { order_id: order.to_owned(), payment_id: payment, signature }
    }

    /// The reserved money of an authorized payment, or of one that had failed and was authorized late, is captured.
    pub fn captures(&self, payment: &str) {
        let mut state = self.state();
        let amount = state.payment(payment)["amount"].as_i64().expect("an amount");
        let captured = json!({
            "status": "captured", "captured": true, "fee": amount / 50, "tax": 0, "error_code": null,
            "error_description": null, "error_source": null, "error_step": null, "error_reason": null,
        });
        state.change_payment(payment, captured);
        let paid = state.payment(payment).clone();
        let order = by_id(&mut state.orders, &text(&paid["order_id"])).expect("its order");
        let first = order["status"] != "paid";
        order["status"] = "paid".into();
        order["amount_paid"] = order["amount"].clone();
        order["amount_due"] = 0.into();
        let order = order.clone();
        state.tell("payment.captured", &[&paid]);
        if first {
            state.tell("order.paid", &[&paid, &order]);
        }
    }

    /// The buyer's bank declines; the order may be tried again. Gives the payment.
    pub fn declines(&self, order: &str) -> String {
        let mut state = self.state();
        let payment = state.attempt(order);
        let failed = json!({
            "status": "failed", "error_code": "BAD_REQUEST_ERROR", "error_description": "The payment was declined.",
            "error_source": "customer", "error_step": "payment_authentication", "error_reason": "payment_declined",
        });
        state.change_payment(&payment, failed);
        state.tell_of_payment("payment.failed", &payment);
        payment
    }

    /// Somebody refunds in Razorpay's dashboard: no notes of ours. Gives the refund.
    pub fn refund_at_the_desk(&self, payment: &str, amount: i64) -> String {
        let mut state = self.state();
        let payment = state.payment(payment).clone();
        text(&state.refund(&payment, amount, &Value::Null)["id"])
    }

    /// Refunds made from now on are `pending`, until [`refund_ends`](Self::refund_ends).
    pub fn refunds_are_slow(&self) {
        self.state().refunds_are_slow = true;
    }

    /// A refund becomes `processed` or `failed`.
    pub fn refund_ends(&self, refund: &str, status: &str) {
        let mut state = self.state();
        by_id(&mut state.refunds, refund).unwrap_or_else(|| panic!("no refund {refund}"))["status"] =
            status.into();
        state.total_refunds(refund);
        state.tell_of_refund(&format!("refund.{status}"), refund);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic holds it")
    }
}
