//! A charge by whatever id of it somebody quotes.
use anyhow::{Result, bail};
use payonce::order;
use payonce::payment::{self, About, Captured, Found};
use serde_json::{Value, json};
use tokio_postgres::Client;
use uuid::Uuid;

/// The order that `quoted` names, and by what.
pub(crate) async fn order(client: &Client, quoted: &str) -> Result<(String, Value)> {
    let of_it = |found: &Found| match &found.about {
        About::Order(id) => Some(id.clone()),
        About::TopUp(_) => None,
    };
    chosen(payment::look_up(client, quoted.trim()).await?, quoted.trim(), of_it)
}

/// The payment for credits that `quoted` names, and by what.
pub(crate) async fn topup(client: &Client, quoted: &str) -> Result<(Uuid, Value)> {
    let of_it = |found: &Found| match found.about {
        About::Order(_) => None,
        About::TopUp(id) => Some(id),
    };
    chosen(payment::look_up(client, quoted.trim()).await?, quoted.trim(), of_it)
}

/// The order or the payment for credits that `quoted` names.
pub(crate) async fn about(client: &Client, quoted: &str) -> Result<About> {
    Ok(found(client, quoted).await?.0.about)
}

/// The payment that `quoted` names, whatever it is for, and by what. An order's id names its payment where it has one only.
pub(crate) async fn payment(client: &Client, quoted: &str) -> Result<(Uuid, Value)> {
    let (found, by) = found(client, quoted).await?;
    let order = match (found.payment, &found.about) {
        (Some(id), _) => return Ok((id, by)),
        (None, About::TopUp(id)) => return Ok((*id, by)),
        (None, About::Order(order)) => order,
    };
    let story = &order::story(client, order).await?.unwrap_or_default();
    let payments = story["payments"].as_array().map_or(&[][..], Vec::as_slice);
    if let [one] = payments
        && let Some(id) = one["id"].as_str().and_then(|id| id.parse().ok())
    {
        return Ok((id, by));
    }
    let show = |payment: &Value| {
        let of = |key: &str| payment[key].as_str().unwrap_or_default().to_owned();
        format!("{}  {} at {}", of("id"), of("status"), of("provider"))
    };
    let all: Vec<String> = payments.iter().map(show).collect();
    bail!("{order} has {} payments, name one:\n  {}", all.len(), all.join("\n  "))
}

/// The money that came for what `quoted` names: of its order or its credits, or what alone it names of that.
pub(crate) async fn captured(client: &Client, quoted: &str) -> Result<Vec<Captured>> {
    let quoted = quoted.trim();
    let (found, _) = found(client, quoted).await?;
    let mut all = payment::captured(client, &found.about).await?;
    match found.payment {
        _ if all.iter().any(|one| one.provider_payment == quoted) => {
            all.retain(|one| one.provider_payment == quoted);
        }
        Some(payment) => all.retain(|one| one.payment == payment),
        None => {}
    }
    Ok(all)
}

async fn found(client: &Client, quoted: &str) -> Result<(Found, Value)> {
    let quoted = quoted.trim();
    chosen(payment::look_up(client, quoted).await?, quoted, |found| Some(found.clone()))
}

/// The one that is wanted; where it is none or several, the way on.
fn chosen<T>(found: Vec<Found>, quoted: &str, wanted: impl Fn(&Found) -> Option<T>) -> Result<(T, Value)> {
    let mut fitting: Vec<(T, &Found)> =
        found.iter().filter_map(|found| Some((wanted(found)?, found))).collect();
    if fitting.len() > 1 {
        let all: Vec<String> = fitting.iter().map(|(_, found)| command(&found.about)).collect();
        bail!("{quoted} is shared by several:\n  {}", all.join("\n  "));
    }
    if let Some((id, found)) = fitting.pop() {
        return Ok((id, json!({ "quoted": quoted, "matched": found.matched })));
    }
    if let Some(other) = found.first() {
        let what = match other.about {
            About::Order(_) => "an order",
            About::TopUp(_) => "a payment for credits",
        };
        bail!("{quoted} ({}) leads to {what}: {}", other.matched, command(&other.about));
    }
    if quoted.starts_with("evt_") {
        bail!("{quoted} names an event: payonce event show {quoted}");
    }
    bail!(
        "nothing in this database is called {quoted}: no order or payment of ours, and no payment, order, refund or \
         dispute of a provider (whose payment id is known once its money has come: payonce event list)"
    )
}

fn command(about: &About) -> String {
    match about {
        About::Order(id) => format!("payonce order show {id}"),
        About::TopUp(id) => format!("payonce topup show {id}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(about: About) -> Found {
        Found { matched: "the provider's order id".into(), about, payment: None }
    }

    fn order_of(found: &Found) -> Option<String> {
        match &found.about {
            About::Order(id) => Some(id.clone()),
            About::TopUp(_) => None,
        }
    }

    #[test]
    fn the_wrong_one_of_the_two_commands_names_the_right_one() {
        let refused =
            chosen(vec![found(About::TopUp(Uuid::nil()))], "cs_1", order_of).unwrap_err().to_string();
        assert!(refused.contains("payonce topup show 00000000"), "{refused}");
    }

    #[test]
    fn what_several_share_is_not_guessed() {
        let two = ["ORD-1", "ORD-2"].map(|id| found(About::Order(id.into()))).to_vec();
        let refused = chosen(two, "order_1", order_of).unwrap_err().to_string();
        assert!(refused.contains("order show ORD-1\n") && refused.contains("order show ORD-2"), "{refused}");
    }

    #[test]
    fn an_order_is_preferred_to_credits_that_share_the_id_and_nothing_is_said_to_be_nothing() {
        let both = vec![found(About::TopUp(Uuid::nil())), found(About::Order("ORD-1".into()))];
        assert_eq!(chosen(both, "cs_1", order_of).unwrap().0, "ORD-1");
        let refused = chosen(vec![], "evt_1", order_of).unwrap_err().to_string();
        assert!(refused.contains("payonce event show evt_1"), "{refused}");
    }
}
