//! `application/x-www-form-urlencoded`, in bodies and queries: `metadata[order]=12&line_items[0][quantity]=1`.
use serde_json::{Map, Value};

/// The pairs, decoded, in the order they came.
#[derive(Clone, Debug)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn read(text: &[u8]) -> Self {
        let pairs = text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| {
                    let end = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
                    (decoded(&pair[..end]), decoded(pair.get(end + 1..).unwrap_or_default()))
                })
                .collect(),
        )
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// `name[key]=value` as an object.
    pub(super) fn object(&self, name: &str) -> Value {
        let inside =
            |key: &str| Some(key.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']')?.to_owned());
        let pairs = self.0.iter().filter_map(|(key, value)| Some((inside(key)?, value.as_str().into())));
        Value::Object(pairs.collect::<Map<String, Value>>())
    }

    /// The parameters' names: what stands before the first bracket.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(key, _)| key.split('[').next().unwrap_or(key))
    }

    /// Alike for the same parameters, whatever their order.
    pub(super) fn canonical(&self) -> String {
        let mut pairs = self.0.clone();
        pairs.sort();
        format!("{pairs:?}")
    }
}

fn decoded(text: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        rest = after;
        bytes.push(match (*first, after) {
            (b'+', _) => b' ',
            (b'%', [high, low, after @ ..]) => {
                rest = after;
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).expect("hex digits after %");
                u8::from_str_radix(digits, 16).expect("hex digits after %")
            }
            (byte, _) => byte,
        });
    }
    String::from_utf8(bytes).expect("UTF-8 in a form")
}
