//! Money: an integer count of minor units and the currency they are minor units of.
//!
//! Never a float, never rounded: an amount that is not a plain non-negative integer is
//! [`Unusable`] and its event waits for a person.
use std::fmt;

/// ISO 4217 alphabetic code, upper case. Providers send either case.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency([u8; 3]);

/// An amount in the provider's smallest unit, with its currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    /// Minor units, zero or more. Bounds: those of a Postgres `bigint`.
    pub minor: i64,
    /// What the units are units of.
    pub currency: Currency,
}

/// Text that is not an amount or a currency we may act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// Not a plain non-negative integer below 2^63: a float, a string, a sign, an exponent.
    #[error("amount is not a plain non-negative integer")]
    Amount,
    /// Not three ASCII letters, or not there at all (a missing currency is a mismatch, not a default).
    #[error("currency is not three letters")]
    Currency,
}

impl Money {
    /// Reads the raw JSON text of an amount (`149900`, nothing else) and a currency code.
    pub fn read(amount: Option<&str>, currency: Option<&str>) -> Result<Self, Unusable> {
        Ok(Self {
            minor: minor_units(amount.ok_or(Unusable::Amount)?)?,
            currency: currency.ok_or(Unusable::Currency)?.parse()?,
        })
    }
}

/// `"149900"` -> `149900`. Digits only: `"1e3"`, `"1000.0"`, `"-1"` and `"+1"` are refused.
pub fn minor_units(text: &str) -> Result<i64, Unusable> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Unusable::Amount);
    }
    text.parse().map_err(|_| Unusable::Amount)
}

impl Currency {
    /// The code, `"INR"`.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Digits after the point when the amount is shown to a person (ISO 4217).
    pub fn exponent(self) -> usize {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF"
            | b"UGX" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }

    /// The sign a buyer knows it by. `$` is the US dollar's and `¥` the yen's: their namesakes go by code.
    fn symbol(self) -> Option<&'static str> {
        Some(match &self.0 {
            b"INR" => "₹",
            b"USD" => "$",
            b"EUR" => "€",
            b"GBP" => "£",
            b"JPY" => "¥",
            _ => return None,
        })
    }
}

impl std::str::FromStr for Currency {
    type Err = Unusable;

    fn from_str(text: &str) -> Result<Self, Unusable> {
        match text.as_bytes() {
            [a, b, c] if text.bytes().all(|x| x.is_ascii_alphabetic()) => {
                Ok(Self([*a, *b, *c].map(|letter| letter.to_ascii_uppercase())))
            }
            _ => Err(Unusable::Currency),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// `INR 1,499.00`: for people of the house, in any column; machines read `minor`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, digits, fraction) = self.written(thousands);
        write!(f, "{} {sign}{digits}{fraction}", self.currency)
    }
}

impl Money {
    /// As a buyer reads it: `₹1,00,000.00`, `$10.00`, `¥1,500`, and by its code what has no sign of its own, `KWD 1.500`.
    pub fn for_buyer(&self) -> String {
        let group = if self.currency.0 == *b"INR" { lakhs } else { thousands };
        let (sign, digits, fraction) = self.written(group);
        match self.currency.symbol() {
            Some(symbol) => format!("{sign}{symbol}{digits}{fraction}"),
            None => format!("{} {sign}{digits}{fraction}", self.currency),
        }
    }

    /// Sign, whole units grouped, and the fraction behind its point.
    fn written(&self, group: fn(&str) -> String) -> (&'static str, String, String) {
        let exponent = self.currency.exponent();
        let digits = format!("{:0>width$}", self.minor.unsigned_abs(), width = exponent + 1);
        let (whole, fraction) = digits.split_at(digits.len() - exponent);
        let fraction = if exponent > 0 { format!(".{fraction}") } else { String::new() };
        (if self.minor < 0 { "-" } else { "" }, group(whole), fraction)
    }
}

/// `1,234,567`.
pub fn thousands(digits: &str) -> String {
    grouped(digits, |place| place.is_multiple_of(3))
}

/// `12,34,567`: the last three, then pairs, as India counts.
fn lakhs(digits: &str) -> String {
    grouped(digits, |place| place > 1 && !place.is_multiple_of(2))
}

/// A comma before each digit that has so many places (itself among them) from the end.
fn grouped(digits: &str, begins: fn(usize) -> bool) -> String {
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && begins(digits.len() - at) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests;
