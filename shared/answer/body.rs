//! What an answer says: mostly a JSON document.
use std::fmt;
use std::ops::Index;

use serde_json::Value;

/// The body of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// A JSON document.
    Json(Value),
    /// Text of another kind.
    Text(String),
    /// Bytes; they leave the house in base64.
    Binary(Vec<u8>),
}

/// A field of the JSON document; null where there is none.
impl Index<&str> for Body {
    type Output = Value;

    fn index(&self, field: &str) -> &Value {
        match self {
            Self::Json(document) => document.get(field).unwrap_or(&Value::Null),
            _ => &Value::Null,
        }
    }
}

impl fmt::Display for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(document) => document.fmt(f),
            Self::Text(text) => f.write_str(text),
            Self::Binary(bytes) => write!(f, "{} bytes", bytes.len()),
        }
    }
}
