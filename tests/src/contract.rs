//! An OpenAPI document as a judge: an answer that it does not describe ends the test.
use jsonschema::Validator;
use payonce::answer::{Answer, Body};
use serde_json::{Value, json};

/// What a function says that it answers.
pub struct Contract {
    document: Value,
}

impl Contract {
    /// Reads an OpenAPI 3.1 document.
    pub fn of(text: &str) -> Self {
        let document: Value = serde_json::from_str(text).expect("an OpenAPI document in JSON");
        assert_eq!(document["openapi"], "3.1.0");
        Self { document }
    }

    /// The answer to this call is one that is described: its status, its headers, its content type and its body.
    /// `path` as it was called, with or without its query; HEAD is held to what GET says.
    pub fn holds(&self, method: &str, path: &str, answer: &Answer) {
        let call = format!("{method} {path} answered {}", answer.status);
        let described = self.response(method, path, answer.status);
        let described =
            described.unwrap_or_else(|| panic!("{call}, which is not described: {}", answer.body));
        let header = |name: &str| {
            answer.headers.iter().find(|(given, _)| *given == name).map(|(_, value)| value.as_ref())
        };
        for (name, wanted) in described["headers"].as_object().into_iter().flatten() {
            let wanted = self.meant(wanted);
            match header(name) {
                Some(value) => self.fits(&wanted["schema"], &value.into(), &format!("{call}: {name}")),
                None => assert_ne!(wanted["required"], true, "{call} without {name}"),
            }
        }
        let content_type = header("content-type").unwrap_or_default();
        let media_type = content_type.split(';').next().unwrap_or_default();
        let schema = &described["content"][media_type]["schema"];
        assert!(schema.is_object(), "{call} with {content_type}, which is not described");
        if method == "HEAD" {
            return;
        }
        match &answer.body {
            Body::Json(body) => self.fits(schema, body, &call),
            Body::Text(text) if media_type.ends_with("json") => {
                self.fits(schema, &serde_json::from_str(text).expect("JSON"), &call);
            }
            Body::Text(text) => self.fits(schema, &text.as_str().into(), &call),
            Body::Binary(bytes) => assert!(!bytes.is_empty(), "{call} with nothing"),
        }
    }

    /// Every code that some answer to this call may carry.
    pub fn codes(&self, method: &str, path: &str) -> Vec<String> {
        let operation =
            self.operation(method, path).unwrap_or_else(|| panic!("{method} {path} is not described"));
        let mut codes = Vec::new();
        for response in operation["responses"].as_object().into_iter().flat_map(|all| all.values()) {
            collect_codes(self.meant(response), &mut codes);
        }
        codes
    }

    fn response(&self, method: &str, path: &str, status: u16) -> Option<&Value> {
        self.operation(method, path)?["responses"]
            .get(status.to_string())
            .map(|response| self.meant(response))
    }

    /// What stands here, or where it refers to.
    fn meant<'d>(&'d self, value: &'d Value) -> &'d Value {
        match value["$ref"].as_str().and_then(|to| to.strip_prefix('#')) {
            Some(to) => self.document.pointer(to).unwrap_or_else(|| panic!("nothing at {to}")),
            None => value,
        }
    }

    fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let path = path.split('?').next().unwrap_or_default();
        let method = if method == "HEAD" { "get".into() } else { method.to_ascii_lowercase() };
        let paths = self.document["paths"].as_object().expect("paths");
        // A path without a parameter outranks one with.
        let described = paths.get(path).or_else(|| {
            paths.iter().find(|(template, _)| is_of(template, path)).map(|(_, described)| described)
        });
        self.meant(described?).get(method)
    }

    /// `schema` may refer to the document's components.
    fn fits(&self, schema: &Value, value: &Value, what: &str) {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "components": self.document["components"],
            "allOf": [schema],
        });
        let validator: Validator =
            jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{what}: {error}"));
        let errors: Vec<String> =
            validator.iter_errors(value).map(|error| format!("{} {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{what}: {errors:?} in {value}");
    }
}

/// Is `/v1/receipts/ORD-1` a `/v1/receipts/{id}`?
fn is_of(template: &str, path: &str) -> bool {
    let (wanted, given) = (template.split('/'), path.split('/'));
    wanted.clone().count() == given.clone().count()
        && wanted.zip(given).all(
            |(wanted, given)| {
                if wanted.starts_with('{') { !given.is_empty() } else { wanted == given }
            },
        )
}

fn collect_codes(value: &Value, codes: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(code) = fields.get("code").filter(|_| fields.contains_key("status")) {
                let all = code["enum"].as_array().cloned().unwrap_or_else(|| vec![code["const"].clone()]);
                codes.extend(all.iter().filter_map(Value::as_str).map(str::to_owned));
            }
            fields.values().for_each(|value| collect_codes(value, codes));
        }
        Value::Array(values) => values.iter().for_each(|value| collect_codes(value, codes)),
        _ => {}
    }
}
