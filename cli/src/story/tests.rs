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

#[test]
fn money_in_dispute_lost_money_and_owed_credits_stand_in_the_first_line() {
    let dispute = |state: &str, minor: i64, due: Option<&str>| json!({ "state": state, "amount_minor": minor, "currency": "INR", "due_by": due });
    let mut story = json!({
        "order": { "id": "ORD-1", "payment_status": "paid", "status": "confirmed" },
        "disputes": [dispute("lost", 109_700, None), dispute("won", 5, None)],
    });
    let first = |told: String| told.lines().next().unwrap_or_default().to_owned();
    assert_eq!(first(order(&story)), "Order ORD-1   paid, confirmed; INR 1,097.00 disputed and lost");
    story["disputes"] = json!([
        dispute("open", 100, Some("2026-08-09T00:00:00+00:00")),
        dispute("open", 200, Some("2026-08-08T00:00:00+00:00")),
    ]);
    let told = first(order(&story));
    assert!(told.ends_with("; INR 3.00 disputed, answer by 2026-08-08 00:00:00 UTC"), "{told}");

    let owed = json!({ "payment": { "id": "1", "status": "refunded" }, "shortfalls": [{ "credits": 70 }, { "credits": -20 }] });
    assert_eq!(first(payment(&owed)), "Payment 1   refunded; 50 credits owed");
}

#[test]
fn a_story_says_by_which_id_it_was_found_unless_it_shows_it() {
    let mut story = json!({ "order": { "id": "ORD-1" }, "found_by": { "matched": "the provider's payment id", "quoted": "pi_1" } });
    assert!(order(&story).contains("the provider's payment id, pi_1"));
    story["found_by"] = json!({ "matched": "our order id", "quoted": "ORD-1" });
    assert!(!order(&story).contains("found by"));
}

#[test]
fn what_waits_is_told_by_kind_and_says_when_there_is_more() {
    let refund = json!({ "amount_minor": 100, "currency": "INR", "created_at": "2026-08-01T09:30:12+00:00", "about": "ORD-1" });
    let told = waiting(&json!({ "refunds": [refund, refund, refund], "dead": [], "disputes": null }), 2);
    assert!(told.contains("the sweeper") && told.contains("INR 1.00") && told.contains("and more"), "{told}");
    assert!(!told.contains("Dead") && !told.contains("disputes"), "{told}");
    assert_eq!(told.matches("ORD-1").count(), 2, "{told}");
}

#[test]
fn a_refund_says_who_wanted_it_and_why_it_is_not_out_yet_and_no_more_once_it_is() {
    let mut refund = json!({
        "state": "requested", "reason": "operator", "amount_minor": 100, "currency": "INR", "actor": "Meena",
        "note": "came back", "attempts": 3, "last_error": "closed", "next_attempt_at": "2026-08-01T09:30:12+00:00",
    });
    let told =
        |refund: &serde_json::Value| order(&json!({ "order": { "id": "ORD-1" }, "refunds": [refund] }));
    for part in ["Meena", "came back", "tried 3 times", "closed; again 2026-08-01 09:30:12 UTC"] {
        assert!(told(&refund).contains(part), "{}", told(&refund));
    }
    refund["next_attempt_at"] = json!(null);
    assert!(told(&refund).contains("given up") && told(&refund).contains("payonce refund retry"));
    refund["state"] = json!("succeeded");
    assert!(!told(&refund).contains("closed") && told(&refund).contains("came back"));
}

#[test]
fn a_decision_says_by_whom_and_how_much_less_came_than_was_asked() {
    let decided = json!({ "decision": "accepted", "difference_minor": 500, "currency": "INR", "actor": "Meena", "second_person": "Ravi" });
    let story = json!({ "order": { "id": "ORD-1" }, "decisions": [decided] });
    let told = order(&story);
    assert!(told.contains("INR 5.00 less than asked") && told.contains("Meena and Ravi"), "{told}");
}
