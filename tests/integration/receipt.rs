//! Receipts: for who holds the link, of what was paid, under numbers without gaps.
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use futures_util::future::join_all;
use payonce::answer::{Answer, Body};
use payonce::db::ANSWER_WITHIN;
use payonce::inbox::Provider::{Razorpay, Stripe};
use payonce::order::OrderId;
use payonce::receipt::issue_due;
use payonce::token::Purpose;
use payonce_tests::till::{TOKEN_SECRET, invocation};
use payonce_tests::{Checkout, House, Receipts, about, in_a_house};
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// A desk in a house where a paid order of two teapots waits for its receipt.
async fn with_a_paid_order(house: &House) -> (Receipts<'_>, Checkout) {
    house.stock("teapot", 10_000_000, 50).await;
    (Receipts::open(house, &[]), paid_order(house).await)
}

async fn paid_order(house: &House) -> Checkout {
    let order = house.order(Stripe, &[("teapot", 2)]).await;
    assert_eq!(house.outcome(Stripe, &order.paid()).await, "processed order_paid");
    order
}

async fn paid_topup(house: &House) -> Checkout {
    let topup = house.topup(Razorpay, 12_500, 49_900).await;
    assert_eq!(house.outcome(Razorpay, &topup.paid()).await, "processed credits_granted");
    topup
}

/// Changes what triggers keep from changing.
async fn rewrite(house: &House, sql: &str) {
    house.run(&format!("begin; set local session_replication_role = replica; {sql}; commit")).await;
}

fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.headers.iter().find(|(given, _)| *given == name).map(|(_, value)| value.as_ref())
}

fn code(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.body["code"].as_str().unwrap_or_default())
}

fn page(answer: &Answer) -> &str {
    match &answer.body {
        Body::Text(text) => text,
        other => panic!("no page: {other}"),
    }
}

/// The text of a PDF, with one blank wherever there was any.
fn text_of(answer: &Answer) -> String {
    let Body::Binary(file) = &answer.body else { panic!("no PDF: {}", answer.body) };
    assert!(file.starts_with(b"%PDF-"));
    let document = lopdf::Document::load_mem(file).expect("a PDF");
    let pages: Vec<u32> = document.get_pages().into_keys().collect();
    let text = document.extract_text(&pages).expect("its text");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_paid_order_is_shown_as_page_document_and_pdf() {
    in_a_house(async |house: &House| {
        let (receipts, order) = with_a_paid_order(house).await;
        let id = &order.order;
        let document = receipts.show(id).await;
        assert_eq!(document.status, 200, "{}", document.body);
        assert_eq!(document.body["number"], "TEST-000001");
        assert_eq!(document.body["total"], json!({ "minor": 20_000_000, "text": "₹2,00,000.00" }));
        assert_eq!(document.body["bought"]["order"], id.as_str());
        assert_eq!(document.body["bought"]["lines"][0]["title"], "teapot");
        assert_eq!(document.body["paid_by"]["payment"], order.told.provider_payment.as_str());
        assert_eq!(document.body["seller"]["address"], json!(["12 MG Road", "Kochi 682016"]));

        let shown = receipts.show_as(id, BROWSER).await;
        let pdf = receipts.show_as(id, "application/pdf").await;
        for text in [
            "TEST-000001",
            "₹2,00,000.00",
            "₹1,00,000.00",
            "Varier",
            "32AAAAA0000A1Z5",
            "Asha Rao",
            id,
            "TEST –",
        ] {
            assert!(page(&shown).contains(text), "the page lacks {text}");
            assert!(text_of(&pdf).contains(text), "the PDF lacks {text}: {}", text_of(&pdf));
        }
        assert_eq!(header(&pdf, "content-disposition"), Some("inline; filename=\"TEST-000001.pdf\""));
        assert_eq!(pdf, receipts.show_as(id, "application/pdf").await, "fetched again it is the same file");
        let policy = header(&shown, "content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        assert!(!page(&shown).contains("<script"));
    });
}

#[test]
fn a_link_names_its_form_and_an_older_link_its_order() {
    in_a_house(async |house: &House| {
        let (receipts, order) = with_a_paid_order(house).await;
        let token = receipts.token(&order.order);
        let quoted = order.order.to_lowercase().replacen("ord-", "%20ord-", 1);
        for path in [
            "/v1/receipts/ID?token=TOKEN",
            "/receipt?order=ID&token=TOKEN",
            "/receipt?token=TOKEN&order=QUOTED",
        ] {
            let path = path.replace("ID", &order.order).replace("TOKEN", &token).replace("QUOTED", &quoted);
            for (form, content_type) in [
                ("html", "text/html; charset=utf-8"),
                ("json", "application/json"),
                ("pdf", "application/pdf"),
            ] {
                let answer = receipts
                    .call("GET", &format!("{path}&format={form}"), json!({ "accept": BROWSER }))
                    .await;
                assert_eq!(
                    (answer.status, header(&answer, "content-type")),
                    (200, Some(content_type)),
                    "{path} {form}"
                );
            }
            let shown = receipts.call("GET", &path, json!({})).await;
            let (_, link) = page(&shown).split_once("<a href=\"").expect("a link");
            let link = link.split('"').next().expect("its end").replace("&#38;", "&");
            let target = format!("{}{link}", path.split('?').next().expect("a path"));
            let pdf = receipts.call("GET", &target, json!({ "accept": BROWSER })).await;
            assert!(text_of(&pdf).contains("TEST-000001"), "{target}");
            let head = receipts.call("HEAD", &path, json!({})).await;
            assert_eq!((head.status, &head.headers), (200, &shown.headers));
        }
        for (accept, form) in [("text/plain", ""), ("image/*;q=0.9", ""), ("*/*", "&format=docx")] {
            let path = format!("/v1/receipts/{}?token={token}{form}", order.order);
            let answer = receipts.call("GET", &path, json!({ "accept": accept })).await;
            assert_eq!(code(&answer), (406, "not_acceptable"), "{accept} {form}");
        }
    });
}

#[test]
fn thirty_two_first_views_at_once_number_every_receipt_once_and_leave_no_gap() {
    in_a_house(async |house: &House| {
        house.stock("teapot", 10_000, 50).await;
        let receipts = Receipts::open(house, &[]);
        let mut ids = Vec::new();
        for _ in 0..6 {
            ids.push(about(&paid_order(house).await));
        }
        for _ in 0..2 {
            ids.push(about(&paid_topup(house).await));
        }
        let until = || Instant::now() + ANSWER_WITHIN;
        let views = join_all((0..32).map(|n| receipts.show(&ids[n % ids.len()])));
        let (views, swept) = tokio::join!(views, issue_due(&house.db, until(), house.now(), 3));
        swept.expect("a sweep beside them");
        let mut numbers = BTreeSet::new();
        for (n, view) in views.iter().enumerate() {
            assert_eq!(view.status, 200, "{}", view.body);
            assert_eq!(view.body["number"], views[n % ids.len()].body["number"], "one receipt, one number");
            numbers.insert(view.body["number"].as_str().expect("a number").to_owned());
        }
        let expected: BTreeSet<String> = (1..=8).map(|n| format!("TEST-{n:06}")).collect();
        assert_eq!(numbers, expected);
        assert_eq!(
            house.value::<i64>("select last_number from payonce.receipt_series where name = 'test'").await,
            8
        );
    });
}

#[test]
fn what_is_due_is_numbered_oldest_first_and_once() {
    in_a_house(async |house: &House| {
        house.stock("teapot", 10_000, 50).await;
        let mut checkouts = Vec::new();
        for hours in [3, 1, 2] {
            let order = paid_order(house).await;
            rewrite(
                house,
                &format!(
                    "update payonce.orders set paid_at = now() - interval '{hours} hours' where id = '{}'",
                    order.order
                ),
            )
            .await;
            checkouts.push((hours, order.order));
        }
        let unpaid = house.order(Stripe, &[("teapot", 1)]).await;
        let topup = paid_topup(house).await;
        let until = || Instant::now() + ANSWER_WITHIN;
        let due = async |limit| issue_due(&house.db, until(), house.now(), limit).await.expect("numbers");
        assert_eq!((due(0).await, due(2).await, due(100).await, due(100).await), (0, 2, 2, 0));
        checkouts.sort_by_key(|(hours, _)| std::cmp::Reverse(*hours));
        for (number, (_, order)) in (1_i64..).zip(checkouts) {
            let given = format!("select number from payonce.receipts where order_id = '{order}'");
            assert_eq!(house.value::<i64>(&given).await, number);
        }
        let given = format!("select number from payonce.receipts where payment_id = '{}'", topup.payment);
        assert_eq!(house.value::<i64>(&given).await, 4);
        assert_eq!(house.count(&format!("payonce.receipts where order_id = '{}'", unpaid.order)).await, 0);
    });
}

#[test]
fn what_was_made_long_ago_is_numbered_when_somebody_looks_at_it() {
    in_a_house(async |house: &House| {
        let (receipts, order) = with_a_paid_order(house).await;
        let due = async || {
            let until = Instant::now() + ANSWER_WITHIN;
            issue_due(&house.db, until, house.now(), 10).await.expect("numbers")
        };
        house.ahead.set(Duration::from_secs(91 * 24 * 3_600));
        assert_eq!(due().await, 0);
        assert_eq!(receipts.show(&order.order).await.body["number"], "TEST-000001");
    });
}

#[test]
fn a_number_taken_by_a_call_that_rolls_back_is_given_to_the_next() {
    in_a_house(async |house: &House| {
        let (receipts, order) = with_a_paid_order(house).await;
        let taken = payonce::db::release::sql("select payonce_release.issue_receipt('ID', null, now())");
        house.run(&format!("begin; {}; rollback", taken.replace("ID", &order.order))).await;
        assert_eq!(receipts.show(&order.order).await.body["number"], "TEST-000001");
    });
}

#[test]
fn real_money_has_a_series_of_its_own() {
    in_a_house(async |house: &House| {
        let (receipts, order) = with_a_paid_order(house).await;
        let test = paid_topup(house).await;
        assert_eq!(receipts.show(&about(&test)).await.body["number"], "TEST-000001");
        rewrite(house, &format!("update payonce.orders set livemode = true where id = '{0}'; update payonce.payments set livemode = true where order_id = '{0}'", order.order)).await;
        let live = receipts.show(&order.order).await;
        assert_eq!((&live.body["number"], &live.body["livemode"]), (&json!("R-000001"), &json!(true)));
        assert!(!page(&receipts.show_as(&order.order, BROWSER).await).contains("TEST"));
    });
}

#[test]
fn no_token_opens_another_receipt() {
    in_a_house(async |house: &House| {
        house.stock("teapot", 10_000, 50).await;
        let receipts = Receipts::open(house, &[]);
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(about(&paid_order(house).await));
        }
        ids.push(about(&paid_topup(house).await));
        for mine in &ids {
            let token = receipts.token(mine);
            for other in &ids {
                let answer = receipts
                    .call("GET", &format!("/v1/receipts/{other}?token={token}&format=json"), json!({}))
                    .await;
                assert_eq!(answer.status, if mine == other { 200 } else { 404 }, "{mine} {other}");
            }
        }
        assert_eq!(house.count("payonce.receipts").await, 4);
    });
}

#[test]
fn whatever_is_wrong_with_a_link_the_answer_is_the_same_and_no_database_is_asked() {
    in_a_house(async |house: &House| {
        let (receipts, order) = with_a_paid_order(house).await;
        let nowhere = [("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing?sslmode=disable")];
        let cut_off = Receipts::open(house, &nowhere);
        let good = receipts.token(&order.order);
        let other = OrderId::of(Uuid::now_v7()).to_string();
        let hour = Duration::from_secs(3_600);
        let expired = receipts.token_for(Purpose::Receipt, &order.order, house.now());
        let paying = receipts.token_for(Purpose::SandboxPay, &order.order, house.now() + hour);
        // One token of sixteen ends so already.
        let last = if good.ends_with('A') { 'E' } else { 'A' };
        let altered = format!("{}{last}", &good[..good.len() - 1]);
        let rings = [("CHECKOUT_TOKEN_SECRET", "another key, long enough")];
        let forged = Receipts::open(house, &rings).token(&order.order);
        let id = order.order.as_str();
        let mut bodies = BTreeSet::new();
        for (id, token) in [
            (id, ""),
            (id, "v1"),
            (id, "null"),
            (id, expired.as_str()),
            (id, paying.as_str()),
            (id, altered.as_str()),
            (id, forged.as_str()),
            (id, &good.repeat(10)),
            (&other, good.as_str()),
            ("ORD-1", good.as_str()),
            ("..", good.as_str()),
            ("%00", good.as_str()),
            ("pay_1", good.as_str()),
        ] {
            for (method, path) in
                [("GET", format!("/v1/receipts/{id}")), ("POST", format!("/v1/receipts/{id}/resend"))]
            {
                let headers =
                    json!({ "accept": "application/json", "idempotency-key": "long enough as a key" });
                let answer = cut_off.call(method, &format!("{path}?token={token}"), headers).await;
                assert_eq!(code(&answer), (404, "not_found"), "{id} {token}");
                bodies.insert(answer.body.to_string());
            }
        }
        // Who may ask for an order that does not exist learns as little, from the database this time.
        bodies.insert(receipts.show(&other).await.body.to_string());
        bodies.insert(receipts.show(&Uuid::now_v7().to_string()).await.body.to_string());
        assert_eq!(bodies.len(), 1, "{bodies:?}");
        assert_eq!(cut_off.show(id).await.status, 503, "with a good token it is");
    });
}

#[test]
fn a_token_is_over_when_its_time_has_come() {
    in_a_house(async |house: &House| {
        let (receipts, order) = with_a_paid_order(house).await;
        let token = receipts.token(&order.order);
        let path = format!("/v1/receipts/{}?token={token}", order.order);
        house.ahead.set(Duration::from_secs(7_190));
        assert_eq!(receipts.call("GET", &path, json!({})).await.status, 200);
        house.ahead.set(Duration::from_secs(7_201));
        assert_eq!(receipts.call("GET", &path, json!({})).await.status, 404);
    });
}

#[test]
fn a_token_of_the_secret_before_opens_until_that_one_is_retired() {
    in_a_house(async |house: &House| {
        let (receipts, order) = with_a_paid_order(house).await;
        let path = format!("/v1/receipts/{}?token={}", order.order, receipts.token(&order.order));
        let seconds =
            house.now().duration_since(SystemTime::UNIX_EPOCH).expect("a time after 1970").as_secs();
        for (until, status) in [(seconds + 600, 200), (seconds - 1, 404)] {
            let until = until.to_string();
            let rotated = Receipts::open(
                house,
                &[
                    ("CHECKOUT_TOKEN_SECRET", "the key that came after it"),
                    ("CHECKOUT_TOKEN_SECRET_PREVIOUS", TOKEN_SECRET),
                    ("CHECKOUT_TOKEN_SECRET_PREVIOUS_UNTIL", &until),
                ],
            );
            assert_eq!(rotated.call("GET", &path, json!({})).await.status, status);
        }
    });
}

#[test]
fn a_buyer_with_a_bad_link_gets_a_page_and_a_program_a_document() {
    in_a_house(async |house: &House| {
        let (receipts, order) = with_a_paid_order(house).await;
        let unpaid = house.order(Stripe, &[("teapot", 1)]).await;
        let nowhere = [("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing?sslmode=disable")];
        let cut_off = Receipts::open(house, &nowhere);
        let bad = format!("/v1/receipts/{}?token=v1.x", order.order);
        for (answer, status, says) in [
            (receipts.call("GET", &bad, json!({ "accept": BROWSER })).await, 404, "no receipt here"),
            (receipts.show_as(&unpaid.order, BROWSER).await, 409, "Not paid yet"),
            (cut_off.show_as(&order.order, BROWSER).await, 503, "try again"),
        ] {
            assert_eq!(
                (answer.status, header(&answer, "content-type")),
                (status, Some("text/html; charset=utf-8"))
            );
            assert!(page(&answer).contains(says) && page(&answer).contains("req-test"), "{}", page(&answer));
            assert!(header(&answer, "content-security-policy").is_some());
            assert_eq!(header(&answer, "retry-after").is_some(), status == 503);
        }
        for accept in
            [json!({}), json!({ "accept": "*/*" }), json!({ "accept": "application/json, text/html;q=0.1" })]
        {
            let answer = receipts.call("GET", &bad, accept).await;
            assert_eq!(header(&answer, "content-type"), Some("application/problem+json"));
        }
        let lost = receipts.ask("GET", "/", json!({ "accept": BROWSER })).await;
        assert_eq!((lost.status, page(&lost).contains("no receipt here")), (404, true));
        let wrong = receipts.ask("DELETE", &bad, json!({})).await;
        assert_eq!((code(&wrong), header(&wrong, "allow")), ((405, "method_not_allowed"), Some("GET")));
    });
}

#[test]
fn what_is_not_paid_has_no_receipt_and_takes_no_number() {
    in_a_house(async |house: &House| {
        house.stock("teapot", 10_000, 1).await;
        let receipts = Receipts::open(house, &[]);
        let order = house.order(Stripe, &[("teapot", 1)]).await;
        let topup = house.topup(Stripe, 500, 49_900).await;
        let failed = house.order(Razorpay, &[("teapot", 1)]).await;
        house.outcome(Razorpay, &failed.tells("payment.failed")).await;
        let short = house.order(Stripe, &[("teapot", 1)]).await;
        house.run("update payonce.inventory set stock = 0").await;
        house.outcome(Stripe, &short.paid()).await;
        house.run("update payonce.inventory set stock = 1").await;
        for checkout in [&order, &topup, &failed, &short] {
            let id = about(checkout);
            assert_eq!(code(&receipts.show(&id).await), (409, "not_paid_yet"), "{id}");
            assert_eq!(
                code(&receipts.resend(&id, "long enough as a key").await),
                (409, "not_paid_yet"),
                "{id}"
            );
        }
        let by_its_payment = receipts.show(&order.payment.to_string()).await;
        assert_eq!(by_its_payment.status, 404, "an order's payment is no top-up");
        assert_eq!(house.count("payonce.receipts").await, 0);
    });
}

#[test]
fn a_refund_is_on_the_receipt_with_its_day_and_what_is_left() {
    in_a_house(async |house: &House| {
        let (receipts, order) = with_a_paid_order(house).await;
        let number = receipts.show(&order.order).await.body["number"].clone();
        let back = async |refund: &str, part: i64| {
            let body = order.tells_with("refund.updated", |told| {
                (told.refund_id, told.part) = (format!("re_{refund}"), Some(part));
            });
            assert_eq!(house.outcome(Stripe, &body).await, "processed refund_recorded");
            receipts.show(&order.order).await
        };
        let part = back("one", 5_000_000).await;
        assert_eq!(part.body["status"], "partially_refunded");
        assert_eq!(part.body["refunds"][0]["amount"]["text"], "₹50,000.00");
        assert_eq!(part.body["refunds"][0]["on"], part.body["paid_on"]);
        assert_eq!(part.body["net"]["text"], "₹1,50,000.00");
        let pdf = text_of(&receipts.show_as(&order.order, "application/pdf").await);
        assert!(
            pdf.contains("Partially refunded") && pdf.contains("−₹50,000.00") && pdf.contains("₹1,50,000.00"),
            "{pdf}"
        );

        let whole = back("two", 15_000_000).await;
        assert_eq!((&whole.body["status"], &whole.body["net"]["minor"]), (&json!("refunded"), &json!(0)));
        assert_eq!(whole.body["number"], number, "it keeps its number");
        let shown = receipts.show_as(&order.order, BROWSER).await;
        assert!(
            page(&shown).contains("Refunded") && page(&shown).contains("−₹1,50,000.00"),
            "{}",
            page(&shown)
        );
    });
}

#[test]
fn a_top_up_has_a_receipt_of_its_credits() {
    in_a_house(async |house: &House| {
        let receipts = Receipts::open(house, &[]);
        let topup = paid_topup(house).await;
        let shown = receipts.show(&about(&topup).to_uppercase()).await;
        assert_eq!(shown.status, 404, "a token names what it opens as we write it");
        let path =
            format!("/v1/receipts/{}?token={}", about(&topup).to_uppercase(), receipts.token(&about(&topup)));
        let shown = receipts.call("GET", &path, json!({ "accept": "application/json" })).await;
        assert_eq!(
            shown.body["bought"],
            json!({ "type": "topup", "payment": about(&topup), "account": "Test", "credits": 12_500 })
        );
        assert_eq!(
            (&shown.body["total"]["text"], &shown.body["paid_by"]["provider"]),
            (&json!("₹499.00"), &json!("razorpay"))
        );
        let pdf = text_of(&receipts.show_as(&about(&topup), "application/pdf").await);
        assert!(
            pdf.contains("12,500 credits") && pdf.contains("₹499.00") && pdf.contains("TEST-000001"),
            "{pdf}"
        );
    });
}

#[test]
fn what_people_call_themselves_and_their_tea_is_text_and_never_markup() {
    in_a_house(async |house: &House| {
        let (receipts, order) = with_a_paid_order(house).await;
        let strange = "<script>alert(1)</script>";
        house.run(&format!("update payonce.products set name = '{strange}'; update payonce.customers set name = '{strange}'")).await;
        rewrite(house, &format!("update payonce.order_items set title = ''; update payonce.orders set contact = '{{\"name\": \"{strange}\"}}'")).await;
        let shown = receipts.show_as(&order.order, BROWSER).await;
        assert_eq!(shown.status, 200);
        assert!(!page(&shown).contains("<script"), "{}", page(&shown));
        assert_eq!(page(&shown).matches("&#60;script&#62;").count(), 2, "{}", page(&shown));
        let document = receipts.show(&order.order).await;
        assert_eq!(document.body["buyer"]["name"], strange);
        assert!(text_of(&receipts.show_as(&order.order, "application/pdf").await).contains(strange));
    });
}

#[test]
fn an_order_of_everything_shows_what_it_was_when_it_was_ordered() {
    in_a_house(async |house: &House| {
        house.stock("teapot", 10_000, 50).await;
        house.run("insert into payonce.promotions (code, kind, value, currency) values ('TEA', 'flat', 1500, 'INR')").await;
        let receipts = Receipts::open(house, &[]);
        let order = house.order_with(Stripe, &[("teapot", 2)], Some("TEA")).await;
        house.outcome(Stripe, &order.paid()).await;
        rewrite(house, "update payonce.order_items set title = 'Teapot, the old name'; update payonce.products set name = 'Teapot, renamed';
            update payonce.orders set tax_included_minor = 900, contact = '{\"name\": \"A. Rao\", \"phone\": \"+91 1\"}'").await;
        let shown = receipts.show(&order.order).await.body;
        assert_eq!(shown["bought"]["lines"][0]["title"], "Teapot, the old name");
        assert_eq!(shown["buyer"]["name"], "A. Rao");
        assert_eq!(shown["promo_code"], "TEA");
        let minor = |field: &str| shown[field]["minor"].as_i64().expect("an amount");
        assert_eq!(
            [minor("subtotal"), minor("discount"), minor("tax_included"), minor("total"), minor("paid")],
            [20_000, 1_500, 900, 18_500, 18_500]
        );
        let page_of_it = receipts.show_as(&order.order, BROWSER).await;
        assert!(page(&page_of_it).contains("Discount (TEA)") && page(&page_of_it).contains("Tax included"));
        assert!(!page_of_it.body.to_string().contains("+91"), "what nobody needs to see is not on it");
    });
}

#[test]
fn a_receipt_sent_again_is_one_mail_a_key_and_five_a_day() {
    in_a_house(async |house: &House| {
        let (receipts, order) = with_a_paid_order(house).await;
        let id = &order.order;
        let mails = async || house.count("payonce.email_logs where idempotency_key like 'resend:%'").await;
        for _ in 0..3 {
            let answer = receipts.resend(id, "the first key of all").await;
            assert_eq!((answer.status, &answer.body["status"]), (202, &json!("queued")));
        }
        assert_eq!(mails().await, 1);
        let sent = "select concat_ws(' ', email_type, recipient, ref_type, ref_id, status) from payonce.email_logs where idempotency_key like 'resend:%'";
        assert_eq!(house.text(sent).await, format!("order_receipt asha.rao@example.com order {id} queued"));

        let many: Vec<String> = (0..16).map(|n| format!("key number {n} of all")).collect();
        let answers = join_all(many.iter().map(|key| receipts.resend(id, key))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 202).count(), 4);
        assert_eq!(mails().await, 5);
        let refused = answers.iter().find(|answer| answer.status != 202).expect("too many");
        assert_eq!(code(refused), (429, "rate_limited"));
        let wait: u64 = header(refused, "retry-after").expect("a time").parse().expect("seconds");
        assert!((86_300..=86_400).contains(&wait), "{wait}");
        assert_eq!(
            receipts.resend(id, "the first key of all").await.status,
            202,
            "an earlier key is no new mail"
        );

        house.ahead.set(Duration::from_secs(wait + 60));
        assert_eq!(receipts.resend(id, "a key of the next day").await.status, 202);
        let other = paid_order(house).await;
        assert_eq!(receipts.resend(&other.order, "the first key of all").await.status, 202);
        assert_eq!(mails().await, 7);
    });
}

#[test]
fn a_mail_that_cannot_be_sent_again_is_refused_by_a_code() {
    in_a_house(async |house: &House| {
        let (receipts, order) = with_a_paid_order(house).await;
        for key in ["", "short", "   fifteen long  "] {
            assert_eq!(
                code(&receipts.resend(&order.order, key).await),
                (400, "idempotency_key_missing"),
                "{key:?}"
            );
        }
        let path = format!("/v1/receipts/{}/resend?token={}", order.order, receipts.token(&order.order));
        let answer = receipts.call("POST", &path, json!({ "accept": BROWSER })).await;
        assert_eq!(code(&answer), (400, "idempotency_key_missing"), "a call is answered by a document");
        let topup = paid_topup(house).await;
        assert_eq!(receipts.resend(&about(&topup), "long enough as a key").await.status, 202);
        rewrite(house, "update payonce.billing_accounts set email = null").await;
        let answer = receipts.resend(&about(&topup), "long enough as another").await;
        assert_eq!(code(&answer), (409, "no_address"));
        let mails = house.count(
            "payonce.email_logs where email_type = 'topup_receipt' and idempotency_key like 'resend:%'",
        );
        assert_eq!(mails.await, 1);
    });
}

#[test]
fn the_function_says_what_it_is() {
    in_a_house(async |house: &House| {
        let receipts = Receipts::open(house, &[]);
        assert_eq!(receipts.call("GET", "/v1/health", json!({})).await.status, 200);
        assert_eq!(receipts.call("GET", "/v1/meta", json!({})).await.body["app"], "payonce");
        let described = receipts.call("GET", "/v1/openapi.json", json!({})).await;
        assert_eq!(described.body, Body::Text(receipt::OPENAPI.to_owned()));
    });
}

#[test]
fn the_real_function_hands_out_pages_and_files_and_does_not_start_without_its_secret() {
    in_a_house(async |house: &House| {
        let (receipts, order) = with_a_paid_order(house).await;
        let secret = [("CHECKOUT_TOKEN_SECRET", TOKEN_SECRET)];
        let instance = house.start("receipt", &secret).await;
        let path = format!("/v1/receipts/{}?token={}", order.order, receipts.token(&order.order));
        let asked = async |method: &str, accept: &str| {
            let asked = invocation(method, &path, json!({ "accept": accept }), Value::Null);
            instance.invoke(&asked, Duration::from_secs(10)).await.expect("alive").expect("an answer")
        };
        let shown = asked("GET", BROWSER).await;
        assert_eq!((&shown["statusCode"], &shown["isBase64Encoded"]), (&json!(200), &json!(false)));
        assert!(shown["body"].as_str().expect("a page").contains("TEST-000001"));
        let file = asked("GET", "application/pdf").await;
        assert_eq!((&file["statusCode"], &file["isBase64Encoded"]), (&json!(200), &json!(true)));
        assert!(file["body"].as_str().expect("base64").starts_with("JVBERi0"), "%PDF-");
        assert_eq!(asked("HEAD", BROWSER).await["body"], "");

        let mut without = house.start("receipt", &[("CHECKOUT_TOKEN_SECRET", "too short")]).await;
        let mut ended = None;
        for _ in 0..200 {
            ended = without.ended();
            if ended.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(ended.map(|status| status.success()), Some(false));
    });
}
