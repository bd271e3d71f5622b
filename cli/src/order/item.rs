//! How a line of an order is typed: `SLUG[/VARIANT][xQTY]`.
use std::str::FromStr;

use payonce::order::Line;

/// Checkout takes no more of a thing.
const MOST: i64 = 10_000;

/// One line as typed.
#[derive(Clone, Debug)]
pub(crate) struct Item(pub(crate) Line);

impl FromStr for Item {
    type Err = String;

    /// The last `x` followed by nothing but digits begins the quantity: a name that ends so needs one (`mix2x1`).
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, qty) = match text.rsplit_once('x') {
            Some((name, digits))
                if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                let qty = digits.parse().ok().filter(|qty| *qty <= MOST);
                (name, qty.ok_or_else(|| format!("that is too many: at most {MOST}"))?)
            }
            _ => (text, 1),
        };
        let (product, variant) = name.split_once('/').unwrap_or((name, ""));
        if product.is_empty() || qty == 0 || variant.contains('/') {
            return Err("an item is SLUG[/VARIANT][xQTY], as in monsoon-masala-chai/fieryx2".into());
        }
        Ok(Self(Line { product: product.into(), variant: variant.into(), qty }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(String, String, i64), String> {
        text.parse().map(|Item(line)| (line.product, line.variant, line.qty))
    }

    fn line(product: &str, variant: &str, qty: i64) -> Result<(String, String, i64), String> {
        Ok((product.into(), variant.into(), qty))
    }

    #[test]
    fn an_item_is_a_slug_and_may_have_a_variant_and_a_quantity() {
        assert_eq!(read("gitanjali"), line("gitanjali", "", 1));
        assert_eq!(read("gitanjalix3"), line("gitanjali", "", 3));
        assert_eq!(read("assam-second-flush/250g"), line("assam-second-flush", "250g", 1));
        assert_eq!(read("assam-second-flush/250gx12"), line("assam-second-flush", "250g", 12));
    }

    #[test]
    fn an_x_that_begins_no_number_belongs_to_the_name() {
        assert_eq!(read("box"), line("box", "", 1));
        assert_eq!(read("tea-box/xl"), line("tea-box", "xl", 1));
        assert_eq!(read("mix2x1"), line("mix2", "", 1));
    }

    #[test]
    fn nothing_of_something_is_refused_and_so_is_something_of_nothing() {
        for text in ["", "x2", "/50g", "gitanjalix0", "a/b/c", "gitanjalix99999999999999999999"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
