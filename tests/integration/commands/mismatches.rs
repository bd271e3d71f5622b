//! Money that is not what was asked: a person decides, two accept.
use payonce::inbox::Provider::{Razorpay, Stripe};
use payonce_tests::{Checkout, House, in_a_house};

use super::{Desk, has};

const WHY: [&str; 4] = ["--reason", "a bank's fee", "--actor", "Meena"];

/// Paid with five rupees less than asked.
async fn short(house: &House, mut checkout: Checkout) -> Checkout {
    checkout.told.money.minor -= 500;
    assert_eq!(house.outcome(checkout.provider, &checkout.paid()).await, "parked payment_amount_mismatch");
    checkout
}

#[test]
fn two_persons_accept_less_and_the_order_takes_effect() {
    in_a_house(async |house: &House| {
        let desk = Desk::at(house);
        house.stock("oolong", 10_000, 5).await;
        let order = short(house, house.order(Stripe, &[("oolong", 2)]).await).await;
        for listed in [&["mismatch", "list"][..], &["waiting"]] {
            has(
                &desk.says(listed),
                &["came INR 195.00", "asked INR 200.00", "payonce mismatch accept", &order.order],
            );
        }
        let accept = |second| [&["mismatch", "accept", &order.order, "--second", second][..], &WHY].concat();
        has(&desk.refuses(&accept("meena")), &["another person"]);
        has(&desk.says(&accept("Ravi")), &["accepted  INR 195.00", "settled"]);
        assert_eq!(
            (house.order_state(&order).await, house.stock_of("oolong").await),
            ("confirmed/paid".into(), 3)
        );
        has(&desk.says(&["mismatch", "list"]), &["no money waits"]);
        has(&desk.says(&["waiting"]), &["nothing waits"]);
        has(&desk.refuses(&accept("Ravi")), &["payonce mismatch list"]);
        let told = desk.says(&["order", "show", &order.order]);
        has(
            &told,
            &[
                "Decisions",
                "INR 5.00 less than asked",
                "Meena and Ravi",
                "a bank's fee",
                "settled, INR 5.00 let off",
            ],
        );
    });
}

#[test]
fn it_goes_back_and_is_sent_as_any_refund() {
    in_a_house(async |house: &House| {
        let desk = Desk::at(house);
        let topup = short(house, house.topup(Razorpay, 100, 10_000).await).await;
        let id = topup.told.provider_payment.clone();
        has(&desk.refuses(&[&["refund", "create", &id][..], &WHY].concat()), &["payonce mismatch refund"]);
        has(&desk.says(&[&["mismatch", "refund", &id][..], &WHY].concat()), &["requested  INR 95.00"]);
        has(&desk.refuses(&[&["mismatch", "refund", &id][..], &WHY].concat()), &["waits for a decision"]);
        has(&desk.says(&["refund", "send"]), &["1 sent"]);
        let told = desk.says(&["topup", "show", &id]);
        has(&told, &["Decisions", "refunded", "INR 5.00 less than asked", "rfnd_sandbox"]);
        assert_eq!((house.payment_state(&topup).await, house.wallet(&topup).await), ("refunded".into(), 0));
    });
}

#[test]
fn when_the_refund_of_a_mismatch_fails_an_operator_asks_again() {
    in_a_house(async |house: &House| {
        let desk = Desk::at(house);
        let topup = short(house, house.topup(Razorpay, 100, 10_000).await).await;
        let id = topup.told.provider_payment.clone();
        desk.says(&[&["mismatch", "refund", &id][..], &WHY].concat());
        house
            .run("update payonce.refunds set state = 'failed', provider_refund_id = 'rfnd_failed', next_attempt_at = null")
            .await;
        has(&desk.says(&["waiting"]), &["whose refunds failed", "INR 95.00", &id]);
        has(&desk.says(&[&["refund", "create", &id][..], &WHY].concat()), &["requested  INR 95.00"]);
        has(&desk.says(&["refund", "send"]), &["1 sent"]);
        has(&desk.says(&["waiting"]), &["nothing waits"]);
    });
}
