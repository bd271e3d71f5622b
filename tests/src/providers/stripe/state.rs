//! What Stripe writes down, and what it tells of it.
use serde_json::{Value, json};

use super::{State, objects};
use crate::providers::form::Form;
use crate::providers::{by_id, seconds, text};

impl State {
    pub(super) fn now(&self) -> u64 {
        seconds(self.ahead)
    }

    pub(super) fn tell(&mut self, kind: &str, object: &Value) {
        self.outbox.tell(objects::event(kind, object, seconds(self.ahead)));
    }

    pub(super) fn session(&mut self, id: &str) -> &mut Value {
        by_id(&mut self.sessions, id).unwrap_or_else(|| panic!("no session {id}"))
    }

    /// The intent of a session that can still be paid, made when there is none. Gives its id.
    pub(super) fn confirm(&mut self, session: &str) -> String {
        let session = self.session(session).clone();
        let open = session["status"] == "open";
        let awaited = session["status"] == "complete" && session["payment_status"] == "unpaid";
        assert!(open || awaited, "nobody can pay a session that is {}", session["status"]);
        if let Some(intent) = session["payment_intent"].as_str() {
            return intent.to_owned();
        }
        let metadata = self.intent_metadata.get(&text(&session["id"])).cloned().unwrap_or_default();
        let intent = objects::intent(&session, &metadata, self.now());
        self.session(&text(&session["id"]))["payment_intent"] = intent["id"].clone();
        self.intents.push(intent.clone());
        text(&intent["id"])
    }

    pub(super) fn change_intent(&mut self, id: &str, event: &str, changes: Value) {
        let intent = by_id(&mut self.intents, id).unwrap_or_else(|| panic!("no intent {id}"));
        for (field, value) in changes.as_object().expect("an object") {
            intent[field] = value.clone();
        }
        let intent = intent.clone();
        self.tell(event, &intent);
    }

    pub(super) fn charge(&mut self, intent: &str) {
        let paid = by_id(&mut self.intents, intent).unwrap_or_else(|| panic!("no intent {intent}")).clone();
        let charge = objects::charge(&paid, self.now());
        let changes = json!({
            "status": "succeeded", "amount_received": paid["amount"], "latest_charge": charge["id"],
            "last_payment_error": null, "payment_method": charge["payment_method"],
        });
        self.charges.push(charge);
        self.change_intent(intent, "payment_intent.succeeded", changes);
    }

    pub(super) fn complete(&mut self, session: &str, payment_status: &str, event: &str) {
        let session = self.session(session);
        session["status"] = "complete".into();
        session["payment_status"] = payment_status.into();
        session["url"] = Value::Null;
        let email = session["customer_email"].as_str().unwrap_or("mira.thistle@example.com");
        session["customer_details"] = objects::customer_details(email);
        let session = session.clone();
        self.tell(&format!("checkout.session.{event}"), &session);
    }

    pub(super) fn end_session(&mut self, id: &str) -> Value {
        let session = self.session(id);
        session["status"] = "expired".into();
        session["url"] = Value::Null;
        let session = session.clone();
        self.tell("checkout.session.expired", &session);
        session
    }

    pub(super) fn refund(&mut self, charge: &Value, amount: i64, form: &Form) -> Value {
        let status = if self.refunds_are_slow { "pending" } else { "succeeded" };
        let refund = objects::refund(charge, amount, form, status, self.now());
        self.refunds.push(refund.clone());
        self.tell("refund.created", &refund);
        self.total_refunds(&refund);
        refund
    }

    /// The charge's running total, which `charge.refunded` tells whenever it grows.
    pub(super) fn total_refunds(&mut self, refund: &Value) {
        let id = text(&refund["charge"]);
        let charge = by_id(&mut self.charges, &id).expect("its charge").clone();
        let refunded = self.refunded(&charge);
        let changed = by_id(&mut self.charges, &id).expect("its charge");
        let grows = changed["amount_refunded"].as_i64().is_some_and(|before| before < refunded);
        changed["amount_refunded"] = refunded.into();
        changed["refunded"] = (changed["amount"] == refunded).into();
        if grows {
            let charge = changed.clone();
            self.tell("charge.refunded", &charge);
        }
    }
}
