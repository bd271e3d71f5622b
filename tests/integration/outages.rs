//! The database refuses, hangs, is full, is old or is broken: the answer is a 503 in time and nothing is recorded, or
//! the fault is the event's own and it is recorded once.
use std::time::Duration;

use payonce::db::ANSWER_WITHIN;
use payonce::inbox::Provider::{Razorpay, Stripe};
use payonce::inbox::{self, Claim, Status};
use payonce::secret::Ring;
use payonce::stripe;
use payonce_tests::{
    House, Instance, Proxy, Reply, STRIPE_SECRET, Servers, environment, in_a_house, in_a_house_on,
};
use tokio_postgres::Client;

const AT_ONCE: Duration = Duration::from_secs(2);

#[test]
fn a_database_that_refuses_is_a_503_at_once() {
    in_a_house(async |house: &House| {
        house.stock("darjeeling", 45_000, 10).await;
        let order = house.order(Stripe, &[("darjeeling", 1)]).await;
        let closed = Proxy::start(&house.cluster.pool).await.port;
        let wrong_password = house
            .url_at(pool_port(house))
            .replace(&environment("LOCAL_DATABASE_PASSWORD"), "not-the-password");
        let (unreachable, refused) = ("database_unreachable", "database_login_refused");
        for (code, url) in [
            (unreachable, house.url_at(closed)),
            (unreachable, house.url_at(1)),
            (unreachable, house.url_at(1).replace("127.0.0.1", "no-such-host.invalid")),
            (refused, house.cluster.pooled_url("payonce_request_login", "no_such_database")),
            (refused, house.cluster.pooled_url("nobody_we_know", &house.name)),
            (refused, wrong_password),
        ] {
            let instance = house.start("stripe-webhook", &[("DATABASE_URL", &url)]).await;
            let reply = instance.deliver(Stripe, &order.paid()).await.unwrap();
            unavailable(&reply, code, AT_ONCE);
        }
        assert_eq!(house.count("payonce.webhook_events").await, 0);
    });
}

#[test]
fn postgres_down_behind_its_pooler_is_a_503_at_once_and_the_redelivery_succeeds() {
    let servers = Servers::start("outage-down", 4);
    in_a_house_on(&servers, async |house: &mut House| {
        house.stock("darjeeling", 45_000, 10).await;
        let order = house.order(Stripe, &[("darjeeling", 1)]).await;
        let paid = order.paid();
        let warm = warm(house, &[]).await;
        servers.stop_postgres();
        for instance in [&warm, &house.start("stripe-webhook", &[]).await] {
            let reply = instance.deliver(Stripe, &paid).await.unwrap();
            assert_eq!(reply.status, 503, "{}", reply.body);
            assert!(reply.took < AT_ONCE, "{:?} {}", reply.took, reply.body);
        }
        servers.restart_postgres();
        house.reconnect().await;
        assert_eq!(until_stored(&warm, &paid).await, "processed order_paid");
    });
}

#[test]
fn a_pool_whose_connections_are_all_held_is_a_503_at_once() {
    let servers = Servers::start("outage-full", 1);
    in_a_house_on(&servers, async |house: &mut House| {
        let instance = warm(house, &[]).await;
        let holder = pooled(house).await;
        holder.batch_execute("begin; set local idle_in_transaction_session_timeout = 0").await.unwrap();
        let topup = house.topup(Stripe, 500, 49_900).await;
        let paid = topup.paid();
        let reply = instance.deliver(Stripe, &paid).await.unwrap();
        unavailable(&reply, "database_refused", AT_ONCE);
        let cold = house.start("stripe-webhook", &[]).await;
        let reply = cold.deliver(Stripe, &paid).await.unwrap();
        assert_eq!(reply.status, 503, "{}", reply.body);
        assert!(reply.took < 2 * AT_ONCE, "{:?}: {}", reply.took, reply.body);
        println!("cold start before a full pool: {:?} {}", reply.took, reply.body["code"]);
        holder.batch_execute("rollback").await.unwrap();
        assert_eq!(until_stored(&instance, &paid).await, "processed credits_granted");
    });
}

#[test]
fn a_database_that_hangs_is_a_503_at_the_deadline() {
    in_a_house(async |house: &House| {
        let proxy = Proxy::start(&house.cluster.pool).await;
        let url = house.url_at(proxy.port);
        let warm = warm(house, &[("DATABASE_URL", &url)]).await;
        proxy.hang();
        let topup = house.topup(Stripe, 500, 49_900).await;
        let reply = warm.deliver(Stripe, &topup.paid()).await.unwrap();
        unavailable(&reply, "deadline", Duration::from_millis(3_900));
        assert!(reply.took >= Duration::from_millis(3_300), "{:?}", reply.took);
        // Now without a connection: opening one is a wait like any other.
        let reply = warm.deliver(Stripe, &topup.paid()).await.unwrap();
        unavailable(&reply, "deadline", Duration::from_millis(3_900));
        assert_eq!(house.count("payonce.webhook_events").await, 0);
    });
}

#[test]
fn the_platform_s_own_deadline_counts_when_it_is_nearer() {
    in_a_house(async |house: &House| {
        let proxy = Proxy::start(&house.cluster.pool).await;
        let url = house.url_at(proxy.port);
        let warm = warm(house, &[("DATABASE_URL", &url)]).await;
        proxy.hang();
        let topup = house.topup(Stripe, 500, 49_900).await;
        let body = topup.paid();
        let headers = payonce_tests::signed(Stripe, body.as_bytes(), house.now());
        let invocation = serde_json::json!({
            "rawPath": "/", "requestContext": { "http": { "method": "POST" } }, "headers": headers, "body": body,
        });
        let answer = warm.invoke(&invocation, Duration::from_secs(2)).await.expect("in time").unwrap();
        assert_eq!(answer["statusCode"], 503);
    });
}

#[test]
fn a_payment_locked_for_long_is_a_503_and_a_later_delivery_applies_it_once() {
    in_a_house(async |house: &House| {
        house.stock("darjeeling", 45_000, 10).await;
        for (table, key) in [("payments", "id"), ("orders", "id"), ("inventory", "product_slug")] {
            let order = house.order(Stripe, &[("darjeeling", 1)]).await;
            let paid = order.paid();
            let value = match table {
                "payments" => order.payment.to_string(),
                "orders" => order.order.clone(),
                _ => "darjeeling".into(),
            };
            house
                .run(&format!("begin; select from payonce.{table} where {key} = '{value}' for update"))
                .await;
            let instance = warm(house, &[]).await;
            let reply = instance.deliver(Stripe, &paid).await.unwrap();
            unavailable(&reply, "database_refused", AT_ONCE);
            house.run("rollback").await;
            assert_eq!(
                house.count(&format!("payonce.webhook_events where payment_id = '{}'", order.payment)).await,
                0
            );
            assert_eq!(house.outcome(Stripe, &paid).await, "processed order_paid");
            assert_eq!(house.outcome(Stripe, &paid).await, "duplicate order_paid");
        }
        assert_eq!(house.stock_of("darjeeling").await, 7);
    });
}

#[test]
fn a_connection_that_died_between_two_requests_is_replaced_without_a_503() {
    in_a_house(async |house: &House| {
        let proxy = Proxy::start(&house.cluster.pool).await;
        // Past the pooler the server ends it; past the proxy the network does.
        let direct = house.cluster.direct_url("payonce_request_login", &house.name);
        for url in [house.url_at(proxy.port), direct] {
            let instance = warm(house, &[("DATABASE_URL", &url)]).await;
            for _ in 0..5 {
                proxy.cut();
                house
                    .run(
                        "select pg_terminate_backend(pid) from pg_stat_activity
                          where usename = 'payonce_request_login' and datname = current_database()",
                    )
                    .await;
                let topup = house.topup(Stripe, 500, 49_900).await;
                let reply = instance.deliver(Stripe, &topup.paid()).await.unwrap();
                assert_eq!(
                    (reply.status, &reply.body["outcome"]),
                    (200, &"credits_granted".into()),
                    "{}",
                    reply.body
                );
            }
        }
    });
}

#[test]
fn a_connection_that_breaks_under_the_call_is_replaced_once_and_twice_is_a_503() {
    in_a_house(async |house: &House| {
        let proxy = Proxy::start(&house.cluster.pool).await;
        let instance = warm(house, &[("DATABASE_URL", &house.url_at(proxy.port))]).await;
        for _ in 0..3 {
            let topup = house.topup(Stripe, 500, 49_900).await;
            let paid = topup.paid();
            proxy.lose_words(2);
            let reply = instance.deliver(Stripe, &paid).await.unwrap();
            unavailable(&reply, "database_unreachable", AT_ONCE);
            assert_eq!(until_stored(&instance, &paid).await, "processed credits_granted");

            let topup = house.topup(Stripe, 500, 49_900).await;
            proxy.lose_words(1);
            let reply = instance.deliver(Stripe, &topup.paid()).await.unwrap();
            assert_eq!(
                (reply.status, reply.body["status"].as_str()),
                (200, Some("processed")),
                "{}",
                reply.body
            );
        }
    });
}

#[test]
fn a_session_that_was_ended_and_is_not_closed_yet_is_not_picked_up_again() {
    in_a_house(async |house: &House| {
        let proxy = Proxy::start(&house.cluster.pool).await;
        let instance = warm(house, &[("DATABASE_URL", &house.url_at(proxy.port))]).await;
        for _ in 0..3 {
            let topup = house.topup(Stripe, 500, 49_900).await;
            proxy.end_sessions(1);
            let reply = instance.deliver(Stripe, &topup.paid()).await.unwrap();
            assert_eq!(
                (reply.status, reply.body["status"].as_str()),
                (200, Some("processed")),
                "{}",
                reply.body
            );
        }
    });
}

#[test]
fn a_commit_whose_answer_was_lost_is_found_by_its_key_and_not_done_again() {
    in_a_house(async |house: &House| {
        let proxy = Proxy::start(&house.cluster.pool).await;
        let instance = warm(house, &[("DATABASE_URL", &house.url_at(proxy.port))]).await;
        for _ in 0..3 {
            let topup = house.topup(Stripe, 500, 49_900).await;
            proxy.lose_answers(1);
            let reply = instance.deliver(Stripe, &topup.paid()).await.unwrap();
            assert_eq!(reply.status, 200, "{}", reply.body);
            assert_eq!(
                (reply.body["status"].as_str(), reply.body["outcome"].as_str()),
                (Some("duplicate"), Some("credits_granted"))
            );
            assert_eq!(house.wallet(&topup).await, 500);
        }
        assert_eq!(house.count("payonce.credit_ledger").await, 3);
    });
}

#[test]
fn a_process_frozen_while_its_connection_died_answers_200_when_it_thaws() {
    in_a_house(async |house: &House| {
        let direct = house.cluster.direct_url("payonce_request_login", &house.name);
        let instance = warm(house, &[("DATABASE_URL", &direct)]).await;
        let pid = instance.pid().unwrap().to_string();
        let signal = |name: &str| std::process::Command::new("kill").args([name, &pid]).status().unwrap();
        for _ in 0..5 {
            signal("-STOP");
            house
                .run(
                    "select pg_terminate_backend(pid) from pg_stat_activity
                      where usename = 'payonce_request_login' and datname = current_database()",
                )
                .await;
            let topup = house.topup(Stripe, 500, 49_900).await;
            let paid = topup.paid();
            // The invocation waits for the process, as after a thaw on Lambda.
            let delivery = instance.deliver(Stripe, &paid);
            let thaw = async {
                tokio::time::sleep(Duration::from_millis(50)).await;
                signal("-CONT");
            };
            let (reply, ()) = tokio::join!(delivery, thaw);
            let reply = reply.unwrap();
            assert_eq!(
                (reply.status, &reply.body["outcome"]),
                (200, &"credits_granted".into()),
                "{}",
                reply.body
            );
        }
    });
}

#[test]
fn faults_of_the_house_record_nothing_and_the_event_succeeds_once_they_are_mended() {
    in_a_house(async |house: &House| {
        let schema = payonce::db::release::schema();
        let login = "payonce_request_login";
        let database = &house.name;
        for (breaks, mends) in [
            (format!("alter schema {schema} rename to elsewhere"), format!("alter schema elsewhere rename to {schema}")),
            (format!("revoke usage on schema {schema} from payonce_request"), format!("grant usage on schema {schema} to payonce_request")),
            ("revoke insert on payonce.captures from payonce_request".into(), "grant insert on payonce.captures to payonce_request".into()),
            ("revoke update (wallet) on payonce.credit_accounts from payonce_request".into(), "grant update (wallet) on payonce.credit_accounts to payonce_request".into()),
            ("alter table payonce.captures rename to missing".into(), "alter table payonce.missing rename to captures".into()),
            ("alter table payonce.captures rename verdict to missing".into(), "alter table payonce.captures rename missing to verdict".into()),
            (
                format!("alter role {login} in database {database} set default_transaction_read_only = on"),
                format!("alter role {login} in database {database} reset default_transaction_read_only"),
            ),
            (
                format!("alter role {login} in database {database} set statement_timeout = '1ms';
                         create function payonce.slow() returns trigger language plpgsql as 'begin perform pg_sleep(0.1); return new; end';
                         create trigger slow before insert on payonce.captures for each row execute function payonce.slow()"),
                format!("alter role {login} in database {database} reset statement_timeout;
                         drop trigger slow on payonce.captures; drop function payonce.slow()"),
            ),
        ] {
            let topup = house.topup(Stripe, 500, 49_900).await;
            let paid = topup.paid();
            house.run(&breaks).await;
            // Settings of a role count in new sessions, and the pooler keeps its own: a direct one.
            let direct = house.cluster.direct_url(login, database);
            let instance = house.start("stripe-webhook", &[("DATABASE_URL", &direct)]).await;
            let reply = instance.deliver(Stripe, &paid).await.unwrap();
            assert_eq!((reply.status, &reply.body["code"]), (503, &"database_refused".into()), "{breaks}: {}", reply.body);
            house.run(&mends).await;
            let known = format!("payonce.webhook_events where payment_id = '{}'", topup.payment);
            assert_eq!(house.count(&known).await, 0, "{breaks}");
            let instance = house.start("stripe-webhook", &[("DATABASE_URL", &direct)]).await;
            assert_eq!(until_stored(&instance, &paid).await, "processed credits_granted", "{breaks}");
        }
    });
}

#[test]
fn an_event_at_fault_itself_is_answered_200_recorded_once_and_retried_by_us() {
    in_a_house(async |house: &House| {
        let topup = house.topup(Razorpay, 500, 49_900).await;
        let paid = topup.paid();
        house.run("alter table payonce.captures add constraint planted check (amount_minor <> 49900)").await;
        assert_eq!(house.outcome(Razorpay, &paid).await, "failed constraint_refused");
        let row = "select status || ' ' || outcome || ' ' || attempts || ' ' || deliveries || ' ' || (next_attempt_at > now()) || ' ' || last_error
                   from payonce.webhook_events";
        let recorded = house.text(row).await;
        assert!(recorded.starts_with("failed constraint_refused 1 1 true 23514 "), "{recorded}");
        assert!(recorded.ends_with("(planted)"), "{recorded}");
        assert_eq!(house.count("payonce.captures").await, 0);
        assert_eq!(house.wallet(&topup).await, 0);

        house.run("alter table payonce.captures drop constraint planted").await;
        house.ahead.set(Duration::from_secs(120));
        assert_eq!(house.retry().await.settled, 1);
        assert_eq!(house.wallet(&topup).await, 500);
        assert_eq!(house.outcome(Razorpay, &paid).await, "duplicate credits_granted");
    });
}

#[test]
fn eight_copies_of_a_poisoned_event_at_once_count_one_attempt() {
    in_a_house(async |house: &House| {
        let topup = house.topup(Stripe, 500, 49_900).await;
        let paid = topup.paid();
        house.run("alter table payonce.captures add constraint planted check (amount_minor <> 49900)").await;
        for round in 0..3 {
            let (a, b, c, d, e, f, g, h) = tokio::join!(
                house.outcome(Stripe, &paid),
                house.outcome(Stripe, &paid),
                house.outcome(Stripe, &paid),
                house.outcome(Stripe, &paid),
                house.outcome(Stripe, &paid),
                house.outcome(Stripe, &paid),
                house.outcome(Stripe, &paid),
                house.outcome(Stripe, &paid),
            );
            for outcome in [a, b, c, d, e, f, g, h] {
                assert_eq!(outcome, "failed constraint_refused");
            }
            let row = house
                .text("select status || ' ' || attempts || ' ' || deliveries from payonce.webhook_events")
                .await;
            assert_eq!(row, format!("failed 1 {}", 8 * (round + 1)));
        }
        house.run("alter table payonce.captures drop constraint planted").await;
        assert_eq!(house.outcome(Stripe, &paid).await, "processed credits_granted");
    });
}

#[test]
fn a_failure_after_somebody_settled_the_event_does_not_undo_it() {
    in_a_house(async |house: &House| {
        let topup = house.topup(Stripe, 500, 49_900).await;
        let paid = topup.paid();
        // The first delivery fails, and while it is between its failure and the record of it, the second succeeds.
        house
            .run("create sequence payonce.visits; grant usage on payonce.visits to payonce_request;
                  create function payonce.fails_first() returns trigger language plpgsql as
                  'begin if nextval(''payonce.visits'') = 1 then perform pg_sleep(0.3); raise exception using errcode = ''23514''; end if; return new; end';
                  create trigger planted before insert on payonce.captures for each row execute function payonce.fails_first()")
            .await;
        let (first, second) = tokio::join!(house.outcome(Stripe, &paid), async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            house.outcome(Stripe, &paid).await
        });
        assert_eq!(second, "processed credits_granted");
        assert!(
            ["duplicate credits_granted", "failed constraint_refused"].contains(&first.as_str()),
            "{first}"
        );
        let row = house.text("select status || ' ' || attempts from payonce.webhook_events").await;
        assert!(row.starts_with("processed "), "{row}");
        assert_eq!(house.wallet(&topup).await, 500);
        // And when the record comes long after.
        let event = {
            let ring = Ring::new([("current", STRIPE_SECRET)]);
            let signature = stripe::sign(paid.as_bytes(), STRIPE_SECRET, house.now());
            let verified =
                stripe::verify(paid.clone().into(), Some(signature.as_bytes()), &ring, house.now()).unwrap();
            stripe::read(verified).unwrap().held_to(&house.config.expected)
        };
        let claim = Claim::delivered(&event, house.now());
        let deadline = tokio::time::Instant::now() + ANSWER_WITHIN;
        let late = inbox::record_failure(&house.db, deadline, &claim, ("late", "late"), 5).await.unwrap();
        assert_eq!(
            (late.mine, late.status, late.outcome.as_str()),
            (false, Status::Processed, "credits_granted")
        );
        assert_eq!(house.text("select status || ' ' || attempts from payonce.webhook_events").await, row);
        house.run("drop trigger planted on payonce.captures; drop function payonce.fails_first(); drop sequence payonce.visits").await;
    });
}

#[test]
fn tls_to_a_database_with_a_ca_of_its_own_works_with_its_ca_file_and_is_refused_without() {
    let folder = std::env::temp_dir().join(format!("payonce-tls-{}", std::process::id()));
    let certificate = Certificate::write(&folder);
    let (cert, key) =
        (format!("ssl_cert_file={}", certificate.cert), format!("ssl_key_file={}", certificate.key));
    let servers = Servers::start_with("outage-tls", 2, &["-c", "ssl=on", "-c", &cert, "-c", &key]);
    in_a_house_on(&servers, async |house: &mut House| {
        let direct = house.cluster.direct_url("payonce_request_login", &house.name);
        let by_name =
            |host: &str| direct.replace("127.0.0.1", host).replace("sslmode=disable", "sslmode=require");
        let topup = house.topup(Stripe, 500, 49_900).await;
        let paid = topup.paid();
        let other = Certificate::write(&folder.join("other"));
        for (host, ca_file) in
            [("localhost", None), ("localhost", Some(&other.ca)), ("127.0.0.1", Some(&certificate.ca))]
        {
            let url = by_name(host);
            let mut settings = vec![("DATABASE_URL", url.as_str())];
            settings.extend(ca_file.map(|path| ("DATABASE_CA_FILE", path.as_str())));
            let instance = house.start("stripe-webhook", &settings).await;
            let reply = instance.deliver(Stripe, &paid).await.unwrap();
            unavailable(&reply, "database_unreachable", AT_ONCE);
        }
        let url = by_name("localhost");
        let instance = house
            .start("stripe-webhook", &[("DATABASE_URL", &url), ("DATABASE_CA_FILE", &certificate.ca)])
            .await;
        assert_eq!(until_stored(&instance, &paid).await, "processed credits_granted");
        let encrypted = "pg_stat_ssl s join pg_stat_activity a using (pid) where s.ssl and a.usename = 'payonce_request_login'";
        assert_eq!(house.count(encrypted).await, 1);
    });
    let _ = std::fs::remove_dir_all(folder);
}

/// A CA, and a certificate of it for `localhost` alone, which the server's user may read.
struct Certificate {
    ca: String,
    cert: String,
    key: String,
}

impl Certificate {
    fn write(folder: &std::path::Path) -> Self {
        use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
        std::fs::create_dir_all(folder).unwrap();
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca_key = KeyPair::generate().unwrap();
        let ca = authority.self_signed(&ca_key).unwrap();
        let issuer = Issuer::new(authority, ca_key);
        let key = KeyPair::generate().unwrap();
        let cert =
            CertificateParams::new(vec!["localhost".into()]).unwrap().signed_by(&key, &issuer).unwrap();
        let write = |name: &str, text: String| {
            let path = folder.join(name);
            std::fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let written = Self {
            ca: write("ca.pem", ca.pem()),
            cert: write("server.pem", cert.pem()),
            key: write("server.key", key.serialize_pem()),
        };
        give_to_server(&written.key);
        written
    }
}

/// Postgres reads a private key only when it is its user's, or root's and its group's.
fn give_to_server(key: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(key, std::fs::Permissions::from_mode(0o600)).unwrap();
    // As root, the servers run as another user; `chown` fails for everybody else, who needs none.
    for user in ["postgres", "nobody"] {
        if std::process::Command::new("chown")
            .args([user, key])
            .output()
            .is_ok_and(|done| done.status.success())
        {
            return;
        }
    }
}

fn unavailable(reply: &Reply, code: &str, within: Duration) {
    assert_eq!((reply.status, &reply.body["code"]), (503, &code.into()), "{}", reply.body);
    assert_eq!(reply.headers["retry-after"], "5");
    assert_eq!(reply.body["detail"], "not acknowledged: send the same again");
    assert!(reply.took < within, "{:?}: {}", reply.took, reply.body);
}

fn pool_port(house: &House) -> u16 {
    house.cluster.pool.rsplit(':').next().unwrap().parse().unwrap()
}

/// An instance whose connection is open.
async fn warm(house: &House, changes: &[(&str, &str)]) -> Instance {
    let instance = house.start("stripe-webhook", changes).await;
    let about = house.topup(Stripe, 1, 100).await;
    let reply = instance.deliver(Stripe, &about.tells("customer.created")).await.unwrap();
    assert_eq!(reply.status, 200, "{}", reply.body);
    house.run("truncate payonce.webhook_events").await;
    instance
}

/// A connection as the function's role, through the pooler.
async fn pooled(house: &House) -> Client {
    let url = house.cluster.pooled_url("payonce_request_login", &house.name);
    payonce::db::direct(&url, None).await.unwrap()
}

/// Redelivers until it is acknowledged, for five seconds, as a provider does for days.
async fn until_stored(instance: &Instance, body: &str) -> String {
    for _ in 0..50 {
        let reply = instance.deliver(Stripe, body).await.unwrap();
        if reply.status == 200 {
            return format!(
                "{} {}",
                reply.body["status"].as_str().unwrap(),
                reply.body["outcome"].as_str().unwrap()
            );
        }
        assert_eq!(reply.status, 503, "{}", reply.body);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not stored within five seconds");
}
