//! The schema refuses what must not be, whoever asks for it, and the invariants see what it cannot refuse.
use std::collections::BTreeSet;
use std::path::Path;

use payonce::db::{ANSWER_WITHIN, direct, release};
use payonce::inbox::Provider::{Razorpay, Stripe};
use payonce::{operator, receipt};
use payonce_tests::{House, in_a_house};
use tokio::time::Instant;
use tokio_postgres::error::DbError;
use tokio_postgres::{Client, SimpleQueryMessage};
use uuid::Uuid;

use crate::furnish::{decide_mismatches, open_checkouts};

/// A house with at least one row of everything; on the way it calls every function of the release.
pub(crate) async fn furnish(house: &House) {
    house.stock("atlas", 900, 20).await;
    house.stock("last-one", 500, 1).await;
    house.run("insert into payonce.promotions (code, kind, value, currency) values ('TEA', 'flat', 100, 'INR'), ('IDLE', 'flat', 1, 'INR')").await;
    let order = house.order_with(Stripe, &[("atlas", 2), ("last-one", 1)], Some("TEA")).await;
    let twice = house.pay_again(&order, Razorpay).await;
    let short = house.order(Stripe, &[("last-one", 1)]).await;
    let open = house.order(Stripe, &[("atlas", 1)]).await;
    let topup = house.topup(Stripe, 100, 900).await;
    let told = [
        (Stripe, order.paid(), "processed order_paid"),
        (Razorpay, twice.paid(), "processed duplicate_capture"),
        (Stripe, short.paid(), "processed order_unfulfillable"),
        (Stripe, open.tells("payment_intent.payment_failed"), "processed payment_failed"),
        (Stripe, topup.paid(), "processed credits_granted"),
        (
            Stripe,
            order.tells_with("refund.updated", |told| told.part = Some(300)),
            "processed refund_recorded",
        ),
        (
            Stripe,
            order.tells_with("charge.refunded", |told| told.part = Some(300)),
            "processed refunds_agree",
        ),
        (
            Stripe,
            order.tells_with("charge.dispute.created", |told| told.part = Some(300)),
            "processed dispute_recorded",
        ),
        (
            Stripe,
            open.tells_with("payment_intent.succeeded", |told| told.mark = Some(Uuid::now_v7())),
            "failed payment_not_stored_yet",
        ),
    ];
    for (provider, body, outcome) in told {
        assert_eq!(house.outcome(provider, &body).await, outcome);
    }
    let by = ("tests", "spent");
    payonce::credit::adjust(&house.admin, topup.account.unwrap(), -80, by, house.now()).await.expect("spent");
    for (kind, refund, part) in
        [("refund.updated", "one", 450), ("refund.updated", "two", 300), ("refund.failed", "one", 450)]
    {
        let body =
            topup.tells_with(kind, |told| (told.refund_id, told.part) = (format!("re_{refund}"), Some(part)));
        assert_eq!(house.outcome(Stripe, &body).await, "processed refund_recorded");
    }
    hand_out_receipts(house, &order.order).await;
    let marker =
        operator::Marker { taken_at: house.now(), location: "a tape", actor: "meera", now: house.now() };
    operator::mark_backup(&house.admin, &marker).await.expect("on record");
    open_checkouts(house).await;
    decide_mismatches(house).await;
    house.hold_to_the_invariants().await;
}

/// Numbers the order and the top-up that are paid, and sends the order's receipt again.
async fn hand_out_receipts(house: &House, order: &str) {
    let until = Instant::now() + ANSWER_WITHIN;
    assert_eq!(receipt::issue_due(&house.db, until, house.now(), 10).await.expect("numbers"), 2);
    let about = receipt::About::quoted(order).expect("an order");
    let sent = receipt::resend(&house.db, &about, "a key of the test's", house.now(), until).await;
    assert_eq!(sent.expect("a mail"), receipt::Resent::Queued);
}

/// Runs `sql` in a transaction that is rolled back; what the database says to it.
pub(crate) async fn tried(client: &Client, sql: &str) -> Result<Vec<SimpleQueryMessage>, DbError> {
    let answer = client.simple_query(&format!("begin; {sql}")).await;
    client.batch_execute("rollback").await.expect("a rollback");
    answer.map_err(|error| error.as_db_error().unwrap_or_else(|| panic!("{sql}: {error}")).clone())
}

pub(crate) async fn names(house: &House, sql: &str) -> BTreeSet<String> {
    let rows = house.admin.query_typed(sql, &[]).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    rows.iter().map(|row| row.get(0)).collect()
}

fn sql_files(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sql_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "sql") {
            found.push((path.display().to_string(), std::fs::read_to_string(&path).expect("text")));
        }
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "prepared past the pooler, and never run")]
fn every_statement_beside_the_rust_prepares_and_every_function_is_installed() {
    in_a_house(async |house: &House| {
        let mut files = vec![];
        sql_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), &mut files);
        // Scripts, run whole: by migrations, seed and verify, whose own tests run them.
        let scripts = |name: &str| {
            name.ends_with("/db/prepare.sql")
                || name.ends_with("/db/grant_release.sql")
                || name.contains("/operator/verify/")
                || name.ends_with("/operator/seed.sql")
        };
        let (mut prepared, mut installed) = (0, BTreeSet::new());
        for (name, text) in files.iter().filter(|(name, _)| !scripts(name)) {
            if let Some((_, rest)) = text.split_once("create function payonce_release.") {
                installed.insert(rest.split('(').next().expect("a name").to_owned());
            } else if text.contains("-- name: ") {
                for statement in text.split("-- name: ").skip(1) {
                    let (title, sql) = statement.split_once('\n').expect("a title");
                    house
                        .admin
                        .prepare(&release::sql(sql))
                        .await
                        .unwrap_or_else(|e| panic!("{name}: {title}: {e:?}"));
                    prepared += 1;
                }
            } else if !text.contains("create type payonce_release.") {
                house.admin.prepare(&release::sql(text)).await.unwrap_or_else(|e| panic!("{name}: {e:?}"));
                prepared += 1;
            }
        }
        assert!(prepared > 30, "{prepared}");
        let there = format!(
            "select proname::text from pg_proc where pronamespace = '{}'::regnamespace",
            release::schema()
        );
        assert_eq!(installed, names(house, &there).await);
    });
}

/// What a run looks for, with its parameters; the index that leads to it, and what it is asked.
const DUE: [(&str, &[&str], &str, &str); 6] = [
    (
        include_str!("../../shared/inbox/lease_due.sql"),
        &["now()", "30", "array[60]", "5"],
        "webhook_events_due",
        "next_attempt_at <=",
    ),
    (include_str!("../../shared/order/due_to_expire.sql"), &["now()", "100"], "orders_held", "expires_at <="),
    (
        include_str!("../../shared/checkout/expire_topups.sql"),
        &["now()", "100"],
        "payments_open",
        "expires_at <",
    ),
    (
        include_str!("../../shared/refund/lease.sql"),
        &["now()", "30", "array[60]", "5", "array['stripe']", "true"],
        "refunds_due",
        "next_attempt_at <=",
    ),
    (
        include_str!("../../shared/refund/lease.sql"),
        &["now()", "30", "array[60]", "5", "array['stripe']", "true"],
        "refunds_sent_lately",
        "first_sent_at >",
    ),
    (
        "delete from payonce.idempotency_keys where created_at < $1",
        &["now()"],
        "idempotency_keys_old",
        "created_at <",
    ),
];

#[test]
fn what_is_due_is_found_by_its_index_however_much_is_not() {
    in_a_house(async |house: &House| {
        for (sql, params, index, asked) in DUE {
            // From the last on: $1 is the beginning of $10.
            let sql =
                params.iter().enumerate().rev().fold(sql.to_owned(), |sql, (place, value)| {
                    sql.replace(&format!("${}", place + 1), value)
                });
            let plan =
                format!("set local enable_seqscan = off; set local enable_bitmapscan = off; explain {sql}");
            let said = tried(&house.admin, &plan).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
            let plan: Vec<String> = said
                .iter()
                .filter_map(|line| match line {
                    SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                    _ => None,
                })
                .collect();
            let at = plan.iter().position(|line| line.contains(&format!(" using {index} on ")));
            let condition = at.and_then(|at| plan.get(at + 1)).map_or("", String::as_str);
            assert!(condition.contains(&format!("Index Cond: ({asked} ")), "{index}: {}", plan.join("\n"));
        }
    });
}

#[test]
fn every_function_of_the_release_runs() {
    in_a_house(async |house: &House| {
        house.run(&format!("alter database {} set track_functions = 'all'", house.name)).await;
        furnish(house).await;
        house.stock("told-twice", 10_000, 1).await;
        let order = house.order(Stripe, &[("told-twice", 1)]).await;
        for event in [order.paid(), order.tells("payment_intent.succeeded")] {
            house.outcome(Stripe, &event).await;
        }
        // A backend tells its counts when it ends, at the latest.
        let others = "from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
        house
            .run(&format!("select pg_stat_force_next_flush(); select pg_terminate_backend(pid) {others}"))
            .await;
        while house.count(&others.replacen("from ", "", 1)).await > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let idle = format!(
            "select p.proname::text from pg_proc p left join pg_stat_user_functions f on f.funcid = p.oid
             where p.pronamespace = '{}'::regnamespace and coalesce(f.calls, 0) = 0",
            release::schema()
        );
        // What never returns is never counted.
        assert_eq!(names(house, &idle).await, BTreeSet::from(["refuse".to_owned()]));
    });
}

#[test]
fn plpgsql_check_finds_nothing_where_it_can_be_had() {
    in_a_house(async |house: &House| {
        if house.count("pg_available_extensions where name = 'plpgsql_check'").await == 0 {
            return;
        }
        house.run("create extension plpgsql_check").await;
        let found = format!(
            "select p.proname || ': ' || said from pg_proc p join pg_language l on l.oid = p.prolang and l.lanname = 'plpgsql'
             cross join lateral plpgsql_check_function(p.oid, extra_warnings => true) as said
             where p.pronamespace = '{}'::regnamespace",
            release::schema()
        );
        assert_eq!(names(house, &found).await, BTreeSet::new());
    });
}

#[test]
fn every_function_has_its_caller_s_rights_and_a_pinned_search_path() {
    in_a_house(async |house: &House| {
        let ours =
            format!("pronamespace in ('payonce'::regnamespace, '{}'::regnamespace)", release::schema());
        let pinned = "proconfig @> array['search_path=pg_catalog, pg_temp']";
        let loose = format!(
            "select proname::text from pg_proc where {ours} and (prosecdef or not coalesce({pinned}, false))"
        );
        assert_eq!(names(house, &loose).await, BTreeSet::new());
        assert!(house.count(&format!("pg_proc where {ours}")).await > 20);
        let public = format!(
            "select proname::text from pg_proc where pronamespace = '{}'::regnamespace and has_function_privilege('public', oid, 'execute')",
            release::schema()
        );
        assert_eq!(names(house, &public).await, BTreeSet::new());
    });
}

#[test]
fn a_dead_letter_is_its_event_seen_through_a_view() {
    in_a_house(async |house: &House| {
        let kind =
            "select relkind::text from pg_class where oid = 'payonce.webhook_dead_letter_queue'::regclass";
        assert_eq!(house.text(kind).await, "v");
        furnish(house).await;
        assert_eq!(house.count("payonce.webhook_dead_letter_queue").await, 0);
        house.run("update payonce.webhook_events set status = 'dead', next_attempt_at = null where status = 'failed'").await;
        assert_eq!(
            house.count("payonce.webhook_dead_letter_queue where outcome = 'payment_not_stored_yet'").await,
            1
        );
    });
}

#[test]
fn a_claim_returns_the_earlier_state_and_takes_up_only_what_failed() {
    in_a_house(async |house: &House| {
        let body = house.topup(Stripe, 100, 900).await.tells("customer.created");
        assert_eq!(house.outcome(Stripe, &body).await, "ignored unhandled_type");
        let settled = "settled_at = now(), next_attempt_at = null";
        let failed = "settled_at = null, next_attempt_at = now() + interval '1 hour'";
        let states = [
            ("processed", settled, "duplicate earlier"),
            ("ignored", settled, "duplicate earlier"),
            ("parked", settled, "duplicate earlier"),
            ("failed", failed, "ignored unhandled_type"),
            ("dead", "settled_at = null, next_attempt_at = null", "ignored unhandled_type"),
        ];
        for (deliveries, (state, rest, answer)) in (2..).zip(states) {
            house
                .run(&format!(
                    "update payonce.webhook_events set status = '{state}', outcome = 'earlier', {rest}"
                ))
                .await;
            assert_eq!(house.outcome(Stripe, &body).await, answer, "{state}");
            assert_eq!(house.value::<i32>("select deliveries from payonce.webhook_events").await, deliveries);
        }
    });
}

/// What the runtime roles may update; nothing else, nowhere.
const UPDATABLE: [(&str, &str); 11] = [
    (
        "webhook_events",
        "status outcome payment_id attempts deliveries next_attempt_at lease_until last_error settled_at",
    ),
    ("orders", "status payment_status paid_at hold"),
    ("payments", "status provider_order_id updated_at"),
    ("captures", "refunded_minor disputed_minor"),
    (
        "refunds",
        "provider_refund_id state updated_at attempts faulted first_sent_at next_attempt_at lease_until last_error",
    ),
    ("disputes", "state amount_minor due_by reported_at"),
    ("inventory", "stock held"),
    ("promotions", "usage_count held_count"),
    ("customer_totals", "orders spent_minor refunded_minor"),
    ("credit_accounts", "wallet last_seq"),
    ("receipt_series", "last_number"),
];
/// What checkout and operators may besides, and crons may not.
const UPDATABLE_BY_CHECKOUT: [(&str, &str); 6] = [
    ("customers", "name"),
    ("orders", "expires_at"),
    ("payments", "provider_url faulted"),
    ("idempotency_keys", "locked_until"),
    ("rate_limits", "calls"),
    ("captures", "verdict adjusted_minor"),
];
const INSERTABLE: &str =
    "webhook_events captures refunds disputes clawback_shortfalls stock_movements promo_redemptions
    customer_totals credit_ledger billing_audit_log email_logs receipts";
const INSERTABLE_BY_CHECKOUT: &str = "customers orders order_items payments billing_accounts credit_accounts
    idempotency_keys rate_limits mismatch_decisions";
/// No books: what is kept of repeated calls, and only crons forget it.
const FORGOTTEN_BY_CRONS: [&str; 2] = ["idempotency_keys", "rate_limits"];

#[test]
fn the_runtime_roles_may_add_and_move_forward_and_nothing_else() {
    in_a_house(async |house: &House| {
        furnish(house).await;
        let tables = names(house, "select relname::text from pg_class where relnamespace = 'payonce'::regnamespace and relkind = 'r'").await;
        let columns = "select table_name || '.' || column_name from information_schema.columns where table_schema = 'payonce'";
        let columns = names(house, columns).await;
        for login in ["payonce_request_login", "payonce_cron_login"] {
            let client =
                direct(&house.cluster.direct_url(login, &house.name), None).await.expect("a connection");
            let refused = async |sql: String| {
                tried(&client, &sql).await.is_err_and(|error| error.code().code() == "42501")
            };
            let checkout = login == "payonce_request_login";
            for table in &tables {
                let forgets = !checkout && FORGOTTEN_BY_CRONS.contains(&table.as_str());
                // Who may delete rows may lock the table, too.
                for (sql, may) in [
                    ("delete from", forgets),
                    ("lock table", forgets),
                    ("truncate", false),
                    ("drop table", false),
                ] {
                    let sql = format!("{sql} payonce.{table}");
                    assert_eq!(refused(sql.clone()).await, !may, "{login}: {sql}");
                }
                let may = INSERTABLE.split_whitespace().any(|name| name == table)
                    || checkout && INSERTABLE_BY_CHECKOUT.split_whitespace().any(|name| name == table);
                let sql = format!("insert into payonce.{table} default values");
                assert_eq!(refused(sql.clone()).await, !may, "{login}: {sql}");
            }
            for column in &columns {
                let (table, name) = column.split_once('.').expect("a table");
                let among = |list: &[(&str, &str)]| {
                    list.iter().any(|(of, names)| *of == table && names.split(' ').any(|one| one == name))
                };
                let may = among(&UPDATABLE) || checkout && among(&UPDATABLE_BY_CHECKOUT);
                let sql = format!("update payonce.{table} set {name} = default where false");
                assert_eq!(refused(sql.clone()).await, !may, "{login}: {sql}");
            }
            let schema = release::schema();
            for sql in [
                "create temporary table orders (id text)",
                "select from payonce.backups",
                "create table payonce.more ()",
                "create table public.more ()",
                "create schema more",
                "alter table payonce.orders disable trigger all",
                "set role payonce_migration",
                "alter table payonce.credit_ledger drop constraint credit_ledger_never_negative",
                "set session_replication_role = replica",
                "select setval('payonce.billing_audit_log_id_seq', 1)",
                "select pg_read_file('/etc/hostname')",
                "copy payonce.orders to program 'true'",
                &format!("create function {schema}.more() returns int language sql as 'select 1'"),
                &format!("drop schema {schema} cascade"),
                "create or replace function payonce.refuse_change() returns trigger language plpgsql as 'begin return new; end'",
            ] {
                assert!(refused(sql.into()).await, "{login}: {sql}");
            }
        }
        let owners = "pg_shdepend where refclassid = 'pg_authid'::regclass and deptype = 'o' and refobjid in (select oid from pg_roles
            where rolname in ('payonce_request', 'payonce_cron', 'payonce_request_login', 'payonce_cron_login'))";
        assert_eq!(house.count(owners).await, 0);
    });
}

/// Tables that are only ever added to.
pub(crate) const NEVER_CHANGED: [&str; 7] = [
    "credit_ledger",
    "billing_audit_log",
    "stock_movements",
    "clawback_shortfalls",
    "mismatch_decisions",
    "receipts",
    "backups",
];

#[test]
fn append_only_tables_refuse_even_their_owner() {
    in_a_house(async |house: &House| {
        furnish(house).await;
        for role in ["payonce_migration", "postgres"] {
            for table in NEVER_CHANGED {
                let when = match table {
                    "receipts" => "issued_at",
                    "backups" => "recorded_at",
                    _ => "created_at",
                };
                for sql in [
                    &format!("update payonce.# set {when} = now()"),
                    "delete from payonce.#",
                    "truncate payonce.#",
                    "truncate payonce.# cascade",
                ] {
                    let sql = format!("set local role {role}; {}", sql.replace('#', table));
                    let error = tried(&house.admin, &sql).await.expect_err(&sql);
                    assert_eq!(error.code().code(), "PY001", "{sql}: {error}");
                }
            }
            for parent in ["credit_accounts", "order_items", "inventory", "payments", "captures"] {
                let sql = format!("set local role {role}; truncate payonce.{parent} cascade");
                let error = tried(&house.admin, &sql).await.expect_err(&sql);
                assert_eq!(error.code().code(), "PY001", "{sql}: {error}");
            }
        }
    });
}
