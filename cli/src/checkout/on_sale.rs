//! Is what was asked for on sale? If not, what is.
use anyhow::{Result, bail};
use payonce::order::{self, Line, OnSale};

use super::call::Refused;
use crate::settings;

/// A basket that checkout refused, in better words: what is on sale instead, where the database can be asked.
pub(crate) async fn explained(error: anyhow::Error, lines: &[Line]) -> anyhow::Error {
    let about_it = ["body_malformed", "currencies_mixed", "out_of_stock", "product_unavailable"];
    match error.downcast_ref::<Refused>() {
        Some(refused) if about_it.contains(&refused.code.as_str()) => {}
        _ => return error,
    }
    let Ok(client) = settings::pooled().await else { return error };
    let Ok(on_sale) = order::on_sale(&client).await else { return error };
    check(lines, &on_sale).err().unwrap_or(error)
}

/// Refuses what no order can be made of, and says what there is instead.
fn check(lines: &[Line], on_sale: &[OnSale]) -> Result<()> {
    for (at, line) in lines.iter().enumerate() {
        let name = item(&line.product, &line.variant);
        let again =
            lines.iter().skip(at + 1).find(|it| (&it.product, &it.variant) == (&line.product, &line.variant));
        if let Some(again) = again {
            bail!("{name} is there twice: say it once, --item {name}x{}", line.qty.saturating_add(again.qty));
        }
        let same = |it: &&OnSale| (&it.product, &it.variant) == (&line.product, &line.variant);
        match on_sale.iter().find(same) {
            Some(it) if it.free < line.qty => bail!("of {name} there are {} left, not {}", it.free, line.qty),
            Some(_) => continue,
            None => {}
        }
        let variants: Vec<&OnSale> = on_sale.iter().filter(|it| it.product == line.product).collect();
        match (variants.as_slice(), on_sale) {
            (_, []) => bail!("nothing is on sale here: payonce seed --demo puts in a shop"),
            ([], all) => bail!("no {name} is on sale; there are:\n{}", catalogue(all)),
            (some, _) => bail!("no {name} is on sale; of it there are:\n{}", catalogue(some.iter().copied())),
        }
    }
    one_currency(lines, on_sale)
}

fn one_currency(lines: &[Line], on_sale: &[OnSale]) -> Result<()> {
    let price = |line: &Line| on_sale.iter().find(|it| it.product == line.product).map(|it| it.price);
    let mut priced = lines.iter().filter_map(|line| Some((line, price(line)?)));
    let Some((first, in_this)) = priced.next() else { return Ok(()) };
    if let Some((other, in_that)) = priced.find(|(_, price)| price.currency != in_this.currency) {
        bail!(
            "an order is in one currency: {} is sold in {}, {} in {}",
            first.product,
            in_this.currency,
            other.product,
            in_that.currency
        );
    }
    Ok(())
}

fn catalogue<'a>(on_sale: impl IntoIterator<Item = &'a OnSale>) -> String {
    let lines = on_sale.into_iter().map(|it| {
        let price = it.price.to_string();
        format!("  {:32} {price:>14}  {:>4} left", item(&it.product, &it.variant), it.free)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// As it is typed.
fn item(product: &str, variant: &str) -> String {
    if variant.is_empty() { product.to_owned() } else { format!("{product}/{variant}") }
}

#[cfg(test)]
mod tests {
    use payonce::money::Money;

    use super::*;

    fn shop() -> Vec<OnSale> {
        let sold = [("assam", "100g", "INR"), ("assam", "250g", "INR"), ("gitanjali", "", "USD")];
        sold.map(|(product, variant, currency)| OnSale {
            product: product.into(),
            variant: variant.into(),
            price: Money { minor: 54_900, currency: currency.parse().unwrap() },
            free: 7,
        })
        .to_vec()
    }

    fn refused(lines: &[(&str, &str)]) -> String {
        let lines: Vec<Line> = lines
            .iter()
            .map(|(product, variant)| Line { product: (*product).into(), variant: (*variant).into(), qty: 2 })
            .collect();
        check(&lines, &shop()).map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn an_unknown_variant_is_answered_with_those_of_its_product() {
        for variant in ["50g", ""] {
            let told = refused(&[("assam", variant)]);
            assert!(told.contains("assam/100g") && told.contains("assam/250g"), "{told}");
            assert!(!told.contains("gitanjali"), "{told}");
        }
        assert_eq!(refused(&[("assam", "100g"), ("assam", "250g")]), "");
    }

    #[test]
    fn an_unknown_product_is_answered_with_all_that_is_on_sale() {
        let told = refused(&[("gitanjoli", "")]);
        assert!(told.contains("assam/100g") && told.contains("gitanjali"), "{told}");
        assert!(check(&[], &[]).is_ok());
    }

    #[test]
    fn more_than_is_left_is_answered_with_what_is_left() {
        let many = Line { product: "gitanjali".into(), variant: String::new(), qty: 8 };
        assert!(check(&[many], &shop()).unwrap_err().to_string().contains("7 left"));
    }

    #[test]
    fn an_item_said_twice_and_two_currencies_are_refused() {
        assert!(refused(&[("gitanjali", ""), ("gitanjali", "")]).contains("gitanjalix4"));
        assert!(refused(&[("gitanjali", ""), ("assam", "100g")]).contains("assam in INR"));
    }
}
