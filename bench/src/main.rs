//! bench
mod books;
mod emulator;
mod fleet;
mod ground;
mod order;
mod process;
mod traffic;

use std::path::Path;
use std::rc::Rc;

use fleet::{Fleet, Program};
use ground::{Ground, Profile};
use payonce_tests::Random;
use traffic::Traffic;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let local = tokio::task::LocalSet::new();
    if let Err(error) = local.run_until(run()).await {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

async fn run() -> Result<(), String> {
    let options: Vec<String> = std::env::args().skip(2).collect();
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let binaries = std::env::args().nth(1).ok_or("where")?;
    let ground = Ground::start(&options).await?;
    let admin = ground.payonce("b_payonce").await?;
    let mut random = Random::seeded("BENCH_SEED");
    let url = ground.cluster.direct_url("payonce_request_login", "b_payonce");
    let mut fleet = Fleet::new(Program::of(Path::new(&binaries), "stripe-webhook", &[("DATABASE_URL", &url), ("STRIPE_WEBHOOK_SECRET", traffic::SECRET)]));
    println!("port {}", ground.port());
    let mut told: Vec<String> = Vec::new();
    for profile in [Profile::Cpu, Profile::Disk] {
        ground.profile(profile).await?;
        for traffic in [Traffic::Applied, Traffic::Duplicate, Traffic::Ignored, Traffic::Mixed] {
            for instances in [1, 8, 32] {
                let events = 3000;
                let orders: Vec<_> = (0..traffic.orders(events)).map(|_| order::Order::new(&mut random)).collect();
                order::store(&admin, include_str!("../sql/orders.sql"), &orders).await.map_err(|e| format!("{e:?}"))?;
                let batch = traffic::write(traffic, events, &orders, &told, &mut random);
                let before = books::Books::read(&admin).await?;
                // warm
                fleet.deliver(Rc::new([]), instances).await?;
                tokio::time::sleep(std::time::Duration::from_millis(300)).await;
                let (f0, p0, d0, w0) = (fleet.cpu(), ground.cpu(), process::own_cpu().0, ground.wal().await?);
                let out = fleet.deliver(batch.invocations.clone(), instances).await?;
                let (f1, p1, d1, w1) = (fleet.cpu(), ground.cpu(), process::own_cpu().0, ground.wal().await?);
                books::Books::read(&admin).await?.compare(&before, &batch.moves)?;
                if traffic == Traffic::Applied { told = batch.paid; }
                let n = events as f64;
                let us = |d: std::time::Duration| d.as_secs_f64() * 1e6 / n;
                println!("{} {:9} x{:2}: {:6.0}/s p50 {:?} p99 {:?} fn {:.0} us pg {:.0} us driver {:.0} us wal {}", profile.name(), traffic.name(), instances,
                    n / out.elapsed.as_secs_f64(), out.took[out.took.len() / 2], out.took[out.took.len() * 99 / 100], us(f1 - f0), us(p1 - p0), us(d1 - d0), (w1 - w0) / events as i64);
            }
        }
        books::hold_to_the_invariants(&admin).await?;
    }
    println!("peak memory {}", process::peak_memory(fleet.pids()[0]));
    Ok(())
}
