use proptest::prelude::*;

use super::*;

const CURRENCIES: [&str; 14] =
    ["USD", "INR", "JPY", "VND", "HUF", "TWD", "ISK", "UGX", "MGA", "BHD", "JOD", "KWD", "OMR", "TND"];

fn money(minor: i64, currency: &str) -> Money {
    Money { minor, currency: currency.parse().unwrap() }
}

#[test]
fn an_amount_is_sent_as_stripe_writes_its_currency_or_not_at_all() {
    for (minor, currency, wire) in [
        (1_099, "USD", Some(1_099)),
        (500, "JPY", Some(500)),
        (1_050, "HUF", Some(1_050)),
        (5, "ISK", Some(500)),
        (5, "UGX", Some(500)),
        (500_000, "MGA", Some(5_000)),
        (500_050, "MGA", None),
        (5_120, "KWD", Some(5_120)),
        (5_124, "KWD", None),
        (5_124, "BHD", None),
        (5_124, "JOD", None),
        (5_124, "OMR", None),
        (5_124, "TND", None),
        (0, "ISK", Some(0)),
        (i64::MAX, "UGX", None),
        (i64::MAX, "USD", Some(i64::MAX)),
        (-100, "USD", None),
        (-100, "MGA", None),
    ] {
        assert_eq!(to_wire(money(minor, currency)), wire, "{minor} {currency}");
    }
}

#[test]
fn what_was_sent_is_read_in_iso_minor_units_or_not_believed() {
    for (wire, currency, minor) in [
        (1_099, "USD", Some(1_099)),
        (500, "ISK", Some(5)),
        (550, "ISK", None),
        (1_050, "UGX", None),
        (5_000, "MGA", Some(500_000)),
        (i64::MAX, "MGA", None),
        (5_124, "KWD", Some(5_124)),
        (0, "UGX", Some(0)),
        (-500, "ISK", None),
    ] {
        assert_eq!(from_wire(wire, currency.parse().unwrap()), minor, "{wire} {currency}");
    }
    assert_eq!(iso(money(550, "ISK")), Err("unusable_amount"));
    assert_eq!(iso(money(500, "ISK")), Ok(money(5, "ISK")));
}

proptest! {
    #[test]
    fn what_is_sent_comes_back_as_it_was(minor in 0..=i64::MAX, at in 0..CURRENCIES.len(), round in any::<bool>()) {
        let money = money(if round { minor / 100_000 * 100 } else { minor }, CURRENCIES[at]);
        if let Some(wire) = to_wire(money) {
            prop_assert_eq!(from_wire(wire, money.currency), Some(money.minor));
        } else {
            prop_assert!(!round, "{} can be sent", money);
        }
    }
}
