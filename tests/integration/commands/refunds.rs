//! Refunds that an operator asks for, and those that wait for one.
use payonce::inbox::Provider::{Razorpay, Stripe};
use payonce_tests::{House, in_a_house};

use super::{Desk, has};

const WHY: [&str; 4] = ["--reason", "one pack came back", "--actor", "Meena"];

fn create<'a>(id: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["refund", "create", id][..], more, &WHY].concat()
}

#[test]
fn a_part_is_asked_back_sent_and_told_and_its_goods_are_on_the_shelf_again() {
    in_a_house(async |house: &House| {
        let desk = Desk::at(house);
        house.stock("oolong", 34_900, 5).await;
        let order = house.order(Stripe, &[("oolong", 3)]).await;
        assert_eq!(house.outcome(Stripe, &order.paid()).await, "processed order_paid");
        let asked = desk.says(&create(&order.order, &["--amount", "34900", "--return", "oolong"]));
        has(
            &asked,
            &["requested  INR 349.00 of INR 1,047.00", "returned   1 to the shelf", "payonce refund send"],
        );
        assert_eq!(house.stock_of("oolong").await, 3);
        has(&desk.refuses(&create(&order.order, &[])), &["refund_impossible", "requested and not sent yet"]);
        has(
            &desk.says(&["refund", "list"]),
            &["INR 349.00", "requested", "operator", &order.order, "Meena", "one pack"],
        );
        has(&desk.says(&["waiting"]), &["not yet sent", "one pack came back"]);

        has(&desk.says(&["refund", "send"]), &["1 sent, 0 put off, 0 given up"]);
        has(&desk.says(&["refund", "send"]), &["0 sent"]);
        has(&desk.says(&["refund", "list"]), &["no refund is requested"]);
        let told = desk.says(&["order", "show", &order.order]);
        has(
            &told,
            &["partially_refunded", "re_sandbox_", "Meena", "one pack came back", "return  +1  oolong"],
        );

        let too_much = desk.refuses(&create(&order.order, &["--amount", "69801"]));
        has(&too_much, &["only INR 698.00 is left to refund, not INR 698.01"]);
        has(
            &desk.refuses(&create(&order.order, &["--return", "oolongx3"])),
            &["no more can go back on the shelf than was sold"],
        );
        has(
            &desk.says(&create(&order.order, &["--return-stock"])),
            &["requested  INR 698.00", "returned   2 to the shelf"],
        );
        desk.says(&["refund", "send"]);
        assert_eq!(
            (house.order_state(&order).await, house.stock_of("oolong").await),
            ("confirmed/refunded".into(), 5)
        );
        has(&desk.refuses(&create(&order.order, &[])), &["nothing is left to refund"]);
    });
}

#[test]
fn a_refund_that_was_given_up_waits_for_a_person_who_has_it_tried_again() {
    in_a_house(async |house: &House| {
        let desk = Desk::at(house);
        let topup = house.topup(Razorpay, 100, 10_000).await;
        house.outcome(Razorpay, &topup.paid()).await;
        let payment = topup.payment.to_string();
        desk.says(&create(&payment, &[]));
        house
            .run("update payonce.refunds set attempts = 8, next_attempt_at = null, last_error = 'the provider is closed'")
            .await;
        has(&desk.says(&["refund", "send"]), &["0 sent"]);
        has(
            &desk.says(&["waiting"]),
            &["Refunds that were given up", "tried 8 times", "the provider is closed"],
        );
        has(&desk.says(&["payment", "show", &payment]), &["given up", "tried 8 times", "Meena"]);
        let listed = desk.says(&["refund", "list", "--json"]);
        has(&listed, &["\"state\": \"given up\""]);
        let id = house.text("select id::text from payonce.refunds").await;
        desk.says(&["refund", "retry", &id]);
        has(&desk.says(&["refund", "send"]), &["1 sent"]);
        assert_eq!((house.payment_state(&topup).await, house.wallet(&topup).await), ("refunded".into(), 0));
        has(&desk.refuses(&["refund", "retry", &id]), &["payonce refund list"]);
    });
}

#[test]
fn of_several_payments_the_one_that_settled_is_meant_and_nothing_is_guessed() {
    in_a_house(async |house: &House| {
        let desk = Desk::at(house);
        house.stock("oolong", 10_000, 5).await;
        let order = house.order(Stripe, &[("oolong", 1)]).await;
        has(&desk.refuses(&create(&order.order, &[])), &["no money has come"]);
        let again = house.pay_again(&order, Razorpay).await;
        for checkout in [&order, &again] {
            house.outcome(checkout.provider, &checkout.paid()).await;
        }
        has(
            &desk.refuses(&["payment", "show", &order.order]),
            &["2 payments, name one", "at stripe", "at razorpay"],
        );
        has(&desk.says(&["refund", "send"]), &["1 sent"]);
        desk.says(&create(&order.order, &[]));
        let settled =
            house.text("select provider_payment_id from payonce.refunds where state = 'requested'").await;
        assert_eq!(settled, order.told.provider_payment);
        let back = desk.refuses(&create(&again.told.provider_payment, &[]));
        has(&back, &["nothing is left"]);
    });
}

#[test]
fn nothing_is_sent_and_no_attempt_is_counted_where_payments_are_disabled() {
    in_a_house(async |house: &House| {
        house.stock("oolong", 10_000, 5).await;
        let order = house.order(Stripe, &[("oolong", 1)]).await;
        house.outcome(Stripe, &order.paid()).await;
        let desk = Desk::with(house, &[], None);
        desk.says(&create(&order.order, &[]));
        has(&desk.refuses(&["refund", "send"]), &["PAYMENTS_MODE is disabled"]);
        assert_eq!(house.count("payonce.refunds where attempts = 0 and state = 'requested'").await, 1);
        for said in
            [&["--reason", "x", "--actor", "Meena"][..], &["--reason", "one came back"], &["--amount", "0"]]
        {
            desk.refuses(&[&["refund", "create", &order.order][..], said].concat());
        }
    });
}
