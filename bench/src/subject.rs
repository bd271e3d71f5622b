//! Whoever is measured: a function's instances, or pgbench making the same call.
use std::time::Duration;

use payonce_tests::Random;
use tokio_postgres::Client;

use crate::books::Books;
use crate::figures::{Sample, quantile};
use crate::fleet::Fleet;
use crate::floor::{Script, WARM_UP};
use crate::ground::Ground;
use crate::order::{self, letters};
use crate::process;
use crate::traffic::{self, Traffic};

/// A subject and its database.
pub(crate) struct Subject {
    /// As reports call it.
    pub(crate) name: String,
    /// A superuser's session in its database.
    pub(crate) admin: Client,
    /// Who works.
    pub(crate) runs: Runs,
    /// What it works on.
    pub(crate) tables: Tables,
    /// Bodies it was told of before, for redeliveries.
    pub(crate) told: Vec<String>,
    /// The number of the next order.
    pub(crate) next: i64,
}

/// Who works.
pub(crate) enum Runs {
    /// A function.
    Functions(Fleet),
    /// pgbench.
    Pgbench(Script),
}

/// What it works on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tables {
    /// payonce's own, whose books are known.
    Payonce,
    /// Its own: a query that counts its effects.
    Own(String),
}

/// What the clock and the counters said.
struct Reading {
    function: Duration,
    postgres: Duration,
    driver: Duration,
    wal: i64,
}

impl Subject {
    /// Delivers about `events` events by so many instances, and holds the books to what they must have moved.
    pub(crate) async fn run(
        &mut self,
        ground: &Ground,
        (traffic, instances, events): (Traffic, usize, usize),
        random: &mut Random,
    ) -> Result<Sample, String> {
        let done = match self.runs {
            Runs::Functions(_) => self.deliver(ground, (traffic, instances, events), random).await,
            Runs::Pgbench(_) => self.call(ground, instances, events).await,
        };
        done.map_err(|error| format!("{}, {} at {instances}: {error}", self.name, traffic.name()))
    }

    async fn deliver(
        &mut self,
        ground: &Ground,
        (traffic, instances, events): (Traffic, usize, usize),
        random: &mut Random,
    ) -> Result<Sample, String> {
        let mut orders = self.place(traffic.orders(events)).await?;
        if self.tables == Tables::Payonce {
            for order in &mut orders {
                order.told.provider_payment = format!("pi_{}", letters(random, 24));
            }
        }
        let batch = traffic::write(traffic, events, &orders, &self.told, random);
        let before = self.books().await?;
        let Runs::Functions(fleet) = &mut self.runs else { return Err("no function".into()) };
        while fleet.pids().len() < instances {
            fleet.start().await?;
        }
        let start = read(ground, Some(fleet)).await?;
        let outcome = fleet.deliver(batch.invocations.clone(), instances).await?;
        let end = read(ground, Some(fleet)).await?;
        self.check(&before, &batch.moves).await?;
        if traffic == Traffic::Applied {
            self.told = batch.paid;
        }
        let events = batch.invocations.len();
        Ok(sample(events, outcome.elapsed, &outcome.took, (&start, &end)))
    }

    /// By pgbench: once the warm-up alone, then the warm-up and what counts. The difference is what counts used.
    async fn call(&mut self, ground: &Ground, clients: usize, events: usize) -> Result<Sample, String> {
        let each = events.div_ceil(clients);
        let (warm_up, first) = (self.next, self.next + (clients * WARM_UP) as i64);
        let orders = self.place(clients * (WARM_UP + WARM_UP + each)).await?;
        let moves = Books::of(&orders, orders.len() as i64, orders.len() as i64);
        let before = self.books().await?;
        let Runs::Pgbench(script) = &self.runs else { return Err("no script".into()) };
        let start = read(ground, None).await?;
        script.run(clients, WARM_UP, warm_up)?;
        let between = read(ground, None).await?;
        let used = script.cpu_of_the_last_run();
        let took = script.run(clients, WARM_UP + each, first)?;
        let mut end = read(ground, None).await?;
        let start = Reading {
            function: used,
            postgres: between.postgres + (between.postgres - start.postgres),
            driver: end.driver,
            wal: between.wal + (between.wal - start.wal),
        };
        end.function = script.cpu_of_the_last_run();
        self.check(&before, &moves).await?;
        Ok(sample(each * clients, took.elapsed, &took.latencies, (&start, &end)))
    }

    /// Unpaid orders, so many.
    pub(crate) async fn place(&mut self, count: usize) -> Result<Vec<order::Order>, String> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let first = self.next;
        self.next += count as i64;
        order::place(&self.admin, first, count).await
    }

    async fn books(&self) -> Result<(Books, i64), String> {
        match &self.tables {
            Tables::Payonce => Ok((Books::read(&self.admin).await?, 0)),
            Tables::Own(sql) => {
                let rows = self.admin.query_typed(sql, &[]).await.map_err(|error| error.to_string())?;
                Ok((Books::default(), rows.first().ok_or("no row")?.get(0)))
            }
        }
    }

    async fn check(&self, before: &(Books, i64), moves: &Books) -> Result<(), String> {
        let after = self.books().await?;
        match self.tables {
            Tables::Payonce => after.0.compare(&before.0, moves),
            Tables::Own(_) if after.1 - before.1 == moves.brought() => Ok(()),
            Tables::Own(_) => Err(format!("{} effects of {} events", after.1 - before.1, moves.brought())),
        }
    }
}

async fn read(ground: &Ground, fleet: Option<&Fleet>) -> Result<Reading, String> {
    let wal = ground.wal().await?;
    Ok(Reading {
        function: fleet.map_or(Duration::ZERO, Fleet::cpu),
        postgres: ground.cpu(),
        driver: process::own_cpu().0,
        wal,
    })
}

fn sample(events: usize, elapsed: Duration, took: &[Duration], (start, end): (&Reading, &Reading)) -> Sample {
    let number = events as f64;
    let each = |from: Duration, to: Duration| to.saturating_sub(from).as_secs_f64() * 1e6 / number;
    Sample {
        events,
        per_second: number / elapsed.as_secs_f64(),
        p50_us: quantile(took, 500),
        p99_us: quantile(took, 990),
        p999_us: quantile(took, 999),
        function_us: each(start.function, end.function),
        postgres_us: each(start.postgres, end.postgres),
        driver_us: each(start.driver, end.driver),
        wal_bytes: (end.wal - start.wal) as f64 / number,
    }
}
