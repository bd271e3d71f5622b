//! `payonce`, the operators' command, as an operator runs it: the real program, its output and its exit code.
mod checking;
mod deploying;
mod doctor;
mod fetching;
mod mismatches;
mod orders;
mod refunds;

use std::io::Write;
use std::process::{Command, Stdio};

use payonce::inbox::Provider;
use payonce_tests::till::{SERVICE_TOKEN, TOKEN_SECRET};
use payonce_tests::{Front, House, binary};

/// What the laptop stack sets: no provider is asked.
const SANDBOX: [(&str, &str); 5] = [
    ("PAYMENTS_MODE", "sandbox"),
    ("CHECKOUT_TOKEN_SECRET", TOKEN_SECRET),
    ("SERVICE_TOKEN", SERVICE_TOKEN),
    ("PUBLIC_ORIGIN_ALLOWLIST", "http://localhost:3000"),
    ("CHECKOUT_RATE_LIMIT_RPM", "1000"),
];

/// Where an operator of a house sits.
struct Desk<'h> {
    house: &'h House,
    settings: Vec<(String, String)>,
    /// Holds the functions up.
    _front: Option<Front>,
}

impl<'h> Desk<'h> {
    /// One in the sandbox, where no function is up.
    fn at(house: &'h House) -> Self {
        Self::with(house, &SANDBOX, None)
    }

    /// One in the sandbox, with checkout up.
    async fn with_checkout(house: &'h House) -> Self {
        let front = Front::open(house, &["checkout"], &SANDBOX).await;
        Self::with(house, &SANDBOX, Some(front))
    }

    fn with(house: &'h House, changes: &[(&str, &str)], front: Option<Front>) -> Self {
        let direct = house.cluster.direct_url("payonce_migration_login", &house.name);
        let base = front.as_ref().map_or_else(|| "http://127.0.0.1:9".to_owned(), Front::base);
        let own = [("DATABASE_DIRECT_URL", direct.as_str()), ("FUNCTION_URL_BASE", &base)];
        Self { house, settings: house.settings(&[&own, changes].concat()), _front: front }
    }

    /// Runs `payonce`: its exit code, and what it printed on both streams.
    fn run(&self, args: &[&str]) -> (i32, String) {
        self.run_reading(args, "")
    }

    fn run_reading(&self, args: &[&str], input: &str) -> (i32, String) {
        let mut process = Command::new(binary("payonce"))
            .args(args)
            .env_clear()
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
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
    fn says(&self, args: &[&str]) -> String {
        let (code, said) = self.run(args);
        assert_eq!(code, 0, "payonce {args:?}: {said}");
        said
    }

    /// The same, which must not.
    fn refuses(&self, args: &[&str]) -> String {
        let (code, said) = self.run(args);
        assert_ne!(code, 0, "payonce {args:?}: {said}");
        said
    }

    /// The id that `... --quiet` prints.
    fn id(&self, args: &[&str]) -> String {
        self.says(&[args, &["--quiet"]].concat()).trim().to_owned()
    }

    /// The invocation that pays, as the command signs it, through the function.
    async fn pays(&self, provider: Provider, args: &[&str]) -> String {
        let invocation = self.says(&[&["event", "pay", "--as-invocation"], args].concat());
        let answer = self.house.invoke(provider, serde_json::from_str(&invocation).unwrap()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["outcome"].as_str().unwrap().to_owned()
    }
}

/// Each of these stands in it.
fn has(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "no {part:?} in: {said}");
    }
}
