//! Migrations: once, in order, whoever runs them and wherever they were stopped; never on a stranger's database.
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, SystemTime};

use payonce::db::migrate::{self, Error, Identity, MIGRATIONS, Report};
use payonce::db::{Backup, direct, release};
use payonce::inbox::Provider::Stripe;
use payonce::operator::{self, Marker};
use payonce_tests::{Cluster, House, in_a_house, on_a_runtime};
use tokio_postgres::Client;

/// An empty database of its own, as the migration role owns it; gone after the test.
pub(crate) fn on_an_empty_database(name: &str, test: impl AsyncFnOnce(&Empty)) {
    on_a_runtime(async {
        let name = format!("empty_{}_{name}", std::process::id());
        let server = Cluster::shared().admin("postgres").await;
        let create = format!("create database {name} owner payonce_migration_login");
        server.batch_execute(&create).await.expect("a database");
        test(&Empty { admin: Cluster::shared().admin(&name).await, name: name.clone() }).await;
        server.batch_execute(&format!("drop database {name} with (force)")).await.expect("dropped");
    });
}

pub(crate) struct Empty {
    admin: Client,
    name: String,
}

impl Empty {
    pub(crate) fn url(&self) -> String {
        Cluster::shared().direct_url("payonce_migration_login", &self.name)
    }

    async fn login(&self) -> Client {
        direct(&self.url(), None).await.expect("a connection")
    }

    async fn migrate(&self, identity: &Identity) -> Result<Report, Error> {
        self.migrate_with(identity, Backup::NotNeeded).await
    }

    async fn migrate_with(&self, identity: &Identity, backup: Backup) -> Result<Report, Error> {
        migrate::run(&mut self.login().await, identity, backup).await
    }

    /// As a release before 0011 left it.
    pub(crate) async fn without_receipts(&self) {
        let undo = "drop table payonce.receipts; drop table payonce.receipt_series; drop index payonce.email_logs_sent_again;
            delete from payonce.schema_migrations where version = '0011_receipts'";
        self.run(undo).await;
    }

    pub(crate) async fn run(&self, sql: &str) {
        self.admin.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    pub(crate) async fn list(&self, sql: &str) -> Vec<String> {
        let rows = self.admin.query_typed(sql, &[]).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        rows.iter().map(|row| row.get(0)).collect()
    }

    pub(crate) async fn versions(&self) -> Vec<String> {
        self.list("select version from payonce.schema_migrations order by applied_at, version").await
    }

    /// All there is, to compare.
    async fn catalogue(&self) -> Vec<String> {
        self.list(
            "select c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || coalesce(a.attacl::text, '') as it
             from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 where c.relnamespace = 'payonce'::regnamespace
             union all select relname || coalesce(relacl::text, '') from pg_class where relnamespace = 'payonce'::regnamespace
             union all select conname || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'payonce'::regnamespace
             union all select tgname from pg_trigger where not tgisinternal
             union all select nspname || '.' || proname || prosrc || coalesce(proacl::text, '') from pg_proc p
               join pg_namespace n on n.oid = pronamespace where nspname like 'payonce%' order by it",
        )
        .await
    }
}

fn ours() -> Identity {
    House::identity()
}

fn all() -> Vec<&'static str> {
    MIGRATIONS.iter().map(|(version, _)| *version).collect()
}

#[test]
fn the_list_of_migrations_is_the_folder_of_migrations() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let files = std::fs::read_dir(&folder).expect("the folder").map(|file| file.expect("a file").path());
    let files: BTreeSet<String> = files
        .filter(|path| path.extension().is_some_and(|ending| ending == "sql"))
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    assert_eq!(files.into_iter().collect::<Vec<_>>(), all());
    for (version, text) in MIGRATIONS {
        assert_eq!(std::fs::read_to_string(folder.join(format!("{version}.sql"))).expect("text"), text);
    }
}

#[test]
fn a_first_run_applies_all_and_a_second_none() {
    on_an_empty_database("first", async |empty| {
        let report = empty.migrate(&ours()).await.expect("a run");
        assert_eq!((report.applied, report.already, report.installed), (all(), 0, Some(release::schema())));
        let (before, oids) = (
            empty.catalogue().await,
            "select oid::text from pg_proc where pronamespace::regnamespace::text like 'payonce%' order by oid",
        );
        let functions = empty.list(oids).await;
        let report = empty.migrate(&ours()).await.expect("a run");
        assert_eq!((report.applied, report.already, report.installed), (vec![], MIGRATIONS.len(), None));
        assert_eq!(empty.catalogue().await, before);
        assert_eq!(empty.list(oids).await, functions, "the functions are the very same");
        assert_eq!(empty.versions().await, all());
    });
}

#[test]
fn runners_at_once_do_the_work_once() {
    on_an_empty_database("at_once", async |empty| {
        let identity = ours();
        let runs = futures_util::future::join_all((0..4).map(|_| empty.migrate(&identity))).await;
        let reports: Vec<Report> = runs.into_iter().map(|run| run.expect("a run")).collect();
        let applied: Vec<&str> =
            all().into_iter().filter(|version| reports.iter().any(|r| r.applied.contains(version))).collect();
        assert_eq!(applied, all());
        assert_eq!(reports.iter().map(|report| report.applied.len()).sum::<usize>(), MIGRATIONS.len());
        assert_eq!(reports.iter().filter(|report| report.installed.is_some()).count(), 1);
    });
}

#[test]
fn an_edited_migration_is_refused_and_nothing_is_done() {
    on_an_empty_database("edited", async |empty| {
        empty.migrate(&ours()).await.expect("a run");
        empty
            .run(
                "update payonce.schema_migrations set checksum = repeat('0', 64) where version = '0003_catalogue';
                 delete from payonce.schema_migrations where version = '0008_privileges'",
            )
            .await;
        let error = empty.migrate(&ours()).await.expect_err("refused");
        assert!(matches!(error, Error::Edited("0003_catalogue")), "{error}");
        assert_eq!(
            empty
                .list("select version from payonce.schema_migrations where version = '0008_privileges'")
                .await,
            Vec::<String>::new()
        );
    });
}

#[test]
fn a_run_that_failed_half_way_goes_on_where_it_stopped() {
    on_an_empty_database("half", async |empty| {
        empty
            .run(
                "create function public.stop() returns event_trigger language plpgsql as $$ begin
                   if to_regclass('payonce.captures') is not null then raise 'the power is gone'; end if; end $$;
                 create event trigger stop on ddl_command_end execute function public.stop()",
            )
            .await;
        let not_local = Identity { local: false, ..ours() };
        let error = empty.migrate(&not_local).await.expect_err("stopped");
        assert!(
            error.to_string().starts_with("0006_payments: ")
                && error.to_string().contains("the power is gone"),
            "{error}"
        );
        assert_eq!(empty.versions().await, all()[..5]);
        assert_eq!(
            empty.list("select 'there' where to_regclass('payonce.payments') is not null").await,
            Vec::<String>::new()
        );
        empty.run("drop event trigger stop; drop function public.stop()").await;
        // Also where a backup is wanted: nothing has served from it, so there is nothing to lose.
        let backup = Backup::Marked { now: SystemTime::now() };
        let report = empty.migrate_with(&not_local, backup).await.expect("a run");
        assert_eq!((report.applied, report.already), (all()[5..].to_vec(), 5));
        assert_eq!(empty.versions().await, all());
    });
}

/// Marks a backup that was taken so many minutes before `now`.
async fn mark(empty: &Empty, now: SystemTime, minutes: i64) {
    let ago = Duration::from_secs(minutes.unsigned_abs() * 60);
    let taken_at = if minutes < 0 { now + ago } else { now - ago };
    let marker = Marker { taken_at, location: "snapshot-1", actor: "meera", now: taken_at.max(now) };
    operator::mark_backup(&empty.login().await, &marker).await.expect("on record");
}

#[test]
fn a_live_database_that_has_served_takes_no_migration_without_a_backup_of_the_last_day() {
    on_an_empty_database("live", async |empty| {
        let now = SystemTime::now();
        let live = Backup::needed(true, false, now);
        assert_eq!(empty.migrate_with(&ours(), live).await.expect("nothing is in it yet").applied, all());
        assert_eq!(empty.migrate_with(&ours(), live).await.expect("nothing is to apply").applied.len(), 0);

        empty.without_receipts().await;
        for minutes in [24 * 60, 30 * 24 * 60, -60] {
            mark(empty, now, minutes).await;
            let before = empty.catalogue().await;
            let error = empty.migrate_with(&ours(), live).await.expect_err("refused");
            assert!(matches!(error, Error::NoBackup(1)), "{error}");
            for way in ["payonce backup mark", "--i-have-a-backup", "i_have_a_backup", "IHaveABackup"] {
                assert!(error.to_string().contains(way), "{error}");
            }
            assert_eq!(empty.catalogue().await, before);
        }
        mark(empty, now, 24 * 60 - 1).await;
        let report = empty.migrate_with(&ours(), live).await.expect("a run");
        assert_eq!(report.applied, ["0011_receipts"]);

        empty.without_receipts().await;
        let later = now + Duration::from_secs(2 * 24 * 60 * 60);
        for (backup, applied) in [
            (Backup::needed(true, false, later), None),
            (Backup::needed(true, true, later), Some(1)),
            (Backup::needed(false, false, later), Some(0)),
        ] {
            let run = empty.migrate_with(&ours(), backup).await.ok();
            assert_eq!(run.map(|report| report.applied.len()), applied, "{backup:?}");
        }
    });
}

#[test]
fn a_deploy_refuses_a_database_that_forgets_what_it_committed() {
    on_an_empty_database("forgetful", async |empty| {
        let deployed = Identity { stage: "staging".into(), local: false, ..ours() };
        let database = empty.name.clone();
        for whose in
            [format!("database {database}"), format!("role payonce_cron_login in database {database}")]
        {
            empty.run(&format!("alter {whose} set synchronous_commit = off")).await;
            let error = empty.migrate(&deployed).await.expect_err("refused");
            assert!(matches!(error, Error::Forgetful), "{error}");
            empty.run(&format!("alter {whose} reset synchronous_commit")).await;
        }
        empty.migrate(&deployed).await.expect("a run");
    });
}

#[test]
fn a_database_from_before_backups_were_on_record_is_migrated_on_somebody_s_word() {
    on_an_empty_database("older", async |empty| {
        empty.migrate(&ours()).await.expect("a run");
        empty.run("drop table payonce.backups; delete from payonce.schema_migrations where version = '0012_backups'").await;
        let now = SystemTime::now();
        let error = empty.migrate_with(&ours(), Backup::Marked { now }).await.expect_err("refused");
        assert!(matches!(error, Error::NoBackup(1)), "{error}");
        let stranger = Identity { stage: "prod".into(), local: false, ..ours() };
        let error = empty.migrate_with(&stranger, Backup::Marked { now }).await.expect_err("refused");
        assert!(matches!(error, Error::Foreign(..)), "first of all, whose it is: {error}");
        let report = empty.migrate_with(&ours(), Backup::Vouched).await.expect("a run");
        assert_eq!(report.applied, ["0012_backups"]);
    });
}

#[test]
fn a_runner_killed_at_any_moment_leaves_a_database_that_the_next_one_finishes() {
    let mut whole = vec![];
    on_an_empty_database("whole", async |empty| {
        empty.migrate(&ours()).await.expect("a run");
        whole = empty.catalogue().await;
    });
    on_an_empty_database("killed", async |empty| {
        let mut stopped = 0;
        for after in [1, 2, 4, 6, 9, 12, 15, 20, 25, 30] {
            // Time's up: the future is dropped and with it the connection, in the middle of whatever it did.
            let identity = ours();
            let run = tokio::time::timeout(Duration::from_millis(after), empty.migrate(&identity));
            stopped += u32::from(run.await.is_err());
        }
        assert!(stopped > 0, "no run was ever stopped");
        empty.migrate(&ours()).await.expect("a run");
        assert_eq!(empty.versions().await, all());
        assert_eq!(empty.catalogue().await, whole);
    });
}

#[test]
fn a_local_command_touches_no_database_that_is_not_marked_local() {
    on_an_empty_database("theirs", async |empty| {
        empty.run("create table public.theirs (id int)").await;
        let error = empty.migrate(&ours()).await.expect_err("refused");
        assert!(matches!(error, Error::NotLocal), "{error}");
        assert_eq!(
            empty.list("select nspname::text from pg_namespace where nspname like 'payonce%'").await,
            Vec::<String>::new()
        );
        // A deploy may share a database with others' tables.
        let deployed = Identity { app_id: "payonce".into(), stage: "staging".into(), local: false };
        empty.migrate(&deployed).await.expect("a run");
        for stage in ["local", "staging"] {
            let error =
                empty.migrate(&Identity { stage: stage.into(), ..ours() }).await.expect_err("refused");
            assert!(matches!(error, Error::NotLocal), "{error}");
        }
        assert_eq!(empty.list("select stage || ' ' || local from payonce.identity").await, ["staging false"]);
    });
}

#[test]
fn a_database_of_another_stack_is_refused() {
    on_an_empty_database("foreign", async |empty| {
        empty.migrate(&ours()).await.expect("a run");
        let others = [
            Identity { app_id: "acme".into(), ..ours() },
            Identity { app_id: "acme".into(), local: false, ..ours() },
            Identity { stage: "prod".into(), local: false, ..ours() },
        ];
        for other in others {
            let error = empty.migrate(&other).await.expect_err("refused");
            assert!(matches!(error, Error::Foreign(..)), "{error}");
            assert!(error.to_string().contains("belongs to payonce/local, not to "), "{error}");
        }
        assert_eq!(
            empty.list("select rolname::text from pg_roles where rolname like 'acme%'").await,
            Vec::<String>::new()
        );
    });
}

#[test]
fn production_is_never_marked_local() {
    on_an_empty_database("prod", async |empty| {
        let error = empty.migrate(&Identity { stage: "prod".into(), ..ours() }).await.expect_err("refused");
        assert!(error.to_string().contains("identity_production_is_never_local"), "{error}");
        assert_eq!(
            empty.list("select 'there' where to_regclass('payonce.identity') is not null").await,
            Vec::<String>::new()
        );
    });
}

#[test]
fn another_stack_has_roles_of_its_own() {
    let app = format!("acme{}", std::process::id());
    let roles = format!("{app}_payonce_request, {app}_payonce_cron, {app}_payonce_migration");
    on_an_empty_database("acme", async |empty| {
        empty
            .migrate(&Identity { app_id: app.clone(), stage: "prod".into(), local: false })
            .await
            .expect("a run");
        let owners = "select distinct relowner::regrole::text from pg_class where relnamespace = 'payonce'::regnamespace";
        assert_eq!(empty.list(owners).await, [format!("{app}_payonce_migration")]);
        let granted = "select distinct grantee::text from information_schema.table_privileges where table_schema = 'payonce' order by 1";
        assert_eq!(
            empty.list(granted).await,
            roles.split(", ").map(str::to_owned).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>()
        );
        let callers = format!(
            "select rolname::text from pg_roles where rolname like '%payonce_request' or rolname like '%payonce_cron'
             and has_schema_privilege(rolname, '{}', 'usage') order by 1",
            release::schema()
        );
        let callers = empty.list(&callers).await;
        assert!(
            callers.contains(&format!("{app}_payonce_cron")) && !callers.contains(&"payonce_cron".to_owned()),
            "{callers:?}"
        );
    });
    on_an_empty_database("acme_roles", async |empty| empty.run(&format!("drop role {roles}")).await);
}

#[test]
fn a_name_that_cannot_prefix_roles_is_refused_before_anything_is_done() {
    on_an_empty_database("names", async |empty| {
        for name in
            ["", "Acme", "acme-tea", "acme tea", "1acme", "a'; drop role postgres; --", &"a".repeat(41)]
        {
            let error =
                empty.migrate(&Identity { app_id: name.into(), ..ours() }).await.expect_err("refused");
            assert!(error.to_string().contains("APP_ID"), "{error}");
        }
        assert_eq!(
            empty.list("select nspname::text from pg_namespace where nspname like 'payonce%'").await,
            Vec::<String>::new()
        );
    });
}

#[test]
fn two_releases_stand_side_by_side_and_claim_the_same_events() {
    in_a_house(async |house: &House| {
        // An older release: the same functions in another schema, as if their text had differed.
        let (schema, older) = (release::schema(), "payonce_0123456789ab");
        house.run(&format!("set role payonce_migration; create schema {older}")).await;
        let types = format!(
            "select format('create type {schema}.%I as (%s)', c.relname,
               string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' order by a.attnum))
             from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
             where c.relnamespace = '{schema}'::regnamespace and c.relkind = 'c' group by c.oid, c.relname order by c.oid"
        );
        let functions = format!(
            "select pg_get_functiondef(oid) from pg_proc where pronamespace = '{schema}'::regnamespace order by oid"
        );
        for texts in [types, functions] {
            for row in house.admin.query_typed(&texts, &[]).await.expect("their texts") {
                house.run(&row.get::<_, String>(0).replace(schema, older)).await;
            }
        }
        let grant = include_str!("../../shared/db/grant_release.sql").replace("payonce_release", older);
        house.run(&format!("{grant}; insert into payonce.releases (schema_name, version) values ('{older}', '0.0.9'); reset role")).await;

        // The old build still serves while the new one is there: one pays, the other sees that it is paid.
        let old = direct(&house.cluster.direct_url("payonce_request_login", &house.name), None)
            .await
            .expect("a connection");
        let pay = async |topup: &payonce_tests::Checkout, key: &str| {
            let sql = format!(
                "select s.mine::text || ' ' || s.outcome from {older}.settle_payment(row(gen_random_uuid(), 'stripe', to_timestamp(1767225600),
                   '{key}', 'payment_intent.succeeded', false, null, null, null, 'current', now(), 1, array['failed', 'dead'], null)::{older}.event,
                   '{}', null, '{}', 900, 'INR', gen_random_uuid(), gen_random_uuid()) s",
                topup.payment, topup.told.provider_payment
            );
            old.query_typed(&sql, &[]).await.expect("settled")[0].get::<_, String>(0)
        };
        let topup = house.topup(Stripe, 100, 900).await;
        assert_eq!(pay(&topup, "evt_old").await, "true credits_granted");
        assert_eq!(pay(&topup, "evt_old").await, "false credits_granted");
        assert_eq!(house.outcome(Stripe, &topup.paid()).await, "processed already_captured");
        let topup = house.topup(Stripe, 100, 900).await;
        assert_eq!(house.outcome(Stripe, &topup.paid()).await, "processed credits_granted");
        assert_eq!(pay(&topup, "evt_new").await, "true already_captured");

        // Migrating again leaves both where they are.
        let mut client = direct(&house.cluster.direct_url("payonce_migration_login", &house.name), None)
            .await
            .expect("a connection");
        assert!(
            migrate::run(&mut client, &ours(), Backup::NotNeeded).await.expect("a run").installed.is_none()
        );
        let releases = release::installed(&house.admin).await.expect("releases");
        let schemas: BTreeSet<&str> = releases.iter().map(|release| release.schema.as_str()).collect();
        assert_eq!(schemas, BTreeSet::from([schema, older]));

        // And only the old one is ever retired, once nobody may roll back to it.
        assert_eq!(
            release::retire(&mut client, &[], 30).await.expect("a list"),
            Vec::<String>::new(),
            "it is young"
        );
        house.run("update payonce.releases set installed_at = now() - interval '31 days'").await;
        assert_eq!(
            release::retire(&mut client, &[older.into()], 30).await.expect("a list"),
            Vec::<String>::new(),
            "it is kept"
        );
        assert_eq!(release::retire(&mut client, &[], 30).await.expect("a list"), [older]);
        assert_eq!(
            house.outcome(Stripe, &house.topup(Stripe, 100, 900).await.paid()).await,
            "processed credits_granted"
        );
    });
}
