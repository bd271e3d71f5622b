//! The secret of a webhook endpoint, and which endpoint that is: what is kept in Secrets Manager of Stripe's.
use serde_json::{Value, json};

/// `{"secret": "whsec_...", "endpoint": "we_...", "replaces": "we_..."}`, or the secret alone. It has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct EndpointSecret {
    /// `whsec_...`
    pub secret: String,
    /// The endpoint whose it is, where that is written down.
    pub endpoint: Option<String>,
    /// The endpoint whose place it took, which is to be switched off when the overlap ends.
    pub replaces: Option<String>,
}

impl EndpointSecret {
    /// Reads what is kept.
    pub fn read(text: &str) -> Self {
        let document: Option<Value> = serde_json::from_str(text).ok();
        let field = |name: &str| Some(document.as_ref()?.get(name)?.as_str()?.to_owned());
        Self {
            secret: field("secret").unwrap_or_else(|| text.to_owned()),
            endpoint: field("endpoint"),
            replaces: field("replaces"),
        }
    }

    /// As it is kept.
    pub fn write(&self) -> String {
        let Self { secret, endpoint, replaces } = self;
        if endpoint.is_none() && replaces.is_none() {
            return secret.clone();
        }
        json!({ "secret": secret, "endpoint": endpoint, "replaces": replaces }).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_a_secret_alone_is_one() {
        let alone = EndpointSecret::read("whsec_1");
        assert_eq!((alone.secret.as_str(), &alone.endpoint, &alone.replaces), ("whsec_1", &None, &None));
        assert_eq!(alone.write(), "whsec_1");
        let whole = EndpointSecret {
            secret: "whsec_2".into(),
            endpoint: Some("we_2".into()),
            replaces: Some("we_1".into()),
        };
        assert!(EndpointSecret::read(&whole.write()) == whole);
        assert_eq!(crate::secret::held::plain(whole.write()), "whsec_2");
        let odd = r#"{"endpoint": 7}"#;
        assert_eq!(EndpointSecret::read(odd).secret, odd);
    }
}
