//! What Razorpay writes down, and what it tells of it.
use serde_json::Value;

use super::{State, objects};
use crate::providers::{by_id, seconds, text};

impl State {
    pub(super) fn now(&self) -> u64 {
        seconds(self.ahead)
    }

    pub(super) fn tell(&mut self, kind: &str, entities: &[&Value]) {
        self.outbox.tell(objects::event(kind, entities, seconds(self.ahead)));
    }

    pub(super) fn tell_of_payment(&mut self, kind: &str, payment: &str) {
        let payment = self.payment(payment).clone();
        self.tell(kind, &[&payment]);
    }

    pub(super) fn tell_of_refund(&mut self, kind: &str, refund: &str) {
        let refund = by_id(&mut self.refunds, refund).expect("a refund").clone();
        let payment = self.payment(&text(&refund["payment_id"])).clone();
        self.tell(kind, &[&refund, &payment]);
    }

    pub(super) fn payment(&mut self, id: &str) -> &mut Value {
        by_id(&mut self.payments, id).unwrap_or_else(|| panic!("no payment {id}"))
    }

    pub(super) fn change_payment(&mut self, id: &str, changes: Value) {
        let payment = self.payment(id);
        for (field, value) in changes.as_object().expect("an object") {
            payment[field] = value.clone();
        }
    }

    /// One more payment of an order: they may be many, also of one that is paid. Gives its id.
    pub(super) fn attempt(&mut self, order: &str) -> String {
        let now = self.now();
        let order = by_id(&mut self.orders, order).unwrap_or_else(|| panic!("no order {order}"));
        order["attempts"] = (order["attempts"].as_i64().unwrap_or_default() + 1).into();
        if order["status"] == "created" {
            order["status"] = "attempted".into();
        }
        let payment = objects::payment(order, now);
        self.payments.push(payment.clone());
        text(&payment["id"])
    }

    pub(super) fn refund(&mut self, payment: &Value, amount: i64, asked: &Value) -> Value {
        let status = if self.refunds_are_slow { "pending" } else { "processed" };
        let refund = objects::refund(payment, amount, asked, status, self.now());
        let id = text(&refund["id"]);
        self.refunds.push(refund.clone());
        self.total_refunds(&id);
        self.tell_of_refund("refund.created", &id);
        if status == "processed" {
            self.tell_of_refund("refund.processed", &id);
        }
        refund
    }

    /// The payment's running total. Its state is `refunded` only when all of it went back.
    pub(super) fn total_refunds(&mut self, refund: &str) {
        let payment = text(&by_id(&mut self.refunds, refund).expect("a refund")["payment_id"]);
        let payment = self.payment(&payment).clone();
        let refunded = self.refunded(&payment);
        let all = payment["amount"] == refunded;
        let payment = self.payment(&text(&payment["id"]));
        payment["amount_refunded"] = refunded.into();
        payment["status"] = if all { "refunded" } else { "captured" }.into();
        payment["refund_status"] = match refunded {
            0 => Value::Null,
            _ if all => "full".into(),
            _ => "partial".into(),
        };
    }
}
