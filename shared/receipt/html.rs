//! A receipt as a page: complete in itself, without a script and without a request to anywhere.
use std::sync::LazyLock;

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::Receipt;
use super::sheet::Sheet;
use crate::config::Seller;
use crate::failure::Failure;

const STYLE: &str = include_str!("show.css");

/// What the pages may do: wear their own style, known by its digest, and nothing else.
pub static CONTENT_SECURITY_POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

#[derive(Template)]
#[template(path = "receipt/show.html")]
struct Show<'a> {
    style: &'static str,
    seller: &'a Seller,
    sheet: Sheet,
    pdf: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "receipt/refuse.html")]
struct Refuse<'a> {
    style: &'static str,
    title: &'a str,
    says: &'a str,
    request_id: &'a str,
}

/// The page. `pdf` is where the same receipt is to be had as a PDF.
pub fn html(receipt: &Receipt, pdf: Option<&str>) -> Result<String, Failure> {
    written(&Show { style: STYLE, seller: &receipt.seller, sheet: Sheet::of(receipt), pdf })
}

/// A page for a buyer who gets no receipt: the answer to `code` in words.
pub fn refusal(status: u16, code: &str, request_id: &str) -> Result<String, Failure> {
    let (title, says) = match (status, code) {
        (404, _) => (
            "There is no receipt here",
            "The link is incomplete or no longer valid. The mail about your payment has it, and may be sent again.",
        ),
        (_, "not_paid_yet") => (
            "Not paid yet",
            "Your receipt will be here as soon as the payment has arrived. That may take a few minutes.",
        ),
        (500.., _) => {
            ("Please try again", "Your receipt could not be read just now. Please try again in a minute.")
        }
        _ => (
            "This did not work",
            "The request could not be answered. Please use the link as it is in your mail.",
        ),
    };
    written(&Refuse { style: STYLE, title, says, request_id })
}

fn written(page: &impl Template) -> Result<String, Failure> {
    page.render().map_err(|error| Failure::House { code: "page_unwritable", detail: error.to_string() })
}
