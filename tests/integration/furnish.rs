//! What checkouts, refunds that operators ask for and mismatches leave in the books: one row of each kind at least.
use std::time::Duration;

use payonce::db::release;
use payonce::inbox::Provider::{Razorpay, Stripe};
use payonce::mismatch::{self, Decision};
use payonce::order::Line;
use payonce::refund::{self, Returned, Wanted};
use payonce_tests::{Basket, Checkout, House};

const GLOBES: Basket<'static> = Basket {
    buyer: "ravi@example.com",
    lines: &[("globe", 2)],
    promo: Some("GLOBE"),
    provider: Stripe,
    key: None,
};

/// Opens checkouts: one that holds, tried again at the other provider, one that was paid, one that expired, one for credits.
/// What was paid is asked back by an operator in part, with a piece that is back on the shelf.
pub(crate) async fn open_checkouts(house: &House) {
    house.stock("globe", 700, 20).await;
    house
        .run(
            "insert into payonce.terms_of_sale (currency, shipping_minor, tax_basis_points) values ('INR', 50, 500);
             insert into payonce.promotions (code, kind, value, usage_limit) values ('GLOBE', 'percent', 10, 20);
             insert into payonce.rate_limits (bucket, window_start, calls) values ('checkout:192.0.2.7', now(), 1)",
        )
        .await;
    let (mut client, cron) = (house.as_checkout().await, house.as_cron().await);
    let keyed = Basket { key: Some("the key of a caller"), ..GLOBES };
    let held = house.hold(&client, &keyed).await.expect("held");
    assert_eq!(house.hold(&client, &keyed).await.expect("the same").payment, held.payment);
    house.hold_again(&client, &held.order, Razorpay, None).await.expect("opened again");
    let show = release::sql("select (payonce_release.find_checkout($1, null, null, null)).payment");
    let rows = client.query_typed(&show, &[(&held.payment, tokio_postgres::types::Type::UUID)]).await;
    assert_eq!(rows.expect("an answer")[0].get::<_, uuid::Uuid>(0), held.payment);

    let expired = house.hold(&client, &GLOBES).await.expect("held");
    assert!(house.expire(&cron, &expired.order, Duration::from_secs(3 * 60 * 60)).await);
    house.sell_credits("v2:tenant:furnished").await;
    house.hold_topup(&client, "v2:tenant:furnished", 50, Razorpay).await.expect("opened");

    let sold = house.hold(&client, &GLOBES).await.expect("held");
    assert_eq!(house.outcome(Stripe, &sold.paid()).await, "processed order_paid");
    let back = [Line { product: "globe".into(), variant: String::new(), qty: 1 }];
    let wanted = Wanted {
        provider: Stripe,
        provider_payment: &sold.told.provider_payment,
        minor: Some(700),
        note: "one of them was broken",
        actor: "meera",
        returned: Returned::Lines(&sold.order, &back),
    };
    let (_, minor, pieces) = refund::request(&mut client, &wanted, house.now()).await.expect("requested");
    assert_eq!((minor, pieces), (700, 1));
}

/// Captures that are not what was asked: one that was accepted, one that goes back, one that waits for a person.
pub(crate) async fn decide_mismatches(house: &House) {
    let client = house.as_checkout().await;
    let mut short = Vec::new();
    for _ in 0..3 {
        short.push(one_paisa_short(house, &house.hold(&client, &GLOBES).await.expect("held")).await);
    }
    let decision = |of| Decision {
        provider: Stripe,
        provider_payment: of,
        actor: "meera",
        reason: "a paisa is a paisa",
        now: house.now(),
    };
    assert_eq!(mismatch::accept(&client, &decision(&short[0]), "ravi").await.expect("accepted"), "settled");
    mismatch::refund(&client, &decision(&short[1])).await.expect("requested");
    assert_eq!(mismatch::list(&client, 10).await.expect("a list").len(), 1);
}

/// Its money came, but for one paisa; the provider's id of it.
pub(crate) async fn one_paisa_short(house: &House, checkout: &Checkout) -> String {
    let kind = match checkout.provider {
        Stripe => "payment_intent.succeeded",
        Razorpay => "payment.captured",
    };
    let short = checkout.tells_with(kind, |told| told.money.minor -= 1);
    assert_eq!(house.outcome(checkout.provider, &short).await, "parked payment_amount_mismatch");
    checkout.told.provider_payment.clone()
}
