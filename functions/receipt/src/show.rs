//! `GET /v1/receipts/{id}`: the receipt in the form that is wanted.
use payonce::answer::{Answer, Body};
use payonce::failure::Failure;
use payonce::lambda::Request;
use payonce::receipt::{self, Format};

use crate::Desk;
use crate::answer::PAGE_POLICY;

/// The receipt that the token opens.
pub(crate) async fn show(desk: &Desk, request: &Request) -> Result<Answer, Failure> {
    let about = desk.open(request)?;
    let format = Format::wanted(request.header("accept"), request.query("format").as_deref());
    let format = format.ok_or_else(|| Failure::Refused {
        code: "not_acceptable",
        detail: "a receipt is text/html, application/json or application/pdf".into(),
    })?;
    let found = receipt::find(&desk.db, &about, &desk.seller, request.now, request.deadline).await?;
    let answer = |body| Answer::of(200, format.content_type(), body).with("vary", "accept");
    Ok(match format {
        Format::Json => answer(Body::Json(receipt::json(&found))),
        Format::Pdf => answer(Body::Binary(receipt::pdf(&found)?))
            .with("content-disposition", format!("inline; filename=\"{}.pdf\"", found.number)),
        Format::Html => {
            // Relative, so that it holds under whatever name and path this function is reached.
            let token = request.query("token").unwrap_or_default();
            let named = if request.path == "/receipt" { format!("order={about}&") } else { String::new() };
            let page = receipt::html(&found, Some(&format!("?{named}token={token}&format=pdf")))?;
            answer(Body::Text(page)).with(PAGE_POLICY, receipt::CONTENT_SECURITY_POLICY.as_str())
        }
    })
}
