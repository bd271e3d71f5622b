//! How CloudFormation asks for a custom resource, and how it is told: by a document of at most 4096 bytes, put to the
//! pre-signed URL that came with the question. A stack that is not told waits for an hour.
use payonce::outgoing::{self, Fault};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

/// The most a reason says, so that the document stays small however its letters are written.
const MOST_CHARS: usize = 500;

/// A change of a stack, as the event says it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Change {
    request_type: String,
    #[serde(rename = "ResponseURL")]
    response_url: String,
    stack_id: String,
    request_id: String,
    logical_resource_id: String,
    physical_resource_id: Option<String>,
    #[serde(default)]
    resource_properties: Value,
}

impl Change {
    /// The change, if the event is one. The only error: one that cannot be answered.
    pub(crate) fn read(event: &Value) -> Result<Option<Self>, String> {
        if event.get("RequestType").is_none() {
            return Ok(None);
        }
        // The reader's own words may quote the URL, which is a permission.
        Self::deserialize(event).map(Some).map_err(|_| "a custom resource's event lacks a field".into())
    }

    /// The resource comes or stays, and so does the schema; when it goes, the schema stays where it is.
    pub(crate) fn wants_the_schema(&self) -> Result<bool, String> {
        match self.request_type.as_str() {
            "Create" | "Update" => Ok(true),
            "Delete" => Ok(false),
            _ => Err("RequestType is none of Create, Update, Delete".into()),
        }
    }

    /// The property `IHaveABackup`; CloudFormation makes texts of what is not one.
    pub(crate) fn has_a_backup(&self) -> bool {
        let said = self.resource_properties.get("IHaveABackup");
        said.is_some_and(|said| said == "true" || *said == Value::Bool(true))
    }

    /// Tells the stack. An error means that it was not told: Lambda then brings the change again, twice.
    pub(crate) async fn answer(&self, done: &Result<Value, String>, until: Instant) -> Result<(), Fault> {
        // Another id would have CloudFormation delete the resource under the old one.
        let id = self.physical_resource_id.as_deref().unwrap_or("payonce-schema");
        let (status, reason) = match done {
            Ok(_) => ("SUCCESS", "as asked".to_owned()),
            Err(why) => ("FAILED", why.split(char::is_whitespace).collect::<Vec<_>>().join(" ")),
        };
        let document = json!({
            "Status": status, "Reason": reason.chars().take(MOST_CHARS).collect::<String>(),
            "PhysicalResourceId": id, "LogicalResourceId": self.logical_resource_id,
            "StackId": self.stack_id, "RequestId": self.request_id,
        });
        outgoing::put(&self.response_url, &document.to_string(), until)
            .await
            .inspect_err(|fault| tracing::error!(alarm = "stack_not_told", detail = %fault))
    }
}
