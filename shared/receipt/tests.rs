//! The three forms say the same, whatever was bought and whatever anybody is called.
use lopdf::Document;
use serde_json::Value;

use super::*;

const STRANGE: &str = "<script>alert(1)</script> & \"Söhne\" 'x'";

fn money(minor: i64, currency: &str) -> Money {
    Money { minor, currency: currency.parse().unwrap() }
}

/// An order of one line: 3 at `unit`, and everything else zero.
pub(super) fn sold(unit: i64, currency: &str) -> Receipt {
    let m = |minor| money(minor, currency);
    Receipt {
        number: "R-000042".into(),
        livemode: true,
        issued_on: "2026-11-21".into(),
        paid_on: "2026-11-20".into(),
        seller: Seller {
            name: "Varier & Sons".into(),
            address: vec!["12 MG Road".into(), "Kochi 682016".into()],
            tax_id: Some("32AAAAA0000A1Z5".into()),
            email: Some("books@example.com".into()),
        },
        buyer: "Ammu Varier".into(),
        bought: Bought::Order {
            id: "ORD-01M7Y31RRDE6F8B45AJTA4ADZG".into(),
            lines: vec![Line {
                title: "Monsoon masala chai".into(),
                variant: "fiery".into(),
                qty: 3,
                unit_price: m(unit),
                total: m(3 * unit),
            }],
        },
        subtotal: m(3 * unit),
        discount: m(0),
        promo_code: None,
        shipping: m(0),
        tax: m(0),
        tax_included: m(0),
        total: m(3 * unit),
        paid: m(3 * unit),
        provider: Provider::Stripe,
        provider_payment: "pi_01a1fc30e3167351a1e7f8655534280f".into(),
        refunds: vec![],
        refunded: m(0),
    }
}

/// The same with a discount, shipping and tax, `included` in the prices or added, and a part of it given back.
fn with_everything(unit: i64, currency: &str, included: bool) -> Receipt {
    let plain = sold(unit, currency);
    let m = |minor| money(minor, currency);
    let (discount, shipping, tax, back) = (unit / 4, unit / 8, unit / 16, unit / 2);
    let added = if included { 0 } else { tax };
    Receipt {
        discount: m(discount),
        promo_code: Some("TEA10".into()),
        shipping: m(shipping),
        tax: m(added),
        tax_included: m(tax - added),
        total: m(3 * unit - discount + shipping + added),
        paid: m(3 * unit - discount + shipping + added),
        refunds: vec![
            Refund { on: "2026-11-22".into(), amount: m(back) },
            Refund { on: "2026-11-23".into(), amount: m(1) },
        ],
        refunded: m(back + 1),
        provider: Provider::Razorpay,
        ..plain
    }
}

fn top_up() -> Receipt {
    Receipt {
        number: "TEST-000007".into(),
        livemode: false,
        buyer: String::new(),
        bought: Bought::TopUp {
            payment: "01a1fc30-e316-7351-a1e7-f8644c2b79e7".into(),
            account: "Acme Tea Traders".into(),
            credits: 12_500,
        },
        ..sold(16_633_300, "INR")
    }
}

/// The PDF's text, with one blank wherever there was any.
fn text_of_pdf(receipt: &Receipt) -> (String, usize) {
    let file = pdf(receipt).unwrap();
    assert!(file.starts_with(b"%PDF-"));
    let document = Document::load_mem(&file).unwrap();
    let pages: Vec<u32> = document.get_pages().into_keys().collect();
    let text = document.extract_text(&pages).unwrap();
    (text.split_whitespace().collect::<Vec<_>>().join(" "), pages.len())
}

/// The page's text as a reader sees it: no tags, no style, entities read.
fn text_of_html(receipt: &Receipt) -> String {
    let page = html(receipt, Some("?format=pdf")).unwrap();
    let (_, body) = page.split_once("<body>").unwrap();
    let mut text = String::new();
    for part in body.split('<') {
        text.push_str(part.split_once('>').map_or("", |(_, after)| after));
        text.push(' ');
    }
    for (entity, letter) in [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")]
    {
        text = text.replace(entity, letter);
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every text and amount that the document holds, but for what only a machine wants of it.
fn said(document: &Value, at: &str, found: &mut Vec<String>) {
    match document {
        Value::String(text) if !text.is_empty() => found.push(match at {
            "provider" => format!("{}{}", text[..1].to_uppercase(), &text[1..]),
            _ => text.clone(),
        }),
        Value::Array(values) => values.iter().for_each(|value| said(value, at, found)),
        // What is zero goes without saying.
        Value::Object(fields) if fields.contains_key("minor") => {
            found.extend((fields["minor"] != 0).then(|| fields["text"].as_str().unwrap().to_owned()));
        }
        Value::Object(fields) => fields
            .iter()
            // Of what went back, page and PDF say each part; where nothing did, the net is the total.
            .filter(|(name, _)| {
                !["status", "type", "currency", "payment", "refunded"].contains(&name.as_str())
            })
            .for_each(|(name, value)| said(value, name, found)),
        _ => {}
    }
}

#[test]
fn page_pdf_and_document_of_one_receipt_agree() {
    for receipt in [
        sold(16_633_300, "INR"),
        with_everything(10_000_000, "INR", true),
        with_everything(10_000_000, "INR", false),
        with_everything(4_800, "JPY", true),
        with_everything(4_800, "JPY", false),
        with_everything(1_234_560, "KWD", true),
        with_everything(1_234_560, "KWD", false),
        top_up(),
    ] {
        let (mut expected, document) = (Vec::new(), json(&receipt));
        said(&document, "", &mut expected);
        expected.extend(document["paid_by"]["payment"].as_str().map(str::to_owned));
        assert!(expected.len() > 12, "{expected:?}");
        let (page, (paper, _)) = (text_of_html(&receipt), text_of_pdf(&receipt));
        for text in &expected {
            assert!(page.contains(text.as_str()), "the page lacks {text:?}: {page}");
            assert!(paper.contains(text.as_str()), "the PDF lacks {text:?}: {paper}");
        }
        for (label, there) in [
            ("Refunded 2026-11-22", receipt.refunded.minor > 0),
            ("Partially refunded", receipt.refunded.minor > 0),
            ("Net of refunds", receipt.refunded.minor > 0),
            ("Discount (TEA10)", receipt.discount.minor > 0),
            ("Tax included", receipt.tax_included.minor > 0),
            ("TEST", !receipt.livemode),
            ("12,500 credits", matches!(receipt.bought, Bought::TopUp { .. })),
        ] {
            assert_eq!(page.contains(label), there, "{label}: {page}");
            assert_eq!(paper.contains(label), there, "{label}: {paper}");
        }
    }
}

#[test]
fn amounts_are_written_as_their_country_writes_them() {
    let total = |receipt: &Receipt| json(receipt)["total"]["text"].as_str().unwrap().to_owned();
    assert_eq!(total(&with_everything(10_000_000, "INR", false)), "₹2,93,750.00");
    assert_eq!(total(&with_everything(4_800, "JPY", true)), "¥13,800");
    assert_eq!(total(&with_everything(1_234_560, "KWD", true)), "KWD 3,549.360");
}

#[test]
fn a_difference_that_was_let_be_is_said_and_what_came_is_what_was_paid() {
    let came = |minor| Receipt { paid: money(minor, "INR"), ..with_everything(10_000, "INR", true) };
    assert_eq!(came(0).total, money(28_750, "INR"));
    for (receipt, said) in [(came(28_000), "Not charged −₹7.50"), (came(29_000), "Paid beyond it ₹2.50")]
    {
        let paid = format!("Total ₹287.50 {said} Total paid {}", receipt.paid.for_buyer());
        assert!(text_of_html(&receipt).contains(&paid), "{}", text_of_html(&receipt));
        assert_eq!(json(&receipt)["paid"]["minor"], receipt.paid.minor);
        assert_eq!(receipt.net().minor, receipt.paid.minor - 5_001);
    }
}

#[test]
fn a_receipt_says_how_far_it_was_refunded() {
    let back = |minor| Receipt { refunded: money(minor, "INR"), ..sold(100, "INR") };
    assert_eq!((back(0).standing(), back(0).net().minor), (Standing::Paid, 300));
    assert_eq!((back(1).standing(), back(1).net().minor), (Standing::PartiallyRefunded, 299));
    assert_eq!((back(300).standing(), back(300).net().minor), (Standing::Refunded, 0));
    assert_eq!(back(0).standing(), sold(0, "INR").standing(), "what cost nothing is paid");
    assert!(text_of_html(&back(300)).contains("Refunded") && text_of_pdf(&back(300)).0.contains("Refunded"));
}

#[test]
fn nobody_writes_into_the_page() {
    let mut receipt = with_everything(100, "INR", true);
    receipt.buyer = STRANGE.into();
    receipt.seller.name = STRANGE.into();
    receipt.seller.address = vec![STRANGE.into()];
    receipt.promo_code = Some(STRANGE.into());
    receipt.provider_payment = STRANGE.into();
    let Bought::Order { lines, id } = &mut receipt.bought else { panic!("an order") };
    (lines[0].title, lines[0].variant, *id) = (STRANGE.into(), STRANGE.into(), STRANGE.into());
    let page = html(&receipt, Some("?token=\"><script>")).unwrap();
    assert!(!page.contains("<script"), "{page}");
    assert_eq!(page.matches("&#60;script&#62;alert(1)").count(), 9, "each is still there to be read: {page}");
    assert!(text_of_html(&receipt).contains(STRANGE));
    assert!(text_of_pdf(&receipt).0.contains("<script>alert(1)</script>"));
    let refused = refusal(404, "not_found", "<script>").unwrap();
    assert!(!refused.contains("<script"), "{refused}");
}

#[test]
fn the_page_asks_nobody_for_anything_and_wears_the_style_it_may() {
    let page = html(&with_everything(100, "INR", true), Some("?token=v1.a&format=pdf")).unwrap();
    for never in ["http:", "https:", "//", "<script", "<img", "<link", "@import", "url(", " style=", " on"] {
        let (_, body) = page.split_once("<body>").unwrap();
        let text = if never == " on" { "" } else { body };
        assert!(!text.contains(never), "{never}");
    }
    let style = page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    use base64::Engine;
    use sha2::Digest;
    let digest = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(style));
    assert!(CONTENT_SECURITY_POLICY.contains(&format!("style-src 'sha256-{digest}'")));
    assert!(CONTENT_SECURITY_POLICY.starts_with("default-src 'none';"));
    assert!(!style.contains("url(") && !style.contains("@import"));
    assert!(page.contains("href=\"?token=v1.a&#38;format=pdf\""));
}

#[test]
fn one_receipt_is_one_pdf_byte_by_byte() {
    let receipt = with_everything(10_000_000, "INR", true);
    assert_eq!(pdf(&receipt).unwrap(), pdf(&receipt.clone()).unwrap());
    let other = Receipt { number: "R-000043".into(), ..receipt.clone() };
    assert_ne!(pdf(&receipt).unwrap(), pdf(&other).unwrap());
}

#[test]
fn a_hundred_lines_go_on_overleaf_and_none_is_lost() {
    let mut receipt = sold(100, "INR");
    let Bought::Order { lines, .. } = &mut receipt.bought else { panic!("an order") };
    let one = lines[0].clone();
    *lines = (0..100).map(|n| Line { title: format!("Item no. {n:03}."), ..one.clone() }).collect();
    let (text, pages) = text_of_pdf(&receipt);
    assert!((3..=8).contains(&pages), "{pages}");
    for n in 0..100 {
        assert_eq!(text.matches(&format!("Item no. {n:03}.")).count(), 1, "{n}");
    }
    assert!(
        text.contains(&format!("Page 1 of {pages}")) && text.contains(&format!("Page {pages} of {pages}"))
    );
    assert!(text.contains("Total paid"));
}

#[test]
fn no_name_in_any_script_and_of_any_length_stops_a_receipt() {
    for name in [
        "אַלברט איינשטיין",
        "محمد بن موسى الخوارزمي",
        "山田太郎 株式会社",
        "चाय-पत्ती श्रीमती क्षत्रिय ₹",
        "Ελένη Παπαδοπούλου",
        "Юрий Гагарин",
        "🫖👩‍👩‍👧‍👦",
        "e\u{301}\u{301}\u{301}\u{301}",
        "a\u{0}b\u{7}\nc\td\u{202e}e\u{feff}",
        "",
        "   ",
        &"x".repeat(5_000),
        &"wort ".repeat(2_000),
        &"क्ष".repeat(500),
    ] {
        let mut receipt = with_everything(i64::MAX / 8, "INR", true);
        receipt.buyer = name.into();
        receipt.seller.name = name.into();
        receipt.seller.address = vec![name.into(); 3];
        let Bought::Order { lines, .. } = &mut receipt.bought else { panic!("an order") };
        (lines[0].title, lines[0].variant) = (name.into(), name.into());
        let (text, _) = text_of_pdf(&receipt);
        assert!(text.contains("R-000042") && text.contains("Page 1 of"), "{name}: {text}");
        assert!(html(&receipt, None).unwrap().contains("R-000042"));
    }
}
