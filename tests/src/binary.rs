//! Where the built binaries are, and what they are started with.
use std::path::PathBuf;

/// `stripe-webhook`, `payonce`, ...: built by `make test` before the tests run.
pub fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    let path = test.ancestors().nth(2).expect("target/<profile>").join(name);
    assert!(path.exists(), "{} is not built: run `make test`", path.display());
    path
}

/// What `make test` says about the servers it started.
pub fn environment(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run `make test`, it starts the servers"))
}
