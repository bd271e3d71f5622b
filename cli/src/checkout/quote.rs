//! `payonce checkout quote`
use std::process::ExitCode;

use anyhow::Result;
use payonce::order::Line;
use serde_json::{Value, json};

use super::{basket, call, on_sale, opened};
use crate::order::item::Item;
use crate::{story, typed};

#[derive(clap::Args)]
pub(crate) struct Quote {
    /// SLUG[/VARIANT][xQTY], one for each thing
    #[arg(long = "item", value_name = "ITEM", required = true)]
    items: Vec<Item>,
    /// A promotion code, such as MONSOON10
    #[arg(long, value_name = "CODE")]
    promo: Option<String>,
    /// For whom: a promotion may be good once a buyer
    #[arg(long, value_parser = typed::email)]
    email: Option<String>,
    /// The function's answer as it came
    #[arg(long)]
    json: bool,
}

impl Quote {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let lines: Vec<Line> = self.items.into_iter().map(|Item(line)| line).collect();
        let body = json!({ "items": basket(&lines), "promo": self.promo, "email": self.email });
        let answer = match call::call("/v1/checkout/quote", &[], &body) {
            Ok(answer) => answer,
            Err(error) => return Err(on_sale::explained(error, &lines).await),
        };
        let answer = &answer;
        if self.json {
            println!("{answer:#}");
            return Ok(ExitCode::SUCCESS);
        }
        let told = |item: &Value| {
            let of = |key: &str| story::amount(item, key, answer);
            let name = item["title"].as_str().unwrap_or_default();
            ("", format!("{}  {} x {}  {name}", of("line_total_minor"), item["qty"], of("unit_price_minor")))
        };
        let mut lines: Vec<_> = answer["items"].as_array().into_iter().flatten().map(told).collect();
        lines.extend(opened::cost(&answer["cost"], answer));
        opened::print(&lines);
        Ok(ExitCode::SUCCESS)
    }
}
