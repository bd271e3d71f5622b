//! Is the database sound, is the secret right, what waits?
use payonce::inbox::Provider::Stripe;
use payonce_tests::{House, STRIPE_SECRET, in_a_house};

use super::Desk;

#[test]
fn verify_and_invariants_pass_on_a_sound_database_leave_nothing_and_fail_on_a_broken_one() {
    in_a_house(async |house: &House| {
        let desk = Desk::at(house);
        let rows = async || {
            house.count("payonce.webhook_events").await + house.count("payonce.stock_movements").await
        };
        let verified = desk.says(&["verify"]);
        assert!(verified.trim_end().ends_with("passed, 0 failed"), "{verified}");
        assert!(desk.says(&["invariants"]).trim_end().ends_with("passed, 0 failed"));
        assert_eq!(rows().await, 0, "nothing is left behind");
        house.run("alter table payonce.captures drop constraint captures_settled_as_expected").await;
        house.stock("oolong", 100, 5).await;
        house.run("update payonce.inventory set stock = 6").await;
        for (command, tells) in [("verify", "captures_settled_as_expected"), ("invariants", "I09")] {
            let (code, said) = desk.run(&[command]);
            assert_eq!(code, 1, "{said}");
            assert!(said.contains(tells) && said.contains("FAIL"), "{said}");
        }
        house.run("update payonce.inventory set stock = 5").await;
    });
}

#[test]
fn webhook_check_answers_is_my_secret_right_by_the_code_the_functions_run() {
    in_a_house(async |house: &House| {
        let desk = Desk::at(house);
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
            desk.run_reading(&args, "{}")
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
        assert_eq!(desk.run_reading(&args, "{}").0, 0);
    });
}

#[test]
fn what_waits_for_a_person_is_listed_and_taken_up_again_by_its_id() {
    in_a_house(async |house: &House| {
        let desk = Desk::at(house);
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
            let said = desk.says(listed);
            assert!(said.contains("constraint_refused") || said.contains("planted"), "{listed:?}: {said}");
        }
        house.run("alter table payonce.credit_accounts drop constraint planted").await;
        assert!(desk.says(&["webhook", "replay", &key]).contains("credits_granted"));
        assert_eq!(house.wallet(&topup).await, 100);
        assert!(desk.says(&["functions", "list"]).contains(payonce::db::release::schema()));
    });
}

#[test]
fn a_local_command_leaves_a_database_alone_that_is_not_marked_local() {
    in_a_house(async |house: &House| {
        let desk = Desk::at(house);
        house.run("update payonce.identity set local = false").await;
        for command in [&["seed", "--demo"][..], &["migrate", "--local"]] {
            let said = desk.refuses(command);
            assert!(said.contains("local"), "{command:?}: {said}");
        }
        assert_eq!(house.count("payonce.products").await, 0);
    });
}
