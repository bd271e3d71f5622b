//! What a checkout holds: the last piece is one buyer's, what is held comes back once, and late money takes nobody's goods.
use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use payonce::inbox::Provider::Stripe;
use payonce_tests::{Basket, Checkout, House, in_a_house};
use tokio_postgres::Client;

/// Long after the page was closed.
const LATER: Duration = Duration::from_secs(3 * 60 * 60);

/// How many connections, each as checkout has one.
async fn counters(house: &House, many: usize) -> Vec<Client> {
    join_all((0..many).map(|_| house.as_checkout())).await
}

/// Every basket at once, each over a connection of its own: those who got it, and how often which refusal came.
async fn at_once(house: &House, baskets: &[Basket<'_>]) -> (Vec<Checkout>, BTreeMap<String, usize>) {
    let counters = counters(house, baskets.len()).await;
    let all = baskets.iter().zip(&counters).map(|(basket, client)| house.hold(client, basket));
    let (mut got, mut refused) = (Vec::new(), BTreeMap::new());
    for answer in join_all(all).await {
        match answer {
            Ok(checkout) => got.push(checkout),
            Err(code) => *refused.entry(code).or_default() += 1,
        }
    }
    (got, refused)
}

fn counted(code: &str, times: usize) -> BTreeMap<String, usize> {
    BTreeMap::from([(code.to_owned(), times)])
}

async fn hold_of(house: &House, checkout: &Checkout) -> String {
    house.text(&format!("select hold from payonce.orders where id = '{}'", checkout.order)).await
}

#[test]
fn of_64_buyers_of_the_last_piece_one_gets_it_and_63_are_told_before_they_pay() {
    in_a_house(async |house: &House| {
        house.stock("last-one", 500, 1).await;
        house.stock("atlas", 900, 100).await;
        let (alone, with_more) = ([("last-one", 1)], [("atlas", 1), ("last-one", 1)]);
        let other_way = [("last-one", 1), ("atlas", 2)];
        let lines = [&alone[..], &with_more, &other_way];
        let baskets: Vec<_> = (0..64).map(|n| Basket::of(lines[n % 3])).collect();
        let (got, refused) = at_once(house, &baskets).await;
        assert_eq!((got.len(), refused), (1, counted("out_of_stock", 63)));
        assert_eq!(house.count("payonce.orders").await, 1, "the others left nothing");
        assert_eq!(house.count("payonce.idempotency_keys").await, 1);
        assert_eq!(house.shelf("last-one").await, (1, 1));
        assert_eq!(house.outcome(Stripe, &got[0].paid()).await, "processed order_paid");
        assert_eq!(house.shelf("last-one").await, (0, 0));
        assert_eq!(hold_of(house, &got[0]).await, "used");
    });
}

#[test]
fn a_promotion_of_five_uses_is_had_by_five_of_64_and_by_one_buyer_no_more_than_allowed() {
    in_a_house(async |house: &House| {
        house.stock("atlas", 900, 1_000).await;
        house
            .run(
                "insert into payonce.promotions (code, kind, value, usage_limit, per_customer_limit)
                 values ('FIVE', 'flat', 100, 5, null), ('TWOEACH', 'percent', 10, null, 2)",
            )
            .await;
        let buyers: Vec<String> = (0..64).map(|n| format!("buyer-{n}@example.com")).collect();
        let of = |buyer, promo| Basket { buyer, promo: Some(promo), ..Basket::of(&[("atlas", 1)]) };
        let (got, refused) =
            at_once(house, &buyers.iter().map(|buyer| of(buyer, "FIVE")).collect::<Vec<_>>()).await;
        assert_eq!((got.len(), refused), (5, counted("promo_used_up", 59)));
        for checkout in &got {
            assert_eq!(house.outcome(Stripe, &checkout.paid()).await, "processed order_paid");
        }
        let (mine, refused) = at_once(house, &[of("asha.rao@example.com", "TWOEACH"); 64]).await;
        assert_eq!((mine.len(), refused), (2, counted("promo_used_up", 62)));
        assert_eq!(
            house.text("select string_agg(usage_count || '+' || held_count, ' ' order by code) from payonce.promotions").await,
            "5+0 0+2"
        );
        // What is given back is to be had again.
        let (cron, client) = (house.as_cron().await, house.as_checkout().await);
        assert!(house.expire(&cron, &mine[0].order, LATER).await);
        assert!(house.hold(&client, &of("asha.rao@example.com", "TWOEACH")).await.is_ok());
        assert_eq!(house.count("payonce.promo_redemptions where over_limit").await, 0);
    });
}

#[test]
fn a_key_used_16_times_at_once_holds_once_and_is_answered_the_same() {
    in_a_house(async |house: &House| {
        house.stock("atlas", 900, 100).await;
        let basket = Basket { key: Some("one-key-of-a-caller"), ..Basket::of(&[("atlas", 2)]) };
        let (got, refused) = at_once(house, &[basket; 16]).await;
        assert!(refused.keys().all(|code| code == "idempotency_in_flight"), "{refused:?}");
        assert!(!got.is_empty() && got.iter().all(|one| one.payment == got[0].payment));
        let again = house.hold(&house.as_checkout().await, &basket).await.unwrap();
        assert_eq!((again.payment, again.order), (got[0].payment, got[0].order.clone()));
        assert_eq!(house.shelf("atlas").await, (100, 2));
    });
}
