//! The habits of the house, held by a machine: sizes, names, and the things that must never occur.
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the clone").to_owned()
}

/// Every file of ours below `folder` whose name ends so, with its text.
fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in
            std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            if path.is_dir()
                && !name.starts_with('.')
                && !["target", "corpus", "artifacts"].contains(&name.as_str())
            {
                folders.push(path);
            } else if name.ends_with(ending) {
                let text = std::fs::read_to_string(&path).expect("text");
                found.push((path.strip_prefix(root()).expect("ours").display().to_string(), text));
            }
        }
    }
    found
}

fn is_test(path: &str) -> bool {
    path.starts_with("tests/")
        || path.ends_with("tests.rs")
        || path.contains("/tests/")
        || path.ends_with("retold.rs")
}

#[test]
fn files_stay_small() {
    for (path, text) in files(".", ".rs").into_iter().chain(files(".", ".sql")) {
        let most = match path.as_str() {
            _ if path.starts_with("functions/") && path.ends_with("main.rs") => 15,
            _ if path.starts_with("functions/") => 80,
            _ if path.ends_with("invariants.sql")
                || path.ends_with("seed.sql")
                || path.starts_with("migrations/") =>
            {
                200
            }
            _ if path.ends_with(".sql") => 60,
            _ if is_test(&path) => 700,
            _ => 300,
        };
        assert!(text.lines().count() <= most, "{path}: {} lines, at most {most}", text.lines().count());
    }
}

/// Arithmetic with floats is denied by clippy, columns by invariant I36; here, that none is even named where money is.
#[test]
fn no_float_but_where_a_page_is_drawn() {
    for (path, text) in ["shared", "functions", "cli"].iter().flat_map(|folder| files(folder, ".rs")) {
        if path.starts_with("shared/receipt/pdf/") {
            continue;
        }
        for word in text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_') {
            assert!(!["f32", "f64"].contains(&word), "{path} names {word}");
        }
    }
    for (path, text) in files("shared", ".sql").into_iter().chain(files("migrations", ".sql")) {
        for word in ["double precision", " float", "::money", "::real"] {
            assert!(path.ends_with("invariants.sql") || !text.contains(word), "{path} names {word}");
        }
    }
}

#[test]
fn no_name_says_nothing() {
    for (path, _) in files(".", ".rs").into_iter().chain(files(".", ".sql")) {
        for part in path.trim_end_matches(".rs").trim_end_matches(".sql").split('/') {
            assert!(
                !["util", "utils", "common", "helpers", "helper", "types", "misc", "models"].contains(&part),
                "{path}"
            );
        }
    }
}

#[test]
fn the_environment_is_read_in_config_and_the_clock_at_the_edge() {
    for (path, text) in files("shared", ".rs").into_iter().chain(files("functions", ".rs")) {
        if !path.starts_with("shared/config/") && !is_test(&path) {
            assert!(!text.contains("std::env") && !text.contains("env::var"), "{path} reads the environment");
        }
        if path.starts_with("shared/") && !path.starts_with("shared/lambda/") && !is_test(&path) {
            assert!(!text.contains("SystemTime::now"), "{path} reads the clock");
        }
    }
}

#[test]
fn imports_point_one_way() {
    let forbidden = [
        ("shared/stripe/", "crate::razorpay"),
        ("shared/razorpay/", "crate::stripe"),
        ("shared/stripe/", "crate::gateway"),
        ("shared/razorpay/", "crate::gateway"),
        ("shared/outgoing/", "crate::stripe"),
        ("shared/outgoing/", "crate::razorpay"),
        ("shared/outgoing/", "crate::inbox"),
        ("shared/gateway/", "crate::payment"),
        ("shared/gateway/", "crate::order"),
        ("shared/inbox/", "crate::payment"),
        ("shared/inbox/", "crate::order"),
        ("shared/inbox/", "crate::credit"),
        ("shared/inbox/", "crate::fulfilment"),
        ("shared/payment/", "crate::fulfilment"),
        ("shared/order/", "crate::fulfilment"),
        ("shared/credit/", "crate::fulfilment"),
        ("shared/db/", "crate::inbox"),
        ("shared/money/", "crate::"),
        ("shared/failure/", "crate::inbox"),
    ];
    for (path, text) in files("shared", ".rs") {
        for (folder, import) in forbidden {
            assert!(
                is_test(&path) || !path.starts_with(folder) || !text.contains(import),
                "{path} imports {import}"
            );
        }
    }
}

#[test]
fn sql_takes_the_weaker_lock_names_its_columns_and_qualifies_its_tables() {
    for (path, text) in files("shared", ".sql") {
        let code: String =
            text.lines().map(|line| line.split("--").next().unwrap_or("")).collect::<Vec<_>>().join("\n");
        let code = code.to_lowercase();
        for never in ["for update", "for share", "when others", "select *"] {
            assert!(!code.contains(never), "{path}: {never}");
        }
        if code.contains("language plpgsql") || code.contains("language sql") {
            assert!(
                code.contains("security invoker set search_path = pg_catalog, pg_temp"),
                "{path}: search_path"
            );
        }
        if path.contains("/db/") || path.contains("operator/") {
            continue;
        }
        for line in code.lines() {
            for verb in [" from ", " join ", "insert into ", "update "] {
                if let Some(rest) = line.split(verb).nth(1) {
                    let table = rest.split([' ', '(', ')', ';', ',']).next().unwrap_or("");
                    let ours = [
                        "orders",
                        "payments",
                        "captures",
                        "refunds",
                        "disputes",
                        "webhook_events",
                        "inventory",
                        "customers",
                        "credit_accounts",
                        "credit_ledger",
                        "billing_accounts",
                        "promotions",
                    ];
                    assert!(!ours.contains(&table), "{path}: {table} without its schema");
                }
            }
        }
    }
}

#[test]
fn every_function_is_a_folder_a_crate_and_a_binary_of_one_name() {
    for entry in std::fs::read_dir(root().join("functions")).expect("functions") {
        let folder = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        let manifest = std::fs::read_to_string(root().join("functions").join(&folder).join("Cargo.toml"))
            .expect("a crate");
        assert!(manifest.contains(&format!("name = \"{folder}\"")), "{folder}");
        assert!(root().join("functions").join(&folder).join("src/main.rs").exists(), "{folder}");
    }
}
