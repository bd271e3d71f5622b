//! Orders and top-ups are made by the checkout function itself.
use payonce::inbox::Provider::{Razorpay, Stripe};
use payonce_tests::till::{SERVICE_TOKEN, invocation};
use payonce_tests::{House, SecretsManager, in_a_house};
use serde_json::{Value, json};

use super::{Desk, SANDBOX, has};

#[test]
fn an_operator_makes_an_order_has_it_paid_and_finds_it_by_whatever_a_customer_quotes() {
    in_a_house(async |house: &House| {
        let desk = Desk::with_checkout(house).await;
        desk.says(&["seed", "--demo"]);
        let stocked = house.count("payonce.stock_movements").await;
        desk.says(&["seed", "--demo"]);
        assert_eq!(house.count("payonce.stock_movements").await, stocked, "seeding twice changes nothing");
        for (name, provider) in [("stripe", Stripe), ("razorpay", Razorpay)] {
            let order = desk.id(&["order", "create", "--provider", name]);
            has(&desk.says(&["order", "show", &order]), &["pending, new", "its goods are held until then"]);
            assert_eq!(desk.pays(provider, &["--provider", name, "--order", &order]).await, "order_paid");
            assert_eq!(
                desk.pays(provider, &["--order", &order, "--provider-payment", "pay_again"]).await,
                "duplicate_capture"
            );
            let told = desk.says(&["order", "show", &order]);
            has(&told, &["paid, confirmed", "settled", "duplicate", "requested", "sale", "order.paid"]);
            has(&told, &["order_receipt", "tax in it       INR 52.24"]);
            assert!(!told.contains("held"), "{told}");
            let quoted = house.text(&format!("select provider_payment_id from payonce.captures where order_id = '{order}' and verdict = 'settled'")).await;
            has(&desk.says(&["order", "show", &quoted]), &[&order]);
            has(&desk.says(&["payment", "show", &quoted]), &["pays", &order, "the provider's payment id"]);
            let json: Value = serde_json::from_str(&desk.says(&["order", "show", &order, "--json"])).unwrap();
            assert_eq!(json["order"]["payment_status"], "paid");
            house
                .run("delete from payonce.refunds; delete from payonce.captures where verdict = 'duplicate'")
                .await;
        }
        let topup = desk.id(&["topup", "create", "--provider", "stripe"]);
        assert_eq!(desk.pays(Stripe, &["--topup", &topup]).await, "credits_granted");
        has(&desk.says(&["topup", "show", &topup]), &["topup", "INR 500.00"]);
        desk.refuses(&["order", "show", "ORD-00000000000000000000000000"]);
    });
}

#[test]
fn a_made_order_says_its_parts_how_to_pay_it_and_the_links_that_its_token_opens() {
    in_a_house(async |house: &House| {
        let desk = Desk::with_checkout(house).await;
        desk.says(&["seed", "--demo"]);
        let made = desk.says(&[
            "order",
            "create",
            "--item",
            "malgudi-daysx2",
            "--promo",
            "MONSOON10",
            "--provider",
            "razorpay",
        ]);
        has(
            &made,
            &[
                "goods    INR 798.00",
                "less     INR 79.80  MONSOON10",
                "shipping INR 60.00",
                "total    INR 778.20",
            ],
        );
        has(
            &made,
            &[
                "INR 37.06 tax in it",
                "payonce event pay --order ORD-",
                "payonce checkout pay ORD-",
                "for 120 minutes",
            ],
        );
        has(&made, &["/checkout/v1/checkout/ORD-", "/receipt/v1/receipts/ORD-", "?token=v1."]);
        assert_eq!(house.count("payonce.customers where name = 'Ammu Varier'").await, 1);
    });
}

#[test]
fn the_same_key_makes_no_second_order_and_says_the_first() {
    in_a_house(async |house: &House| {
        let desk = Desk::with_checkout(house).await;
        desk.says(&["seed", "--demo"]);
        let create = ["order", "create", "--item", "gitanjali", "--key", "a-key-of-an-operator"];
        let first = desk.id(&create);
        assert_eq!(desk.id(&create), first);
        assert_eq!(house.count("payonce.orders").await, 1);
        let other =
            desk.refuses(&["order", "create", "--item", "malgudi-days", "--key", "a-key-of-an-operator"]);
        has(&other, &["idempotency_conflict", "the same --key is for the same call"]);
    });
}

#[test]
fn what_cannot_be_had_is_answered_with_what_can() {
    in_a_house(async |house: &House| {
        let desk = Desk::with_checkout(house).await;
        has(&desk.refuses(&["order", "create"]), &["payonce seed --demo"]);
        desk.says(&["seed", "--demo"]);
        let create = |item| desk.refuses(&["order", "create", "--item", item]);
        has(&create("assam-second-flush"), &["assam-second-flush/100g", "INR 549.00", "150 left"]);
        has(&create("reading-lampx2"), &["of reading-lamp there are 1 left, not 2"]);
        desk.id(&["order", "create", "--item", "reading-lamp"]);
        has(&create("reading-lamp"), &["there are 0 left"]);
        let promo = desk.refuses(&["order", "create", "--promo", "NONSUCH"]);
        has(&promo, &["promo_unknown"]);
        let topup = desk.refuses(&["topup", "create", "--account", "v2:tenant:nobody"]);
        has(&topup, &["account_unknown", "payonce account open"]);
        desk.says(&["account", "open", "v2:tenant:nobody", "--email", "Books@nobody.example"]);
        has(&desk.says(&["account", "open", "v2:tenant:nobody"]), &["was there"]);
        desk.id(&["topup", "create", "--account", "v2:tenant:nobody", "--credits", "7"]);
        let down = Desk::at(house).refuses(&["order", "create"]);
        has(&down, &["are the functions up (make up)?", "to go on from here:  --key "]);
    });
}

#[test]
fn credits_are_sold_with_a_service_token_that_secrets_manager_keeps() {
    in_a_house(async |house: &House| {
        let secrets = SecretsManager::shared().await;
        let id = secrets.keep("topup", Some(SERVICE_TOKEN), None).await;
        let mut desk = Desk::with_checkout(house).await;
        desk.says(&["seed", "--demo"]);
        desk.settings.retain(|(name, _)| name != "SERVICE_TOKEN");
        has(&desk.refuses(&["topup", "create"]), &["SERVICE_TOKEN is missing"]);
        desk.settings.push(("SERVICE_TOKEN_SECRET_ID".into(), id));
        desk.settings.extend(SecretsManager::settings_at(&secrets.base));
        desk.id(&["topup", "create"]);
    });
}

#[test]
fn a_quote_says_the_parts_and_holds_nothing() {
    in_a_house(async |house: &House| {
        let desk = Desk::with_checkout(house).await;
        desk.says(&["seed", "--demo"]);
        let quoted = desk.says(&["checkout", "quote", "--item", "kashmiri-kahwa", "--item", "gitanjali"]);
        has(&quoted, &["Kashmiri Kahwa", "total    INR 1,098.00"]);
        assert_eq!(house.count("payonce.inventory where held > 0").await, 0);
        assert_eq!(house.count("payonce.orders").await, 0);
    });
}

#[test]
fn a_checkout_is_paid_in_the_sandbox_and_its_link_shows_the_receipt() {
    in_a_house(async |house: &House| {
        let desk = Desk::with_checkout(house).await;
        desk.says(&["seed", "--demo"]);
        let order = desk.id(&["order", "create", "--item", "gitanjali"]);
        has(&desk.says(&["receipt", "link", &order]), &["not paid yet"]);
        has(&desk.says(&["checkout", "pay", &order]), &["paid", &order]);
        has(&desk.says(&["checkout", "pay", &order]), &["paid"]);
        assert_eq!(house.count("payonce.captures").await, 1);

        let link = desk.says(&["receipt", "link", &order, "--days", "2"]);
        // Longer than its secret is accepted.
        has(&desk.refuses(&["receipt", "link", &order, "--days", "91"]), &["91 is not in 1..=90"]);
        let path = link.trim().split_once("/receipt").unwrap().1;
        let function = house.start("receipt", &SANDBOX).await;
        let ask = |path: &str| invocation("GET", path, json!({ "accept": "application/json" }), Value::Null);
        let shown = function.request(&ask(path)).await.unwrap();
        assert_eq!((shown.status, &shown.body["number"]), (200, &json!("TEST-000001")), "{}", shown.body);
        let other = function.request(&ask(&path.replace("ORD-", "ORD-0"))).await.unwrap();
        assert_eq!(other.status, 404);
        has(&desk.says(&["order", "show", &order]), &["receipt   TEST-000001"]);
    });
}
