//! One request to a provider, as often as it may be made.
use http::header::HeaderName;
use http::{HeaderValue, Method};

/// A request: made once, or again as it stands when it is [`repeatable`](Call::repeatable).
pub(crate) struct Call {
    pub(super) method: Method,
    /// Below the base URL, with its query.
    pub(super) path: String,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: String,
    pub(super) repeatable: bool,
}

impl Call {
    /// Asks, changes nothing: may be repeated.
    pub(crate) fn get(path: impl Into<String>, query: &[(&str, &str)]) -> Self {
        let path = match query {
            [] => path.into(),
            _ => format!("{}?{}", path.into(), form(query)),
        };
        Self { method: Method::GET, path, headers: Vec::new(), body: String::new(), repeatable: true }
    }

    /// Changes something, once: not repeated, unless told that it may be.
    pub(crate) fn post(path: impl Into<String>, content: &'static str, body: String) -> Self {
        let headers = vec![(http::header::CONTENT_TYPE, HeaderValue::from_static(content))];
        Self { method: Method::POST, path: path.into(), headers, body, repeatable: false }
    }

    /// Takes something away; the second time it is not there.
    pub(crate) fn delete(path: impl Into<String>) -> Self {
        let (headers, body) = (Vec::new(), String::new());
        Self { method: Method::DELETE, path: path.into(), headers, body, repeatable: true }
    }

    /// The provider knows a repetition by this header: it takes effect once however often it is sent.
    pub(crate) fn once_by(mut self, name: &'static str, key: &str) -> Self {
        if let Ok(key) = HeaderValue::from_str(key) {
            self.headers.push((HeaderName::from_static(name), key));
            self.repeatable = true;
        }
        self
    }

    /// It changes nothing the second time.
    pub(crate) fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// Can anything have happened by it?
    pub(super) fn reads(&self) -> bool {
        self.method == Method::GET
    }
}

/// `application/x-www-form-urlencoded`, for bodies and queries alike.
pub(crate) fn form(fields: &[(impl AsRef<str>, impl AsRef<str>)]) -> String {
    let mut written = String::new();
    for (name, value) in fields {
        if !written.is_empty() {
            written.push('&');
        }
        escape(name.as_ref(), &mut written);
        written.push('=');
        escape(value.as_ref(), &mut written);
    }
    written
}

/// Every byte that is not unreserved (RFC 3986) as `%XX`; a blank is `%20`, which both forms and queries understand.
fn escape(text: &str, written: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            written.push(char::from(byte));
        } else {
            written.push_str(&format!("%{byte:02X}"));
        }
    }
}
