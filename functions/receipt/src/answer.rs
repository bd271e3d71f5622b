//! What every answer of this function carries, and how a refusal looks to a buyer.
use payonce::answer::{Answer, Body};
use payonce::failure::Failure;
use payonce::lambda::Request;
use payonce::receipt::{self, Format};

/// The header that says what a page may do.
pub(crate) const PAGE_POLICY: &str = "content-security-policy";

/// Whose money it was is nobody else's to keep, to index, or to learn from a link that was followed.
pub(crate) fn guarded(answer: Answer) -> Answer {
    answer
        .with("cache-control", "private, no-store")
        .with("referrer-policy", "no-referrer")
        .with("x-content-type-options", "nosniff")
        .with("x-robots-tag", "noindex, nofollow")
}

/// A problem document, or a page with the same status where a person looks at it.
pub(crate) fn failed(request: &Request, failure: &Failure) -> Answer {
    let answer = Answer::failed(&request.id, failure);
    let format = request.query("format");
    let reads_pages = Format::is_for_a_browser(request.header("accept"), format.as_deref());
    if !reads_pages || !["GET", "HEAD"].contains(&request.method.as_str()) {
        return answer;
    }
    let Ok(page) = receipt::refusal(answer.status, failure.code(), &request.id) else { return answer };
    let kept = answer.headers.into_iter().filter(|(name, _)| *name != "content-type");
    let mut shown = Answer::of(answer.status, Format::Html.content_type(), Body::Text(page));
    shown.headers.extend(kept);
    shown.code = Some(failure.code());
    shown.with(PAGE_POLICY, receipt::CONTENT_SECURITY_POLICY.as_str())
}
