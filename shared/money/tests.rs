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
fn a_buyer_reads_amounts_as_their_country_writes_them() {
    let read = |minor, currency: &str| Money { minor, currency: currency.parse().unwrap() }.for_buyer();
    for (minor, text) in [
        (0, "₹0.00"),
        (99, "₹0.99"),
        (99_900, "₹999.00"),
        (100_000, "₹1,000.00"),
        (9_999_900, "₹99,999.00"),
        (10_000_000, "₹1,00,000.00"),
        (1_234_567_890, "₹1,23,45,678.90"),
        (i64::MAX, "₹92,23,37,20,36,85,47,758.07"),
    ] {
        assert_eq!(read(minor, "INR"), text);
    }
    assert_eq!(read(1_234_567, "USD"), "$12,345.67");
    assert_eq!(read(1_234_567, "EUR"), "€12,345.67");
    assert_eq!(read(5, "GBP"), "£0.05");
    assert_eq!(read(1_234_567, "JPY"), "¥1,234,567");
    assert_eq!(read(1_234_500, "KWD"), "KWD 1,234.500");
    assert_eq!(read(1_234_567, "CAD"), "CAD 12,345.67");
    assert_eq!(read(-10_000_000, "INR"), "-₹1,00,000.00");
    assert_eq!(read(-5, "KWD"), "KWD -0.005");
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
