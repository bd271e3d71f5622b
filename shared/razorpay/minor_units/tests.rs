use proptest::prelude::*;

use super::*;

const CURRENCIES: [&str; 14] =
    ["USD", "INR", "JPY", "VND", "ISK", "UGX", "MGA", "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

fn money(minor: i64, currency: &str) -> Money {
    Money { minor, currency: currency.parse().unwrap() }
}

#[test]
fn an_amount_is_sent_as_razorpay_writes_its_currency_or_not_at_all() {
    for (minor, currency, wire) in [
        (29_900, "INR", Some(29_900)),
        (295, "JPY", Some(295)),
        (5, "ISK", Some(5)),
        (5, "UGX", Some(5)),
        (500_050, "MGA", Some(500_050)),
        (295_990, "KWD", Some(295_990)),
        (295_991, "KWD", None),
        (99_991, "BHD", None),
        (99_991, "IQD", None),
        (99_991, "JOD", None),
        (99_991, "LYD", None),
        (99_991, "OMR", None),
        (99_991, "TND", None),
        (i64::MAX, "INR", Some(i64::MAX)),
        (-100, "INR", None),
        (-100, "KWD", None),
    ] {
        assert_eq!(to_wire(money(minor, currency)), wire, "{minor} {currency}");
    }
}

#[test]
fn what_was_sent_is_read_in_iso_minor_units_or_not_believed() {
    for (wire, currency, minor) in [
        (29_900, "INR", Some(29_900)),
        (550, "ISK", Some(550)),
        (5_000, "MGA", Some(5_000)),
        (5_124, "KWD", Some(5_124)),
        (-500, "INR", None),
    ] {
        assert_eq!(from_wire(wire, currency.parse().unwrap()), minor, "{wire} {currency}");
    }
    assert_eq!(iso(money(-1, "INR")), Err("unusable_amount"));
    assert_eq!(iso(money(550, "INR")), Ok(money(550, "INR")));
}

proptest! {
    #[test]
    fn what_is_sent_comes_back_as_it_was(minor in 0..=i64::MAX, at in 0..CURRENCIES.len(), round in any::<bool>()) {
        let money = money(if round { minor / 10 * 10 } else { minor }, CURRENCIES[at]);
        if let Some(wire) = to_wire(money) {
            prop_assert_eq!(from_wire(wire, money.currency), Some(money.minor));
        } else {
            prop_assert!(!round, "{} can be sent", money);
        }
    }
}
