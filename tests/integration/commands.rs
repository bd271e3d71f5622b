//! `payonce`, the operators' command, as an operator runs it: the real program, its output and its exit code.
use std::io::Write;
use std::process::{Command, Stdio};

use payonce::inbox::Provider::{Razorpay, Stripe};
use payonce_tests::{House, STRIPE_SECRET, binary, in_a_house};
use serde_json::Value;

/// Runs `payonce` on the house's database. Exit code, and what it printed on both streams.
fn payonce(house: &House, args: &[&str]) -> (i32, String) {
    payonce_reading(house, args, "")
}

fn payonce_reading(house: &House, args: &[&str], input: &str) -> (i32, String) {
    let direct = house.cluster.direct_url("payonce_migration_login", &house.name);
    let mut process = Command::new(binary("payonce"))
        .args(args)
        .env_clear()
        .envs(
            house.settings(&[("DATABASE_DIRECT_URL", &direct), ("FUNCTION_URL_BASE", "http://127.0.0.1:9")]),
        )
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    process.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let done = process.wait_with_output().unwrap();
    let said = [done.stdout, done.stderr].concat();
    (done.status.code().unwrap_or(-1), String::from_utf8_lossy(&said).into_owned())
}

/// The same, which must succeed.
fn says(house: &House, args: &[&str]) -> String {
    let (code, said) = payonce(house, args);
    assert_eq!(code, 0, "payonce {args:?}: {said}");
    said
}

/// The invocation that pays, as the command signs it, through the function.
async fn pay(house: &House, provider: payonce::inbox::Provider, args: &[&str]) -> String {
    let invocation = says(house, &[&["event", "pay", "--as-invocation"], args].concat());
    let answer = house.invoke(provider, serde_json::from_str(&invocation).unwrap()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["outcome"].as_str().unwrap().to_owned()
}

#[test]
fn an_operator_makes_an_order_has_it_paid_and_finds_it_by_whatever_a_customer_quotes() {
    in_a_house(async |house: &House| {
        says(house, &["seed", "--demo"]);
        let stocked = house.count("payonce.stock_movements").await;
        says(house, &["seed", "--demo"]);
        assert_eq!(house.count("payonce.stock_movements").await, stocked, "seeding twice changes nothing");
        for (name, provider) in [("stripe", Stripe), ("razorpay", Razorpay)] {
            let order = says(house, &["order", "create", "--provider", name, "--quiet"]);
            let order = order.split_whitespace().next().unwrap().to_owned();
            assert_eq!(pay(house, provider, &["--provider", name, "--order", &order]).await, "order_paid");
            assert_eq!(
                pay(house, provider, &["--order", &order, "--provider-payment", "pay_again"]).await,
                "duplicate_capture"
            );
            let story = says(house, &["order", "show", &order]);
            for part in [
                "paid, confirmed",
                "settled",
                "duplicate",
                "requested",
                "sale",
                "order.paid",
                "order_receipt",
            ] {
                assert!(story.contains(part), "{part}: {story}");
            }
            let quoted = house.text(&format!("select provider_payment_id from payonce.captures where order_id = '{order}' and verdict = 'settled'")).await;
            assert!(says(house, &["order", "show", &quoted]).contains(&order));
            let json: Value =
                serde_json::from_str(&says(house, &["order", "show", &order, "--json"])).unwrap();
            assert_eq!(json["order"]["payment_status"], "paid");
            house
                .run("delete from payonce.refunds; delete from payonce.captures where verdict = 'duplicate'")
                .await;
        }
        let topup = says(house, &["topup", "create", "--provider", "stripe", "--quiet"]);
        let topup = topup.split_whitespace().next().unwrap().to_owned();
        assert_eq!(pay(house, Stripe, &["--topup", &topup]).await, "credits_granted");
        assert!(says(house, &["topup", "show", &topup]).contains("topup"));
        assert_eq!(payonce(house, &["order", "show", "ORD-00000000000000000000000000"]).0, 1);
    });
}

#[test]
fn verify_and_invariants_pass_on_a_sound_database_leave_nothing_and_fail_on_a_broken_one() {
    in_a_house(async |house: &House| {
        let rows = async || {
            house.count("payonce.webhook_events").await + house.count("payonce.stock_movements").await
        };
        let verified = says(house, &["verify"]);
        assert!(verified.trim_end().ends_with("passed, 0 failed"), "{verified}");
        assert!(says(house, &["invariants"]).trim_end().ends_with("passed, 0 failed"));
        assert_eq!(rows().await, 0, "nothing is left behind");
        house.run("alter table payonce.captures drop constraint captures_settled_as_expected").await;
        house.stock("oolong", 100, 5).await;
        house.run("update payonce.inventory set stock = 6").await;
        for (command, tells) in [("verify", "captures_settled_as_expected"), ("invariants", "I09")] {
            let (code, said) = payonce(house, &[command]);
            assert_eq!(code, 1, "{said}");
            assert!(said.contains(tells) && said.contains("FAIL"), "{said}");
        }
        house.run("update payonce.inventory set stock = 5").await;
    });
}

#[test]
fn webhook_check_answers_is_my_secret_right_by_the_code_the_functions_run() {
    in_a_house(async |house: &House| {
        let now = house.now();
        let unix = now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let header = payonce::stripe::sign(b"{}", STRIPE_SECRET, now);
        let check = |secret: &str, header: &str, at: u64| {
            let at = at.to_string();
            let args = [
                "webhook",
                "check",
                "--provider",
                "stripe",
                "--secret",
                secret,
                "--header",
                header,
                "--now",
                &at,
                "-",
            ];
            payonce_reading(house, &args, "{}")
        };
        let (code, said) = check(STRIPE_SECRET, &header, unix);
        assert!(code == 0 && said.starts_with("accept") && !said.contains(STRIPE_SECRET), "{said}");
        for (secret, header, at, verdict) in [
            ("whsec_other", header.as_str(), unix, "reject signature_mismatch"),
            (STRIPE_SECRET, header.as_str(), unix + 301, "reject timestamp_stale"),
            (STRIPE_SECRET, "t=1", unix, "reject signature_malformed"),
        ] {
            let (code, said) = check(secret, header, at);
            assert!(code == 1 && said.starts_with(verdict), "{said}");
        }
        let tag = payonce::razorpay::sign(b"{}", "rzp");
        let args = [
            "webhook",
            "check",
            "--provider",
            "razorpay",
            "--secret",
            "old",
            "--secret",
            "rzp",
            "--signature",
            &tag,
            "-",
        ];
        assert_eq!(payonce_reading(house, &args, "{}").0, 0);
    });
}

#[test]
fn what_waits_for_a_person_is_listed_and_taken_up_again_by_its_id() {
    in_a_house(async |house: &House| {
        let topup = house.topup(Stripe, 100, 10_000).await;
        house.run("alter table payonce.credit_accounts add constraint planted check (wallet = 0)").await;
        house.outcome(Stripe, &topup.paid()).await;
        house.run("update payonce.webhook_events set status = 'dead', next_attempt_at = null").await;
        let key = house.text("select event_key from payonce.webhook_events").await;
        for listed in [
            &["webhook", "dead-letters"][..],
            &["waiting"],
            &["event", "list", "--status", "dead"],
            &["event", "show", &key],
        ] {
            let said = says(house, listed);
            assert!(said.contains("constraint_refused") || said.contains("planted"), "{listed:?}: {said}");
        }
        house.run("alter table payonce.credit_accounts drop constraint planted").await;
        assert!(says(house, &["webhook", "replay", &key]).contains("credits_granted"));
        assert_eq!(house.wallet(&topup).await, 100);
        assert!(says(house, &["functions", "list"]).contains(payonce::db::release::schema()));
    });
}

#[test]
fn a_local_command_leaves_a_database_alone_that_is_not_marked_local() {
    in_a_house(async |house: &House| {
        house.run("update payonce.identity set local = false").await;
        for command in
            [&["seed", "--demo"][..], &["order", "create"], &["topup", "create"], &["migrate", "--local"]]
        {
            let (code, said) = payonce(house, command);
            assert!(code != 0 && said.contains("local"), "{command:?}: {said}");
        }
        assert_eq!(house.count("payonce.products").await, 0);
    });
}
