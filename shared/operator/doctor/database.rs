//! The database behind each URL: reached, ours, of this release, and set as the functions take for granted.
use std::time::Duration;

use tokio::time::timeout_at;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Config, Error};

use super::functions::Url;
use super::{Finding, Settings, Visit, pooler};
use crate::db::migrate::{MIGRATIONS, Roles};
use crate::db::{self, ANSWER_WITHIN, release};
use crate::operator::{identity, verify};

/// What to do where the schema is not this build's.
const MIGRATE: &str = "run payonce migrate";

/// All that is to be said of a URL.
pub(super) async fn look(visit: &Visit<'_>, settings: &Settings<'_>, url: &Url) -> Vec<Finding> {
    let Ok(database) = settings.read(|source| source.database(&[url.name])) else { return Vec::new() };
    let Ok(config) = database.url.parse::<Config>() else {
        let says = "is not a Postgres URL";
        return vec![Finding::problem(url.name, says, "postgres://user:password@host:port/database")];
    };
    let mut found = in_the_clear(url, &config, settings.livemode());
    let connected = timeout_at(visit.deadline, db::direct(&database.url, database.ca_file.as_deref())).await;
    let client = match connected.unwrap_or_else(|_| Err("no answer in time".into())) {
        Ok(client) => client,
        Err(why) => {
            let remedy =
                "is it up, may this machine reach it, is its password right, and DATABASE_CA_FILE its CA?";
            found.push(Finding::problem(url.name, format!("no connection: {why}"), remedy));
            return found;
        }
    };
    let looked = timeout_at(visit.deadline, inside(&client, settings, url)).await;
    found.extend(match looked {
        Ok(Ok(inside)) => inside,
        Ok(Err(error)) => {
            vec![Finding::problem(url.name, db::explain(&error), "may this login read payonce's tables?")]
        }
        Err(_) => {
            vec![Finding::problem(url.name, "no answer in time", "is the server busy, or a lock held?")]
        }
    });
    let direct = url.of_migrations && !url.of_requests && !url.of_crons;
    let twin = settings.secret("DATABASE_DIRECT_URL").filter(|_| !direct);
    if twin.is_some_and(|twin| same_server(&config, &twin)) && !settings.is_local() {
        let says = "leads to the same server and port as DATABASE_DIRECT_URL: no pooler is between";
        found.push(Finding::warning(
            url.name,
            says,
            "let the functions go by a pooler, or count their connections",
        ));
    }
    found.extend(pooler::look(visit, url.name, &database, direct).await);
    found
}

fn in_the_clear(url: &Url, config: &Config, livemode: bool) -> Vec<Finding> {
    let is_here = |host: &Host| match host {
        Host::Tcp(name) => name == "localhost" || name == "::1" || name.starts_with("127."),
        Host::Unix(_) => true,
    };
    if config.get_ssl_mode() != SslMode::Disable || config.get_hosts().iter().all(is_here) {
        return Vec::new();
    }
    let says = "says sslmode=disable: its password and every row travel in the clear";
    let remedy = "take that out, and set DATABASE_CA_FILE where the database has a CA of its own";
    vec![match livemode {
        true => Finding::problem(url.name, says, remedy),
        false => Finding::warning(url.name, says, remedy),
    }]
}

fn same_server(config: &Config, twin: &str) -> bool {
    twin.trim()
        .parse::<Config>()
        .is_ok_and(|twin| config.get_hosts() == twin.get_hosts() && config.get_ports() == twin.get_ports())
}

/// Whose it is, whether it is of this release, and how it is set.
async fn inside(client: &Client, settings: &Settings<'_>, url: &Url) -> Result<Vec<Finding>, Error> {
    let name = url.name;
    let Ok(stack) = settings.read(|source| Some(source.stack())) else { return Ok(Vec::new()) };
    let ours = format!("{}/{}", stack.app_id, stack.stage);
    match identity(client).await? {
        None if url.of_migrations => {
            let says = "the database is not migrated yet";
            return Ok(vec![Finding::warning(name, says, MIGRATE)]);
        }
        None => return Ok(vec![Finding::problem(name, "the database is not migrated", MIGRATE)]),
        Some(owner) => {
            let whose = format!("{}/{}", owner.app_id, owner.stage);
            if whose != ours {
                let says = format!("this is the database of {whose}, and we are {ours}");
                let remedy = "check the URL, APP_ID and STAGE: the functions refuse it";
                return Ok(vec![Finding::problem(name, says, remedy)]);
            }
        }
    }
    let mut found = session(client, &Roles::of(&stack.app_id), url).await?;
    found.extend(of_this_release(client, name).await?);
    if url.of_migrations {
        found.extend(verified(client, name, &Roles::of(&stack.app_id)).await);
    }
    Ok(found)
}

async fn session(client: &Client, roles: &Roles, url: &Url) -> Result<Vec<Finding>, Error> {
    let all = roles.all();
    let params: [db::Param<'_>; 1] = [(&all.as_slice(), Type::TEXT_ARRAY)];
    let rows = client.query_typed(include_str!("session.sql"), &params).await?;
    let Some(row) = rows.first() else { return Ok(Vec::new()) };
    let (name, [request, cron, migration]) = (url.name, roles.all());
    let mut found = Vec::new();
    let mut problem = |says: String, remedy: &str| found.push(Finding::problem(name, says, remedy));
    if row.get("read_only") {
        problem("the server takes no writes".into(), "lead it to the primary");
    }
    if row.get("forgetful") {
        let remedy = "set it to on: a payment answered with 200 may be gone after a power cut";
        problem("synchronous_commit is off".into(), remedy);
    }
    if !url.of_migrations {
        let held: Vec<String> = row.get("roles");
        for wanted in
            [url.of_requests.then_some(&request), url.of_crons.then_some(&cron)].into_iter().flatten()
        {
            if !held.contains(wanted) {
                problem(
                    format!("its login is no member of {wanted}"),
                    "grant it, as infra/local/roles.sql does",
                );
            }
        }
        if row.get("rules") || held.contains(&migration) {
            let remedy = "give the functions a login of their own, a member of that role and nothing more";
            problem("its login may do more than the functions need".into(), remedy);
        }
        if row.get::<_, &str>("isolation") != "read committed" {
            problem(
                "its transactions are not read committed".into(),
                "alter role ... set default_transaction_isolation",
            );
        }
        for endless in row.get::<_, Vec<String>>("endless") {
            problem(
                format!("its login waits for ever: {endless} is 0"),
                "alter role ... set it, and reconnect the pooler",
            );
        }
        let statement =
            u64::try_from(row.get::<_, i64>("statement_ms")).map_or(Duration::MAX, Duration::from_millis);
        if statement > ANSWER_WITHIN {
            let says = format!(
                "statement_timeout is {} ms, and an answer is due within {}",
                statement.as_millis(),
                ANSWER_WITHIN.as_millis()
            );
            found.push(Finding::warning(name, says, "alter role ... set statement_timeout = '2s'"));
        }
    }
    if found.is_empty() {
        let version: &str = row.get("version");
        found.push(Finding::ok(
            name,
            format!("connects, to PostgreSQL {version}: ours, writable, login and timeouts as wanted"),
        ));
    }
    Ok(found)
}

/// The tables and the functions that this build calls.
async fn of_this_release(client: &Client, name: &str) -> Result<Vec<Finding>, Error> {
    let applied = client.query_typed("select version from payonce.schema_migrations", &[]).await?;
    let missing = MIGRATIONS
        .iter()
        .filter(|(version, _)| !applied.iter().any(|row| row.get::<_, &str>(0) == *version))
        .count();
    if missing > 0 {
        return Ok(vec![Finding::problem(name, format!("{missing} migrations are to be applied"), MIGRATE)]);
    }
    let sql =
        "select has_schema_privilege(oid, 'usage') as usable from pg_catalog.pg_namespace where nspname = $1";
    let there = client.query_typed(sql, &[(&release::schema(), Type::TEXT)]).await?;
    Ok(vec![match there.first().map(|row| row.get("usable")) {
        None => Finding::problem(name, "the functions of this release are not installed", MIGRATE),
        Some(false) => Finding::problem(name, "the functions of this release may not be called", MIGRATE),
        Some(true) => {
            Finding::ok(name, format!("schema and functions are this release's, {}", release::schema()))
        }
    }])
}

/// What `payonce verify` knows by looking alone.
async fn verified(client: &Client, name: &str, roles: &Roles) -> Vec<Finding> {
    let (mut passed, mut found) = (0, Vec::new());
    for check in verify::standing(client, roles).await {
        match check.verdict {
            Ok(()) => passed += 1,
            Err(why) => {
                let says = format!("{}: {why}", check.name);
                found.push(Finding::problem(name, says, "payonce verify checks the whole of it"));
            }
        }
    }
    if found.is_empty() {
        found.push(Finding::ok(
            name,
            format!("{passed} checks of schema, grants and settings pass (payonce verify)"),
        ));
    }
    found
}
