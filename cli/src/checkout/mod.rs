//! `payonce checkout`
mod call;
pub(crate) mod on_sale;
mod opened;
mod pay;
mod quote;

use std::process::ExitCode;

use anyhow::Result;
use payonce::order::Line;
use serde_json::{Value, json};

pub(crate) use call::open;
pub(crate) use opened::{Shown, show};

#[derive(clap::Subcommand)]
pub(crate) enum Checkout {
    /// What a basket costs now, part by part; nothing is held by it
    Quote(quote::Quote),
    /// Pay in the sandbox, as its buyer would by pressing pay
    Pay(pay::Pay),
}

impl Checkout {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        match self {
            Self::Quote(quote) => quote.run().await,
            Self::Pay(pay) => pay.run().await,
        }
    }
}

/// A basket as the function takes it.
pub(crate) fn basket(lines: &[Line]) -> Value {
    let line = |line: &Line| json!({ "product": line.product, "variant": line.variant, "qty": line.qty });
    lines.iter().map(line).collect()
}
