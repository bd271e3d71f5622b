use serde_json::json;

use super::*;

#[test]
fn a_story_tells_what_happened_and_is_silent_on_what_did_not() {
    let told = payment(&json!({
        "payment": {
            "id": "0198f3a0-5b7e-7c44-9d2a-6f0c1e8b4a11", "status": "paid", "created_at": "2026-08-01T09:30:12.5+00:00",
            "provider": "stripe", "provider_order_id": "cs_test_1", "amount_minor": 49900, "currency": "INR",
            "credits": 500, "livemode": false, "order_id": null,
        },
        "account": { "external_key": "v2:tenant:malgudi", "display_name": "Malgudi", "wallet": 500 },
        "captures": null, "refunds": null, "disputes": null, "events": null, "credits": [{
            "created_at": "2026-08-01T09:31:00+00:00", "entry_type": "topup", "wallet_delta": 500, "wallet_after": 500, "seq": 1,
        }], "shortfalls": null, "audit": null, "mails": null,
    }));
    assert!(told.contains("asked INR 499.00"), "{told}");
    assert!(told.contains("2026-08-01 09:30:12 UTC"), "{told}");
    assert!(told.contains("topup  +500  balance 500"), "{told}");
    assert!(!told.contains("Refunds") && !told.contains("null"), "{told}");
}
