//! `infra/template.yaml` as a JSON document: YAML's short tags (`!Ref`, `!Sub`, `!GetAtt`) in CloudFormation's long form.
use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

const TEMPLATE: &str = include_str!("../../infra/template.yaml");

/// The template. A string stays one, whatever it looks like.
pub fn template() -> Value {
    document(TEMPLATE)
}

/// Any template of one document.
pub fn document(text: &str) -> Value {
    let documents = Yaml::load_from_str(text).expect("YAML");
    value(documents.first().expect("a document"))
}

fn value(node: &Yaml<'_>) -> Value {
    match node {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(truth)) => json!(truth),
        Yaml::Value(Scalar::Integer(number)) => json!(number),
        Yaml::Value(Scalar::String(text)) => json!(text),
        Yaml::Sequence(all) => all.iter().map(value).collect(),
        Yaml::Mapping(pairs) => {
            let name = |key: &Yaml<'_>| key.as_str().expect("a name").to_owned();
            Value::Object(pairs.iter().map(|(key, of)| (name(key), value(of))).collect())
        }
        Yaml::Tagged(tag, inner) => {
            let name = match tag.suffix.as_str() {
                short @ ("Ref" | "Condition") => short.to_owned(),
                short => format!("Fn::{short}"),
            };
            let inner = match value(inner) {
                Value::String(path) if tag.suffix == "GetAtt" => path.split('.').collect(),
                inner => inner,
            };
            Value::Object(Map::from_iter([(name, inner)]))
        }
        other => panic!("a template holds no {other:?}"),
    }
}
