use super::*;

fn shown(minor: i64, currency: &str) -> String {
    Money { minor, currency: currency.parse().unwrap() }.to_string()
}

#[test]
fn amounts_are_shown_by_the_exponent_of_their_currency() {
    assert_eq!(shown(149_900, "inr"), "INR 1,499.00");
    assert_eq!(shown(5, "USD"), "USD 0.05");
    assert_eq!(shown(1_234_567, "JPY"), "JPY 1,234,567");
    assert_eq!(shown(1_234_560, "KWD"), "KWD 1,234.560");
    assert_eq!(shown(-1050, "EUR"), "EUR -10.50");
    assert_eq!(shown(0, "JPY"), "JPY 0");
}

#[test]
fn an_amount_is_a_plain_integer_or_it_is_refused() {
    assert_eq!(minor_units("0"), Ok(0));
    assert_eq!(minor_units("9223372036854775807"), Ok(i64::MAX));
    for text in
        ["", "1000.0", "\"1000\"", "1e3", "1e400", "-1", "+1", " 1", "9223372036854775808", "null", "٣"]
    {
        assert_eq!(minor_units(text), Err(Unusable::Amount), "{text}");
    }
}

#[test]
fn a_currency_is_three_letters_in_any_case() {
    assert_eq!("inr".parse::<Currency>().map(|c| c.to_string()), Ok("INR".into()));
    for text in ["", "IN", "INRR", "I1R", "ÄÖ"] {
        assert_eq!(text.parse::<Currency>(), Err(Unusable::Currency), "{text}");
    }
    assert_eq!(Money::read(Some("1"), None), Err(Unusable::Currency));
}
