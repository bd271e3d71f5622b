//! What a checkout holds: the last piece is one buyer's, what is held comes back once, and late money takes nobody's goods.
use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::{join, join_all};
use payonce::inbox::Provider::{Razorpay, Stripe};
use payonce_tests::{Basket, Checkout, House, OPEN_FOR, in_a_house};
use tokio::time::sleep;
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
                "insert into payonce.promotions (code, kind, value, currency, usage_limit, per_customer_limit)
                 values ('FIVE', 'flat', 100, 'INR', 5, null), ('TWOEACH', 'percent', 10, null, null, 2)",
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

#[test]
fn an_order_that_expires_while_its_money_comes_in_ends_sold_and_holds_nothing() {
    in_a_house(async |house: &House| {
        house.stock("atlas", 900, 100).await;
        house.run("insert into payonce.promotions (code, kind, value, currency, usage_limit) values ('TEA', 'flat', 100, 'INR', 50)").await;
        let (client, cron) = (house.as_checkout().await, house.as_cron().await);
        let mut ends = BTreeMap::<&str, usize>::new();
        for round in 0..50 {
            let basket = Basket { promo: Some("TEA"), ..Basket::of(&[("atlas", 2)]) };
            let order = house.hold(&client, &basket).await.unwrap();
            let paid = order.paid();
            // From one long before the other, over both at once, to one long after the other.
            let (money_after, end_after) = (millis(round / 5), millis(9 - round / 5));
            let money = async {
                sleep(money_after).await;
                house.outcome(Stripe, &paid).await
            };
            let end = async {
                sleep(end_after).await;
                house.expire(&cron, &order.order, LATER).await
            };
            let (outcome, ended) = join(money, end).await;
            assert_eq!(outcome, "processed order_paid");
            assert_eq!(house.order_state(&order).await, "confirmed/paid");
            let end = if ended { "released" } else { "used" };
            assert_eq!(hold_of(house, &order).await, end);
            *ends.entry(end).or_default() += 1;
            assert_eq!(house.shelf("atlas").await, (98 - 2 * round, 0));
        }
        assert_eq!(ends.len(), 2, "both were seen to be first: {ends:?}");
        assert_eq!(
            house.text("select usage_count || '+' || held_count from payonce.promotions").await,
            "50+0"
        );
        assert_eq!(house.count("payonce.promo_redemptions where over_limit").await, 0);
    });
}

#[test]
fn what_is_held_comes_back_once_however_often_and_by_whomever_its_order_is_ended() {
    in_a_house(async |house: &House| {
        house.stock("atlas", 900, 100).await;
        let client = house.as_checkout().await;
        let basket = Basket::of(&[("atlas", 3)]);
        // Of what another holds nothing may come back.
        house.hold(&client, &basket).await.unwrap();
        let crons = join_all((0..4).map(|_| house.as_cron())).await;
        for _ in 0..10 {
            let order = house.hold(&client, &basket).await.unwrap();
            assert!(!house.expire(&client, &order.order, Duration::ZERO).await, "it is not over yet");
            assert_eq!(house.shelf("atlas").await, (100, 6));
            let closed = order.tells("checkout.session.expired");
            let told = join_all((0..4).map(|_| house.outcome(Stripe, &closed)));
            let ended = join_all(crons.iter().map(|cron| house.expire(cron, &order.order, LATER)));
            let (told, ended) = join(told, ended).await;
            assert!(ended.iter().filter(|ended| **ended).count() <= 1, "{told:?} {ended:?}");
            assert_eq!(house.order_state(&order).await, "expired/pending");
            assert_eq!(house.shelf("atlas").await, (100, 3));
        }
    });
}

#[test]
fn late_money_takes_what_nobody_holds_and_goes_back_when_the_last_piece_is_another_s() {
    in_a_house(async |house: &House| {
        let (client, cron) = (house.as_checkout().await, house.as_cron().await);
        let late = async |product: &str| {
            house.stock(product, 500, 1).await;
            let order = house.hold(&client, &Basket::of(&[(product, 1)])).await.unwrap();
            assert!(house.expire(&cron, &order.order, LATER).await);
            order
        };
        // Nobody came.
        let order = late("free").await;
        assert_eq!(house.outcome(Stripe, &order.paid()).await, "processed order_paid");
        assert_eq!(
            (house.order_state(&order).await.as_str(), house.shelf("free").await),
            ("confirmed/paid", (0, 0))
        );

        // Another bought it.
        let order = late("sold").await;
        let other = house.hold(&client, &Basket::of(&[("sold", 1)])).await.unwrap();
        assert_eq!(house.outcome(Stripe, &other.paid()).await, "processed order_paid");
        assert_eq!(house.outcome(Stripe, &order.paid()).await, "processed order_unfulfillable");
        assert_eq!(house.order_state(&order).await, "cancelled/refund_pending");

        // Another only holds it, and pays after the late money came.
        let order = late("held").await;
        let other =
            house.hold(&client, &Basket { provider: Razorpay, ..Basket::of(&[("held", 1)]) }).await.unwrap();
        assert_eq!(house.outcome(Stripe, &order.paid()).await, "processed order_unfulfillable");
        assert_eq!(house.shelf("held").await, (1, 1), "the hold of another is not sold");
        assert_eq!(house.outcome(Razorpay, &other.paid()).await, "processed order_paid");
        assert_eq!(house.shelf("held").await, (0, 0));
        let asked =
            "payonce.refunds where reason = 'unfulfillable' and state = 'requested' and amount_minor = 500";
        assert_eq!(house.count(asked).await, 2);
    });
}

#[test]
fn late_money_and_a_new_buyer_at_once_leave_the_last_piece_with_one_of_them() {
    in_a_house(async |house: &House| {
        let (client, cron) = (house.as_checkout().await, house.as_cron().await);
        for round in 0..20 {
            let product = format!("rare-{round}");
            house.stock(&product, 500, 1).await;
            let lines = [(product.as_str(), 1)];
            let late = house.hold(&client, &Basket::of(&lines)).await.unwrap();
            assert!(house.expire(&cron, &late.order, LATER).await);
            let basket = Basket::of(&lines);
            let paid = late.paid();
            let (outcome, new) = join(house.outcome(Stripe, &paid), house.hold(&client, &basket)).await;
            match new {
                Ok(_) => assert_eq!(
                    (outcome.as_str(), house.shelf(&product).await),
                    ("processed order_unfulfillable", (1, 1))
                ),
                Err(code) => {
                    assert_eq!((code.as_str(), outcome.as_str()), ("out_of_stock", "processed order_paid"));
                    assert_eq!(house.shelf(&product).await, (0, 0));
                }
            }
        }
    });
}

#[test]
fn a_checkout_that_is_opened_again_keeps_its_hold_while_the_sweeper_comes_by() {
    in_a_house(async |house: &House| {
        house.stock("atlas", 900, 100).await;
        let (client, cron) = (house.as_checkout().await, house.as_cron().await);
        let (mut kept, mut ended) = (Vec::new(), 0);
        for _ in 0..20 {
            let order = house.hold(&client, &Basket::of(&[("atlas", 1)])).await.unwrap();
            // The buyer comes back ten seconds before its time is over, the sweeper ten seconds after.
            house.ahead.set(house.ahead.get() + OPEN_FOR - Duration::from_secs(10));
            let again = house.hold_again(&client, &order.order, Razorpay, None);
            let (again, over) = join(again, house.expire(&cron, &order.order, Duration::from_secs(20))).await;
            match again {
                Ok(again) => {
                    assert!(!over, "its time was put off");
                    assert_eq!(house.payment_state(&again).await, "created");
                    kept.push(order);
                }
                Err(code) => {
                    assert_eq!((code.as_str(), over), ("checkout_over", true));
                    ended += 1;
                }
            }
        }
        assert_eq!(house.shelf("atlas").await, (100, i64::try_from(kept.len()).unwrap()));
        println!("{} kept, {ended} ended", kept.len());
        for order in &kept {
            assert!(house.expire(&cron, &order.order, LATER).await);
        }
        assert_eq!(house.shelf("atlas").await, (100, 0));
        assert_eq!(house.count("payonce.payments where status = 'created'").await, 0);
    });
}

#[test]
fn an_order_that_is_not_there_is_neither_opened_again_nor_ended() {
    in_a_house(async |house: &House| {
        let (client, cron) = (house.as_checkout().await, house.as_cron().await);
        let nobody_s = "ORD-00000000000000000000000000";
        assert_eq!(
            house.hold_again(&client, nobody_s, Stripe, None).await.err().as_deref(),
            Some("checkout_over")
        );
        assert_eq!(house.count("payonce.idempotency_keys").await, 0);
        assert!(!house.expire(&cron, nobody_s, LATER).await);
    });
}

fn millis(many: i64) -> Duration {
    Duration::from_millis(many.try_into().unwrap())
}

#[test]
fn an_order_that_is_opened_while_its_price_changes_adds_up() {
    in_a_house(async |house: &House| {
        house.stock("atlas", 900, 1_000).await;
        let counters = counters(house, 8).await;
        let buy = async |client: &Client| {
            for _ in 0..50 {
                house.hold(client, &Basket::of(&[("atlas", 1)])).await.unwrap();
            }
        };
        let all_bought = join_all(counters.iter().map(buy));
        let merchant = house.cluster.admin(&house.name).await;
        let changes = async {
            loop {
                let sql = "update payonce.products set price_minor = 1801 - price_minor";
                merchant.batch_execute(sql).await.unwrap();
            }
        };
        tokio::select! { _ = all_bought => {}, () = changes => {} }
        let prices = "select string_agg(distinct total_minor::text, ' ' order by total_minor::text) from payonce.orders";
        assert_eq!(house.text(prices).await, "900 901");
    });
}

#[test]
fn who_comes_back_waits_for_the_key_and_holds_no_order_meanwhile() {
    in_a_house(async |house: &House| {
        house.stock("atlas", 900, 1).await;
        let (client, other) = (house.as_checkout().await, house.as_checkout().await);
        let order = house.hold(&client, &Basket::of(&[("atlas", 1)])).await.unwrap();
        let key = Some("of one who is impatient");
        let first = house.hold_again(&client, &order.order, Razorpay, key).await.unwrap();
        // The first call with this key is still writing down what came of it.
        house.run("begin; select from payonce.idempotency_keys for no key update").await;
        let again = house.hold_again(&client, &order.order, Razorpay, key);
        let order_is_free = async {
            sleep(Duration::from_millis(200)).await;
            assert_eq!(
                house.count("pg_locks where not granted and pid <> pg_backend_pid()").await,
                1,
                "it does not wait"
            );
            let take = "begin; select from payonce.orders for no key update nowait; rollback";
            other.batch_execute(take).await.expect("nobody holds the order");
            house.run("rollback").await;
        };
        let (again, ()) = join(again, order_is_free).await;
        assert_eq!(again.unwrap().payment, first.payment);
    });
}
