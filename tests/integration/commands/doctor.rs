//! `payonce doctor`: what is missing, what does not fit together, what cannot be reached; and never a value.
use std::collections::BTreeSet;
use std::path::Path;

use payonce::operator::doctor::FUNCTIONS;
use payonce_tests::providers::{FakeRazorpay, FakeStripe, Fault};
use payonce_tests::{House, SecretsManager, environment, in_a_house};
use serde_json::Value;

use super::{Desk, SANDBOX, has};

/// As the desk of `house` is set, with these changes; an empty value is none.
fn desk<'h>(house: &'h House, changes: &[(&str, &str)]) -> Desk<'h> {
    Desk::with(house, &[&SANDBOX[..], changes].concat(), None)
}

#[test]
fn every_function_there_is_can_be_looked_at() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions");
    let there = std::fs::read_dir(folder).unwrap();
    let there: BTreeSet<String> =
        there.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(FUNCTIONS.iter().map(|function| function.name.to_owned()).collect::<BTreeSet<_>>(), there);
}

#[test]
fn a_sound_stack_has_no_problem_and_is_left_as_it_was() {
    in_a_house(async |house: &House| {
        let desk = desk(house, &[]);
        let written = "pg_stat_xact_user_tables where n_tup_ins + n_tup_upd + n_tup_del > 0";
        let said = desk.says(&["doctor"]);
        assert!(said.trim_end().ends_with("0 warnings, 0 problems"), "{said}");
        has(
            &said,
            &[
                "stripe-webhook, razorpay-webhook, webhook-retry, checkout, receipt, sweeper, ",
                ": every setting is there",
                "payonce/local: stage, mode and keys speak of the same: test money",
                "DATABASE_URL: connects",
                "DATABASE_CRON_URL: connects",
                "DATABASE_DIRECT_URL: connects",
                "schema and functions are this release's",
                "goes by a pooler",
                "(payonce verify)",
                "PAYMENTS_MODE is sandbox",
            ],
        );
        assert_eq!(house.count(written).await, 0);

        let told: Value = serde_json::from_str(&desk.says(&["doctor", "--json"])).unwrap();
        assert_eq!(told["healthy"], true);
        let checks = told["checks"].as_array().unwrap();
        assert_eq!(checks.len() + 1, said.lines().count());
        assert!(checks.iter().all(|check| check["level"] == "ok" && check["says"].is_string()));
    });
}

/// A change of the settings, the function that is looked at, and what is said.
type Odd = (&'static [(&'static str, &'static str)], &'static str, &'static str);

const ODD_SETTINGS: [Odd; 23] = [
    (&[("CHECKOUT_TOKEN_SECRET", "")], "receipt", "problem  receipt: CHECKOUT_TOKEN_SECRET is missing"),
    (&[("CHECKOUT_TOKEN_SECRET", "canary")], "checkout", "16 characters or more"),
    (&[("SERVICE_TOKEN", "canary")], "checkout", "SERVICE_TOKEN: at least 16 characters"),
    (&[("STRIPE_WEBHOOK_SECRET", "")], "stripe-webhook", "problem  STRIPE_WEBHOOK_SECRET: is not set"),
    (&[("STRIPE_WEBHOOK_SECRET", "sk_test_canary")], "stripe-webhook", "does not begin with whsec_"),
    (&[("STRIPE_WEBHOOK_SECRET", "whsec_canary\n")], "stripe-webhook", "white space"),
    (&[("STRIPE_WEBHOOK_SECRET", "'whsec_canary'")], "stripe-webhook", "quotation marks"),
    (&[("RAZORPAY_WEBHOOK_SECRET", "rzp_test_canary")], "razorpay-webhook", "is a key, not the secret"),
    (
        &[("RAZORPAY_WEBHOOK_SECRET", "canary-of-both"), ("STRIPE_WEBHOOK_SECRET", "canary-of-both")],
        "",
        "is the same as STRIPE_WEBHOOK_SECRET",
    ),
    (&[("LIVEMODE", "canary")], "stripe-webhook", "LIVEMODE"),
    (&[("LIVEMODE", "true")], "stripe-webhook", "LIVEMODE is true, and STAGE is local"),
    (
        &[("LIVEMODE", "true"), ("STRIPE_WEBHOOK_SECRET", "whsec_canary_not_a_secret")],
        "stripe-webhook",
        "the laptop stack's",
    ),
    (
        &[("LIVEMODE", "true"), ("RAZORPAY_KEY_ID", "rzp_test_canary")],
        "razorpay-webhook",
        "RAZORPAY_KEY_ID is a key of the other mode",
    ),
    (&[("STRIPE_SECRET_KEY", "sk_live_canary")], "checkout", "STRIPE_SECRET_KEY is a live key"),
    (&[("STRIPE_SECRET_KEY", "canary")], "sweeper", "STRIPE_SECRET_KEY starts with none of"),
    (
        &[("PAYMENTS_MODE", "live"), ("RAZORPAY_KEY_ID", "rzp_test_canary")],
        "sweeper",
        "RAZORPAY_KEY_SECRET is missing",
    ),
    (&[("RAZORPAY_KEY_ID", "rzp_test_canary")], "checkout", "set PAYMENTS_MODE=disabled first, then live"),
    (
        &[
            ("PAYMENTS_MODE", "live"),
            ("RAZORPAY_KEY_ID", "rzp_test_x"),
            ("RAZORPAY_KEY_SECRET", "rzp_canary"),
            ("RAZORPAY_API_BASE", "http://127.0.0.1:1"),
        ],
        "checkout",
        "is a key's id, not its secret",
    ),
    (&[("APP_ID", "acme")], "receipt", "this is the database of payonce/local, and we are acme/local"),
    (&[("DATABASE_URL", "postgres//canary")], "receipt", "DATABASE_URL: is not a Postgres URL"),
    (
        &[("DATABASE_URL", "postgres://canary:canary@127.0.0.1:1/canary?sslmode=disable")],
        "receipt",
        "DATABASE_URL: no connection",
    ),
    (
        &[("DATABASE_CA_FILE", "/nowhere/ca.pem"), ("DATABASE_URL", "postgres://u:canary@127.0.0.1:1/d")],
        "receipt",
        "DATABASE_CA_FILE",
    ),
    (
        &[
            ("STRIPE_WEBHOOK_SECRET", ""),
            ("STRIPE_WEBHOOK_SECRET_SECRET_ID", "whsec_canary"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "canary"),
            ("AWS_SECRET_ACCESS_KEY", "canary"),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ],
        "stripe-webhook",
        "STRIPE_WEBHOOK_SECRET: cannot be read",
    ),
];

#[test]
fn what_is_missing_or_does_not_fit_is_a_problem_and_no_value_is_printed() {
    in_a_house(async |house: &House| {
        let password = environment("LOCAL_DATABASE_PASSWORD");
        for (changes, function, says) in ODD_SETTINGS {
            let desk = desk(house, changes);
            let one = ["doctor", "--function", function];
            let all = if function.is_empty() { says } else { "" };
            for (args, says) in [(&one[..], says), (&["doctor"], all), (&["doctor", "--json"], "")] {
                if args.contains(&"") {
                    continue;
                }
                let (code, said) = desk.run(args);
                // What one function needs may be spared where others do without.
                assert!(code == 1 || says.is_empty(), "{changes:?} {args:?}: {said}");
                assert!(said.contains(says), "{changes:?} {args:?}: no {says:?} in {said}");
                for secret in ["canary", &password] {
                    assert!(!said.to_lowercase().contains(secret), "{secret} in {said}");
                }
            }
        }
    });
}

#[test]
fn a_function_is_looked_at_by_itself_and_one_that_is_not_there_is_refused() {
    in_a_house(async |house: &House| {
        let nothing_else = [
            ("DATABASE_CRON_URL", ""),
            ("DATABASE_DIRECT_URL", ""),
            ("STRIPE_WEBHOOK_SECRET", ""),
            ("PAYMENTS_MODE", "nonsense"),
        ];
        let desk = desk(house, &nothing_else);
        let said = desk.says(&["doctor", "--function", "receipt"]);
        assert!(!said.contains("STRIPE") && !said.contains("PAYMENTS_MODE"), "{said}");
        let (code, both) = desk.run(&["doctor", "--function", "receipt", "--function", "stripe-webhook"]);
        // Both webhooks may not be wanted.
        assert!(code == 0 && both.contains("warning  STRIPE_WEBHOOK_SECRET: is not set"), "{both}");
        has(&desk.refuses(&["doctor", "--function", "reciept"]), &["the functions are stripe-webhook, "]);
        has(&desk.refuses(&["doctor"]), &["DATABASE_DIRECT_URL is missing", "PAYMENTS_MODE"]);
    });
}

#[test]
fn on_the_way_to_live_it_is_a_warning_what_is_still_to_be_put_in() {
    in_a_house(async |house: &House| {
        let key = [("STRIPE_SECRET_KEY", "sk_test_canary"), ("STRIPE_API_BASE", "http://127.0.0.1:1")];
        let half = [("RAZORPAY_KEY_ID", "rzp_test_1")];
        for (keys, remedy) in [
            (&[][..], "this first, then PAYMENTS_MODE=live: PAYMENTS_MODE live needs STRIPE_SECRET_KEY"),
            (&half, "this first, then PAYMENTS_MODE=live: RAZORPAY_KEY_SECRET is missing"),
            (&key, "set PAYMENTS_MODE=live, when payments are meant"),
        ] {
            let changes = [&[("PAYMENTS_MODE", "disabled")], keys].concat();
            let (code, said) = desk(house, &changes).run(&["doctor", "--function", "checkout"]);
            has(
                &said,
                &["every setting is there", "warning  payonce/local: PAYMENTS_MODE is disabled", remedy],
            );
            // A key that nobody takes is told of before it is needed.
            assert_eq!(code, i32::from(said.contains("problem  Stripe")), "{said}");
        }
    });
}

#[test]
fn an_empty_secret_is_none_where_one_may_do_without_and_a_problem_where_not() {
    in_a_house(async |house: &House| {
        let secrets = SecretsManager::shared().await;
        let empty = secrets.keep("doctor", None, None).await;
        let aws = SecretsManager::settings_at(&secrets.base);
        let aws: Vec<(&str, &str)> =
            aws.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let none = |name| (name, "");
        let optional = [
            none("STRIPE_WEBHOOK_SECRET"),
            ("STRIPE_WEBHOOK_SECRET_SECRET_ID", empty.as_str()),
            none("SERVICE_TOKEN"),
            ("SERVICE_TOKEN_SECRET_ID", &empty),
            ("STRIPE_SECRET_KEY_SECRET_ID", &empty),
            ("RAZORPAY_KEY_SECRET_SECRET_ID", &empty),
        ];
        let said = desk(house, &[&aws[..], &optional].concat()).says(&["doctor"]);
        has(
            &said,
            &[
                "ok       STRIPE_SECRET_KEY: STRIPE_SECRET_KEY_SECRET_ID leads to no secret with a value: the same as not set",
                "ok       SERVICE_TOKEN: is not set: no credits are sold",
                "warning  STRIPE_WEBHOOK_SECRET: is not set: every delivery is refused",
                ", 0 problems",
            ],
        );
        for name in ["CHECKOUT_TOKEN_SECRET", "DATABASE_URL"] {
            let id = format!("{name}_SECRET_ID");
            let required = [none(name), (&id, empty.as_str())];
            let said =
                desk(house, &[&aws[..], &required].concat()).refuses(&["doctor", "--function", "receipt"]);
            has(&said, &[&format!("problem  {name}: {id} leads to no secret with a value")]);
        }
    });
}

#[test]
fn a_database_that_is_not_as_the_functions_take_it_for_is_a_problem() {
    in_a_house(async |house: &House| {
        let name = &house.name;
        let direct = house.cluster.direct_url("payonce_request_login", name);
        let direct_cron = house.cluster.direct_url("payonce_cron_login", name);
        let set = |what: &str| format!("alter role payonce_request_login in database {name} set {what}");
        let reset = format!("alter role payonce_request_login in database {name} reset all");
        for (breaks, mends, says) in [
            (set("synchronous_commit = off"), reset.as_str(), "synchronous_commit is off"),
            (set("lock_timeout = 0"), &reset, "lock_timeout is 0"),
            (set("default_transaction_isolation = 'serializable'"), &reset, "not read committed"),
            (set("default_transaction_read_only = on"), &reset, "takes no writes"),
            (set("statement_timeout = '9s'"), &reset, "statement_timeout is 9000 ms"),
            (
                "update payonce.schema_migrations set version = '0002_other' where version = '0002_webhook_events'".into(),
                "update payonce.schema_migrations set version = '0002_webhook_events' where version = '0002_other'",
                "migrations to be applied: 1",
            ),
            (
                format!("alter schema {} rename to payonce_other", payonce::db::release::schema()),
                &format!("alter schema payonce_other rename to {}", payonce::db::release::schema()),
                "functions of this release are not installed",
            ),
        ] {
            house.run(&breaks).await;
            let (code, said) =
                desk(house, &[("DATABASE_URL", &direct)]).run(&["doctor", "--function", "receipt"]);
            assert!(said.contains(says), "{breaks}: {said}");
            assert_eq!(code, i32::from(!says.contains("9000")), "{said}");
            house.run(mends).await;
        }
        let owner = house.cluster.direct_url("payonce_migration_login", name);
        for (settings, function, says) in [
            ([("DATABASE_URL", owner.as_str())], "receipt", "no member of payonce_request"),
            ([("DATABASE_URL", &owner)], "receipt", "may do more than the functions need"),
            ([("DATABASE_CRON_URL", &direct)], "sweeper", "no member of payonce_cron"),
            ([("DATABASE_URL", &direct_cron)], "checkout", "no member of payonce_request"),
        ] {
            has(&desk(house, &settings).refuses(&["doctor", "--function", function]), &[says]);
        }
        house.run("alter table payonce.captures drop constraint captures_settled_as_expected").await;
        let said = desk(house, &[]).refuses(&["doctor", "--function", "migrate"]);
        has(&said, &["captures_settled_as_expected", "payonce verify"]);
    });
}

#[test]
fn a_pooler_is_found_where_it_is_and_where_it_must_not_be() {
    in_a_house(async |house: &House| {
        let pooled = house.cluster.pooled_url("payonce_migration_login", &house.name);
        let said = desk(house, &[("DATABASE_DIRECT_URL", &pooled)]).refuses(&["doctor"]);
        has(&said, &["problem  DATABASE_DIRECT_URL: leads to a pooler"]);
        // The one login that PgBouncer tells how it is set.
        let admin = house.cluster.pooled_url("postgres", &house.name);
        let (_, said) = desk(house, &[("DATABASE_URL", &admin)]).run(&["doctor", "--function", "receipt"]);
        has(&said, &["ok       DATABASE_URL: goes by a PgBouncer that pools by transaction"]);
        let direct = house.cluster.direct_url("payonce_request_login", &house.name);
        let (_, said) = desk(house, &[("DATABASE_URL", &direct)]).run(&["doctor", "--function", "receipt"]);
        assert!(!said.contains("pooler") && !said.contains("PgBouncer"), "{said}");
    });
}

#[test]
fn providers_are_asked_whether_they_take_our_keys() {
    in_a_house(async |house: &House| {
        let (stripe, razorpay) = (FakeStripe::start().await, FakeRazorpay::start().await);
        let (stripe_base, razorpay_base) = (stripe.base(), razorpay.base());
        let live = [
            ("PAYMENTS_MODE", "live"),
            ("STRIPE_API_BASE", &stripe_base),
            ("STRIPE_SECRET_KEY", FakeStripe::KEY),
            ("RAZORPAY_API_BASE", &razorpay_base),
            ("RAZORPAY_KEY_ID", FakeRazorpay::KEY_ID),
            ("RAZORPAY_KEY_SECRET", FakeRazorpay::KEY_SECRET),
        ];
        let (ask, checkout) = (desk(house, &live), ["doctor", "--function", "checkout"]);
        has(&ask.says(&checkout), &["ok       Stripe: takes our key", "ok       Razorpay: takes our key"]);
        assert!(stripe.calls().iter().all(|(method, _)| method == "GET"), "{:?}", stripe.calls());

        let wrong = [("STRIPE_SECRET_KEY", "rk_test_canary"), ("RAZORPAY_KEY_SECRET", "canary")];
        let said = desk(house, &[&live[..], &wrong].concat()).refuses(&checkout);
        has(&said, &["Stripe: does not take STRIPE_SECRET_KEY", "Razorpay: does not take RAZORPAY_KEY_ID"]);
        assert!(!said.contains("canary"), "{said}");

        stripe.plan(1, "GET /v1/refunds", Fault::FailBefore(403));
        razorpay.plan(9, "GET /v1/orders", Fault::DropBefore);
        let said = ask.refuses(&checkout);
        has(&said, &["Stripe: takes STRIPE_SECRET_KEY, and not for all of", "Razorpay: was not reached"]);
    });
}
