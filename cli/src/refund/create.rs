//! `payonce refund create`
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use payonce::money::Money;
use payonce::order::Line;
use payonce::payment::Captured;
use payonce::refund::{self, Returned, Wanted};

use crate::order::item::Item;
use crate::{quoted, settings, typed};

#[derive(clap::Args)]
pub(crate) struct Create {
    /// ORD-..., our payment's id, or any id of the provider's; where several payments came, the provider's payment id (pi_, pay_)
    id: String,
    /// In minor units  [default: all that is left]
    #[arg(long, value_name = "MINOR", allow_negative_numbers = true, value_parser = typed::some)]
    amount: Option<i64>,
    /// Why, for the books
    #[arg(long, value_name = "TEXT", value_parser = typed::reason)]
    reason: String,
    /// Who asks
    #[arg(long, value_name = "NAME", env = "USER", hide_env_values = true, value_parser = typed::person)]
    actor: String,
    /// All that was sold goes back on the shelf
    #[arg(long, conflicts_with = "returned")]
    return_stock: bool,
    /// These go back on the shelf: SLUG[/VARIANT][xQTY], one for each thing
    #[arg(long = "return", value_name = "ITEM", num_args = 1..)]
    returned: Vec<Item>,
}

impl Create {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let mut client = settings::pooled().await?;
        let capture = chosen(quoted::captured(&client, &self.id).await?, &self.id)?;
        if let Some(wanted) = self.amount
            && wanted > capture.left.minor
        {
            let wanted = Money { minor: wanted, currency: capture.money.currency };
            bail!("of {} only {} is left to refund, not {wanted}", capture.money, capture.left);
        }
        let lines: Vec<Line> = self.returned.iter().map(|Item(line)| line.clone()).collect();
        let returned = match &capture.order {
            _ if !self.return_stock && lines.is_empty() => Returned::Nothing,
            Some(order) if self.return_stock => Returned::Everything(order),
            Some(order) => Returned::Lines(order, &lines),
            None => bail!("credits are not on a shelf: leave --return and --return-stock out"),
        };
        let wanted = Wanted {
            provider: capture.provider,
            provider_payment: &capture.provider_payment,
            minor: self.amount,
            note: &self.reason,
            actor: &self.actor,
            returned,
        };
        let asked = refund::request(&mut client, &wanted, SystemTime::now()).await;
        let (id, minor, pieces) = asked.context("no refund was asked for")?;

        let money = Money { minor, currency: capture.money.currency };
        println!("requested  {money} of {}, {}", capture.money, capture.provider_payment);
        println!("refund     {id}");
        if pieces > 0 {
            println!("returned   {pieces} to the shelf");
        }
        println!("sent       by the sweeper's next run, or now: payonce refund send");
        Ok(ExitCode::SUCCESS)
    }
}

/// The money that is meant: what settled; else the only one that can be refunded. Never a guess.
fn chosen(captures: Vec<Captured>, id: &str) -> Result<Captured> {
    if captures.is_empty() {
        bail!("no money has come for {id}: there is nothing to refund");
    }
    let is_meant = |one: &&Captured| one.verdict == "settled";
    let can_go_back = |one: &&Captured| one.left.minor > 0 && (one.verdict != "mismatch" || one.decided);
    let settled: Vec<&Captured> = captures.iter().filter(is_meant).collect();
    let others: Vec<&Captured> = captures.iter().filter(can_go_back).collect();
    match (settled.as_slice(), others.as_slice()) {
        ([one], _) if one.left.minor > 0 => Ok((*one).clone()),
        ([], [one]) => Ok((*one).clone()),
        ([], []) => match captures.iter().find(|one| one.verdict == "mismatch" && !one.decided) {
            Some(one) => bail!(
                "what came for {id} is not what was asked: payonce mismatch refund {}",
                one.provider_payment
            ),
            None => bail!("nothing is left to refund of {id}"),
        },
        (_, []) => bail!("nothing is left to refund of {id}"),
        (_, several) => {
            let show =
                |one: &&Captured| format!("{}  {}, {} left", one.provider_payment, one.verdict, one.left);
            let all: Vec<String> = several.iter().map(show).collect();
            bail!("which money of {id} is meant? name it:\n  {}", all.join("\n  "))
        }
    }
}

#[cfg(test)]
mod tests {
    use payonce::inbox::Provider;
    use uuid::Uuid;

    use super::*;

    fn came(id: &str, verdict: &str, left: i64) -> Captured {
        let money = |minor| Money { minor, currency: "INR".parse().unwrap() };
        Captured {
            provider: Provider::Stripe,
            provider_payment: id.into(),
            payment: Uuid::nil(),
            order: None,
            money: money(900),
            left: money(left),
            verdict: verdict.into(),
            decided: false,
        }
    }

    fn of(captures: &[Captured]) -> String {
        chosen(captures.to_vec(), "ORD-1").map_or_else(|error| error.to_string(), |one| one.provider_payment)
    }

    #[test]
    fn what_settled_is_meant_and_else_the_only_one_with_something_left() {
        assert_eq!(of(&[came("pi_1", "duplicate", 900), came("pi_2", "settled", 5)]), "pi_2");
        assert_eq!(of(&[came("pi_1", "duplicate", 900)]), "pi_1");
        assert!(of(&[came("pi_1", "duplicate", 900), came("pi_2", "settled", 0)]).contains("name it"));
        let several = of(&[came("pi_1", "duplicate", 900), came("pi_2", "unfulfillable", 900)]);
        assert!(several.contains("pi_1  duplicate") && several.contains("pi_2  unfulfillable"), "{several}");
    }

    #[test]
    fn where_nothing_can_be_refunded_the_reason_is_said() {
        assert!(of(&[]).contains("no money has come"));
        assert!(of(&[came("pi_1", "settled", 0)]).contains("nothing is left"));
        assert!(of(&[came("pi_1", "mismatch", 900)]).contains("payonce mismatch refund pi_1"));
    }
}
