//! A receipt as a JSON document: each amount in minor units of `currency` and as a buyer reads it.
use serde_json::{Value, json};

use super::{Bought, Receipt, Standing};
use crate::money::Money;

/// The document. Its shape is in `functions/receipt/openapi.json`.
pub fn json(receipt: &Receipt) -> Value {
    let seller = &receipt.seller;
    json!({
        "number": receipt.number,
        "livemode": receipt.livemode,
        "status": match receipt.standing() {
            Standing::Paid => "paid",
            Standing::PartiallyRefunded => "partially_refunded",
            Standing::Refunded => "refunded",
        },
        "issued_on": receipt.issued_on,
        "paid_on": receipt.paid_on,
        "seller": {
            "name": seller.name, "address": seller.address, "tax_id": seller.tax_id, "email": seller.email,
        },
        "buyer": { "name": receipt.buyer },
        "currency": receipt.total.currency.code(),
        "exponent": receipt.total.currency.exponent(),
        "bought": bought(&receipt.bought),
        "subtotal": amount(receipt.subtotal),
        "discount": amount(receipt.discount),
        "promo_code": receipt.promo_code,
        "shipping": amount(receipt.shipping),
        "tax": amount(receipt.tax),
        "tax_included": amount(receipt.tax_included),
        "total": amount(receipt.total),
        "paid": amount(receipt.paid),
        "paid_by": { "provider": receipt.provider.name(), "payment": receipt.provider_payment },
        "refunds": receipt.refunds.iter()
            .map(|refund| json!({ "on": refund.on, "amount": amount(refund.amount) })).collect::<Vec<_>>(),
        "refunded": amount(receipt.refunded),
        "net": amount(receipt.net()),
    })
}

fn bought(bought: &Bought) -> Value {
    match bought {
        Bought::Order { id, lines } => json!({
            "type": "order",
            "order": id,
            "lines": lines.iter().map(|line| json!({
                "title": line.title, "variant": line.variant, "qty": line.qty,
                "unit_price": amount(line.unit_price), "total": amount(line.total),
            })).collect::<Vec<_>>(),
        }),
        Bought::TopUp { payment, account, credits } => json!({
            "type": "topup", "payment": payment, "account": account, "credits": credits,
        }),
    }
}

fn amount(money: Money) -> Value {
    json!({ "minor": money.minor, "text": money.for_buyer() })
}
