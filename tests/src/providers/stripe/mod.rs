//! Stripe: Checkout Sessions, refunds, events, prices, webhook endpoints.
mod api;
mod door;
mod endpoints;
mod objects;
mod state;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};

use super::faults::Fault;
use super::form::Form;
use super::http::Line;
use super::keys::Keys;
use super::{Outbox, by_id, text};

/// Stripe on this machine.
pub struct FakeStripe {
    state: Arc<Mutex<State>>,
    line: Line,
}

/// Everything Stripe knows. Newest objects last.
#[derive(Default)]
struct State {
    sessions: Vec<Value>,
    /// By the session's id: what its intent will carry. The session itself does not show it.
    intent_metadata: HashMap<String, Value>,
    intents: Vec<Value>,
    charges: Vec<Value>,
    refunds: Vec<Value>,
    prices: Vec<Value>,
    endpoints: Vec<Value>,
    /// By the endpoint's id: shown once, at its making.
    endpoint_secrets: HashMap<String, String>,
    outbox: Outbox,
    keys: Keys,
    ahead: Duration,
    refunds_are_slow: bool,
}

impl FakeStripe {
    /// The one secret key it knows, of test mode.
    pub const KEY: &str = "sk_test_of_the_fake_stripe";

    /// Starts one, with nothing in it.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let line = Line::open(state.clone()).await;
        Self { state, line }
    }

    /// For `STRIPE_API_BASE`: `http://127.0.0.1:40123`.
    pub fn base(&self) -> String {
        self.line.base()
    }

    /// Method and path of every call so far, those of planned faults too.
    pub fn calls(&self) -> Vec<(String, String)> {
        self.line.calls()
    }

    /// Plans what becomes of the next so many calls whose path (`/v1/refunds`), or method and path (`POST /v1/refunds`),
    /// begins so.
    pub fn plan(&self, times: usize, prefix: &str, fault: Fault) {
        self.line.faults().plan(times, prefix, fault);
    }

    /// Forgets the faults that are still planned.
    pub fn heal(&self) {
        self.line.faults().forget();
    }

    /// How many sessions were made.
    pub fn sessions(&self) -> usize {
        self.state().sessions.len()
    }

    /// How many refunds were made.
    pub fn refunds(&self) -> usize {
        self.state().refunds.len()
    }

    /// An object by its id, as Stripe would show it now: a session, an intent, a charge, a refund.
    pub fn shows(&self, id: &str) -> Option<Value> {
        let mut state = self.state();
        let State { sessions, intents, charges, refunds, .. } = &mut *state;
        [sessions, intents, charges, refunds].into_iter().find_map(|objects| by_id(objects, id).cloned())
    }

    /// The webhooks since the last call, in the order in which things happened: the types an endpoint of payonce is
    /// subscribed to. Stripe counts them as delivered from now on.
    pub fn events(&self) -> Vec<String> {
        self.state().outbox.take()
    }

    /// The webhooks since the last call do not arrive: `delivery_success=false` lists them.
    pub fn loses_events(&self) {
        self.state().outbox.lose();
    }

    /// Puts its clock ahead of the real one. Sessions whose time is up expire, and their events say so.
    pub fn moves_ahead(&self, ahead: Duration) {
        let mut state = self.state();
        state.ahead = ahead;
        let now = state.now();
        let due = |session: &&Value| {
            session["status"] == "open" && session["expires_at"].as_u64().is_some_and(|at| at <= now)
        };
        let due: Vec<Value> =
            state.sessions.iter().filter(due).map(|session| session["id"].clone()).collect();
        for id in due {
            state.end_session(id.as_str().expect("an id"));
        }
    }

    /// Idempotency keys are kept for a day: now it is over.
    pub fn forgets_keys(&self) {
        self.state().keys.forget();
    }

    /// Puts a price on sale.
    pub fn sells(&self, id: &str, unit_amount: i64, currency: &str) {
        let mut state = self.state();
        let price = objects::price(id, unit_amount, currency, state.now());
        state.prices.push(price);
    }

    /// The buyer pays by card, or the transfer of [`authorizes`](Self::authorizes) arrives. Gives the payment intent.
    pub fn buyer_pays(&self, session: &str) -> String {
        let mut state = self.state();
        let delayed = state.session(session)["status"] == "complete";
        let intent = state.confirm(session);
        state.charge(&intent);
        let event = if delayed { "async_payment_succeeded" } else { "completed" };
        state.complete(session, "paid", event);
        intent
    }

    /// The buyer pays another amount, or in another currency: converted on the page, changed by a coupon of the desk.
    pub fn buyer_pays_instead(&self, session: &str, amount: i64, currency: &str) -> String {
        {
            let mut state = self.state();
            let session = state.session(session);
            session["amount_total"] = amount.into();
            session["currency"] = currency.to_ascii_lowercase().into();
        }
        self.buyer_pays(session)
    }

    /// The buyer chose a method that pays days later: the session is complete and unpaid. Gives the payment intent.
    pub fn authorizes(&self, session: &str) -> String {
        let mut state = self.state();
        let intent = state.confirm(session);
        state.change_intent(&intent, "payment_intent.processing", json!({ "status": "processing" }));
        state.complete(session, "unpaid", "completed");
        intent
    }

    /// The buyer's card is declined (the session stays open for another try), or the transfer of
    /// [`authorizes`](Self::authorizes) never comes. Gives the payment intent.
    pub fn declines(&self, session: &str) -> String {
        let mut state = self.state();
        let delayed = state.session(session)["status"] == "complete";
        let intent = state.confirm(session);
        let error = json!({ "code": "card_declined", "decline_code": "do_not_honor", "type": "card_error" });
        let failed = json!({ "status": "requires_payment_method", "last_payment_error": error });
        state.change_intent(&intent, "payment_intent.payment_failed", failed);
        if delayed {
            state.complete(session, "unpaid", "async_payment_failed");
        }
        intent
    }

    /// Somebody refunds in Stripe's dashboard: no metadata of ours. Gives the refund.
    pub fn refund_at_the_desk(&self, intent: &str, amount: i64) -> String {
        let mut state = self.state();
        let charge = state.charges.iter().find(|charge| charge["payment_intent"] == intent).cloned();
        let charge = charge.unwrap_or_else(|| panic!("{intent} was never paid"));
        text(&state.refund(&charge, amount, &Form::read(b""))["id"])
    }

    /// Refunds made from now on are `pending`, until [`refund_ends`](Self::refund_ends).
    pub fn refunds_are_slow(&self) {
        self.state().refunds_are_slow = true;
    }

    /// A refund becomes `succeeded`, `failed` or `canceled`; also one that had succeeded, as a bank may send it back.
    pub fn refund_ends(&self, refund: &str, status: &str) {
        let mut state = self.state();
        let entry = by_id(&mut state.refunds, refund).unwrap_or_else(|| panic!("no refund {refund}"));
        entry["status"] = status.into();
        if status == "failed" {
            entry["failure_reason"] = "expired_or_canceled_card".into();
        }
        let entry = entry.clone();
        state.total_refunds(&entry);
        state.tell(if status == "failed" { "refund.failed" } else { "refund.updated" }, &entry);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic holds it")
    }
}
