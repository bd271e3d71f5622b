use super::*;
use crate::inbox::retold::{OURS, at, golden, ours, retold, seconds as unix, verified, written};
use crate::inbox::sample::SamplePayment;
use crate::money::Money;
use crate::razorpay::{SAMPLES, sample};

fn wrap(kind: &str, payload: &str) -> String {
    format!(r#"{{"entity":"event","event":"{kind}","payload":{payload},"created_at":1760000000}}"#)
}

/// `OURS` in a payload stands for our payment id.
fn check(kind: &str, payload: &str, expect: &str) {
    let body = wrap(kind, &payload.replace("OURS", OURS));
    let event = read(verified(&body)).unwrap_or_else(|why| panic!("{why}: {body}"));
    assert_eq!(retold(&event.fact), expect, "{body}");
    assert_eq!((unix(event.created), event.livemode), (1_760_000_000, None));
}

fn refused(body: impl AsRef<[u8]>, code: &str) {
    let verdict = read(verified(&body)).map(|event| retold(&event.fact)).map_err(Unreadable::code);
    let shown: String = String::from_utf8_lossy(body.as_ref()).chars().take(200).collect();
    assert_eq!(verdict, Err(code), "{shown}");
}

const PAID: &str = r#"{"payment":{"entity":{"id":"pay_1","entity":"payment","amount":4200,"currency":"INR","status":"captured","captured":true,"order_id":"order_1","notes":{"payonce_payment_id":"OURS"}}}}"#;
const ORDER: &str = r#"{"payment":{"entity":{"id":"pay_1","amount":4200,"currency":"INR","status":"captured","captured":true,"order_id":"order_1","notes":[]}},"order":{"entity":{"id":"order_1","amount":9,"receipt":"OURS","notes":[]}}}"#;
const REFUND: &str = r#"{"refund":{"entity":{"id":"rfnd_1","amount":700,"currency":"INR","payment_id":"pay_1","status":"pending"}},"payment":{"entity":{"id":"pay_1","order_id":"order_1","amount":1,"notes":{"payonce_payment_id":"OURS"}}}}"#;
const DISPUTE: &str = r#"{"dispute":{"entity":{"id":"disp_1","amount":4200,"currency":"INR","payment_id":"pay_1","status":"open","phase":"chargeback","respond_by":1761000000}},"payment":{"entity":{"id":"pay_1","order_id":"order_1","notes":[]}}}"#;

#[test]
fn a_captured_payment_and_a_paid_order_are_the_same_money() {
    check("payment.captured", PAID, "captured ours order_1 pay_1 INR 4200");
    check("order.paid", ORDER, "captured ours order_1 pay_1 INR 4200");
    check("order.paid", r#"{"order":{"entity":{"id":"order_1"}}}"#, "parked unusable_object");
    let unordered = PAID.replace(r#""order_1""#, "null").replace(r#"{"payonce_payment_id":"OURS"}"#, "null");
    check("payment.captured", &unordered, "captured - - pay_1 INR 4200");
}

#[test]
fn money_is_captured_when_the_payment_says_so_and_nothing_in_it_denies_it() {
    let unclear = "parked capture_unclear";
    let told = "captured ours order_1 pay_1 INR 4200";
    for (flag, status, expect) in [
        ("true", "\"captured\"", told),
        ("\"1\"", "\"captured\"", told),
        ("1", "\"captured\"", told),
        ("true", "\"refunded\"", told),
        ("null", "\"captured\"", told),
        ("true", "null", told),
        ("null", "null", unclear),
        ("false", "\"captured\"", unclear),
        ("\"0\"", "\"captured\"", unclear),
        ("0", "\"captured\"", unclear),
        ("{}", "\"captured\"", unclear),
        ("true", "\"authorized\"", unclear),
        ("true", "\"failed\"", unclear),
        ("true", "\"levitating\"", unclear),
        ("true", "7", unclear),
    ] {
        let payload = PAID.replace("true", flag).replace("\"captured\",\"c", &format!("{status},\"c"));
        check("payment.captured", &payload, expect);
        check("order.paid", &payload, expect);
    }
}

#[test]
fn an_authorised_payment_is_never_money() {
    check("payment.authorized", PAID, "authorized ours order_1 pay_1");
    check("payment.failed", PAID, "failed ours order_1 pay_1");
    check("payment.pending", PAID, "unhandled");
}

#[test]
fn our_mark_stands_in_notes_else_in_the_receipt() {
    let told = |from: &str, to: &str, expect: &str| check("order.paid", &ORDER.replace(from, to), expect);
    let note = r#""notes":{"payonce_payment_id":"OURS"}"#;
    told("", "", "captured ours order_1 pay_1 INR 4200");
    told(r#""receipt":"OURS","notes":[]"#, note, "captured ours order_1 pay_1 INR 4200");
    told(r#""receipt":"OURS""#, r#""receipt":"rcpt #1""#, "captured - order_1 pay_1 INR 4200");
    told(r#""receipt":"OURS""#, r#""receipt":null"#, "captured - order_1 pay_1 INR 4200");
    told(r#""notes":[]"#, note, "captured ours order_1 pay_1 INR 4200");
    told(r#""notes":[]"#, r#""notes":{"shelf":"3"}"#, "captured ours order_1 pay_1 INR 4200");
    told(r#""notes":[]"#, r#""notes":null"#, "captured ours order_1 pay_1 INR 4200");
    told(r#""notes":[]"#, r#""notes":"\u0000""#, "captured ours order_1 pay_1 INR 4200");
    let other = r#""notes":{"payonce_payment_id":"11111111-2222-4333-8444-555555555555"}"#;
    let (of_payment, of_order) = ORDER.split_once("\"order\":").unwrap();
    let noted = of_payment.replace(r#""notes":[]"#, other);
    check("order.paid", &format!("{noted}\"order\":{of_order}"), "parked ids_disagree");
    let twice = r#""notes":{"payonce_payment_id":"OURS","payonce_payment_id":"OURS"}"#;
    told(r#""notes":[]"#, twice, "parked unusable_object");
}

#[test]
fn ids_that_contradict_each_other_are_for_a_person() {
    check("order.paid", &ORDER.replacen("order_1", "order_2", 1), "parked ids_disagree");
    check("refund.created", &REFUND.replacen("pay_1", "pay_2", 1), "parked ids_disagree");
    check("payment.dispute.won", &DISPUTE.replacen("pay_1", "pay_2", 1), "parked ids_disagree");
}

#[test]
fn a_refund_stands_where_type_and_status_say() {
    for (kind, status, state) in [
        ("refund.created", "\"pending\"", "pending"),
        ("refund.created", "\"processed\"", "succeeded"),
        ("refund.created", "\"failed\"", "failed"),
        ("refund.created", "null", "pending"),
        ("refund.processed", "\"processed\"", "succeeded"),
        ("refund.processed", "null", "succeeded"),
        ("refund.processed", "\"failed\"", "failed"),
        ("refund.failed", "\"failed\"", "failed"),
        ("refund.failed", "\"processed\"", "failed"),
        ("refund.speed_changed", "\"pending\"", "pending"),
        ("refund.speed_changed", "\"processed\"", "succeeded"),
    ] {
        let payload = REFUND.replace("\"pending\"", status);
        check(kind, &payload, &format!("refund rfnd_1 {state} ours order_1 pay_1 INR 700"));
    }
    check("refund.created", &REFUND.replace("pending", "teleported"), "parked unusable_status");
    check("refund.created", &REFUND.replace("700", "0"), "parked unusable_amount");
    check("refund.speed_changed", &REFUND.replace("\"pending\"", "null"), "parked unusable_status");
    check("refund.arn_updated", REFUND, "unhandled");
    let alone = r#"{"refund":{"entity":{"id":"rfnd_1","amount":700,"currency":"INR","payment_id":"pay_1","status":"processed"}}}"#;
    check("refund.created", alone, "refund rfnd_1 succeeded - - pay_1 INR 700");
    check("refund.created", PAID, "parked unusable_object");
}

#[test]
fn a_dispute_stands_where_its_type_says_or_further() {
    let told = |kind: &str, status: &str, phase: &str, state: &str| {
        let payload = DISPUTE.replace("\"open\"", status).replace("chargeback", phase);
        let expect = format!("dispute disp_1 {state} - order_1 pay_1 INR 4200 1761000000");
        check(&format!("payment.dispute.{kind}"), &payload, &expect);
    };
    told("created", "\"open\"", "chargeback", "open");
    told("created", "\"open\"", "pre_arbitration", "open");
    told("created", "\"open\"", "retrieval", "inquiry");
    told("created", "\"open\"", "fraud", "inquiry");
    told("created", "\"lost\"", "chargeback", "lost");
    told("created", "\"mediated\"", "chargeback", "open");
    told("under_review", "\"under_review\"", "chargeback", "open");
    told("action_required", "null", "chargeback", "open");
    told("won", "\"won\"", "chargeback", "won");
    told("won", "\"under_review\"", "chargeback", "won");
    told("lost", "\"lost\"", "fraud", "lost");
    told("closed", "\"closed\"", "retrieval", "closed");
    check("payment.dispute.imagined", DISPUTE, "unhandled");
    for due in ["null", "\"1761000000\"", "-1", "1e9", "99999999999999999999"] {
        let payload = DISPUTE.replace("1761000000", due);
        check("payment.dispute.created", &payload, "dispute disp_1 open - order_1 pay_1 INR 4200 -");
    }
}

#[test]
fn types_nobody_handles_are_ignored_whatever_they_carry() {
    for kind in ["subscription.charged", "invoice.paid", "payment_link.paid", "payment.downtime.started", "x"]
    {
        check(kind, r#"{"payment":7,"payment":8}"#, "unhandled");
        check(kind, "null", "unhandled");
        check(kind, "[]", "unhandled");
    }
}

#[test]
fn an_amount_is_parked_unless_it_is_a_plain_integer() {
    for amount in
        ["1e400", "1000.0", "\"1000\"", "-1", "-0", "9223372036854775808", "null", "{}", "1E3", "true"]
    {
        for (kind, payload) in [
            ("payment.captured", PAID),
            ("order.paid", ORDER),
            ("refund.processed", &REFUND.replace("700", "4200")),
            ("payment.dispute.lost", DISPUTE),
        ] {
            check(kind, &payload.replace("4200", amount), "parked unusable_amount");
        }
    }
    let most = PAID.replace("4200", "9223372036854775807");
    check("payment.captured", &most, "captured ours order_1 pay_1 INR 9223372036854775807");
}

#[test]
fn a_currency_is_three_letters_or_its_event_is_parked() {
    for currency in ["null", "\"\"", "\"rupees\"", "356", "\"I\\u0000R\""] {
        check("payment.captured", &PAID.replace("\"INR\"", currency), "parked unusable_currency");
    }
    check("payment.captured", &PAID.replace(r#""currency":"INR","#, ""), "parked unusable_currency");
}

#[test]
fn an_odd_id_inside_is_parked() {
    for id in ["\"pay_\\u0000\"", "\"\"", "\"pay 1\"", "7", "null", "[]", "\"\\ud800\"", "\"pay_é\""] {
        check("payment.captured", &PAID.replace("\"pay_1\"", id), "parked unusable_id");
        check("payment.authorized", &PAID.replace("\"pay_1\"", id), "parked unusable_id");
        check("refund.created", &REFUND.replacen("\"pay_1\"", id, 1), "parked unusable_id");
    }
    for id in ["\"order_\\u0000\"", "\"\"", "7", "{}"] {
        check("payment.captured", &PAID.replace("\"order_1\"", id), "parked unusable_id");
    }
}

#[test]
fn a_field_said_twice_is_parked_where_it_matters_and_skipped_where_not() {
    let twice = |field: &str, expect| {
        let payload = PAID.replace(r#"{"id":"#, &format!(r#"{{{field},"id":"#));
        check("payment.captured", &payload, expect);
    };
    twice(r#""amount":1"#, "parked unusable_object");
    twice(r#""\u0069d":"pay_2""#, "parked unusable_object");
    twice(r#""vpa":"a","vpa":"\u0000\ud800""#, "captured ours order_1 pay_1 INR 4200");
    for field in [r#""payload":{}"#, r#""account_id":"acc_1","account_id":"acc_2""#, r#""created_at":1"#] {
        let body = wrap("payment.captured", PAID).replacen('{', &format!("{{{field},"), 1);
        let event = read(verified(body)).unwrap();
        assert_eq!(
            (retold(&event.fact).as_str(), unix(event.created)),
            ("parked unusable_object", 0),
            "{field}"
        );
    }
    refused(wrap("x", "{}").replacen('{', r#"{"event":"y","#, 1), "event_malformed");
}

#[test]
fn a_payload_of_another_shape_is_parked() {
    for payload in
        ["null", "[]", "7", "{}", r#"{"payment":{}}"#, r#"{"payment":{"entity":[]}}"#, r#"{"payment":[{}]}"#]
    {
        check("payment.captured", payload, "parked unusable_object");
    }
}

#[test]
fn the_account_is_named_or_the_event_is_parked() {
    let of = |account: &str| {
        let body = wrap("payment.failed", PAID).replacen('{', &format!(r#"{{"account_id":{account},"#), 1);
        let event = read(verified(body)).unwrap();
        (event.account, retold(&event.fact).replace(OURS, "ours"))
    };
    let told = || "failed - order_1 pay_1".to_owned();
    assert_eq!(of("\"acc_1\""), (Some("acc_1".into()), told()));
    assert_eq!(of("null"), (None, told()));
    assert_eq!(of("\"acc_\\u0000\""), (None, "parked unusable_account".into()));
    assert_eq!(of("7"), (None, "parked unusable_account".into()));
}

#[test]
fn a_body_without_an_identity_is_refused() {
    let event = wrap("payment.captured", PAID);
    refused(b"\xff\xfe{}", "body_not_utf8");
    refused([event.as_bytes(), b"\xc3"].concat(), "body_not_utf8");
    for body in ["", " ", "{", "nope", "{'event':1}", "{}{}"] {
        refused(body, "body_not_json");
    }
    refused(format!("\u{feff}{event}"), "body_not_json");
    refused(format!("{event}x"), "body_not_json");
    for body in ["null", "7", "\"event\"", "[]", "{}", r#"["payment.captured"]"#] {
        refused(body, "event_malformed");
    }
    for kind in ["null", "7", "\"\"", "\"payment_\\u0000\"", "\"pay ment\"", "{}"] {
        refused(event.replace("\"payment.captured\"", kind), "event_malformed");
    }
}

#[test]
fn every_byte_of_a_body_is_its_identity() {
    let key = |body: &str| read(verified(body)).unwrap().key;
    let body = r#"{"event":"x"}"#;
    assert_eq!(key(body), "ebc2c4ea03938ee05e18c1a712d9fa02de923d6f2db34b68fe1f8dcf651e479d");
    assert_ne!(key(body), key(&format!("{body}\n")));
}

#[test]
fn created_is_believed_when_it_is_plain_seconds_of_this_century() {
    let of = |body: &str| unix(read(verified(body)).unwrap().created);
    for (created, expect) in [
        ("1760000000", 1_760_000_000),
        ("\"1760000000\"", 0),
        ("1760000000.0", 0),
        ("1.76e9", 0),
        ("-1760000000", 0),
        ("1760000000000", 0),
        ("99999999999999999999999", 0),
        ("{}", 0),
    ] {
        assert_eq!(of(&format!(r#"{{"event":"x","created_at":{created}}}"#)), expect, "{created}");
        assert_eq!(
            of(&format!(r#"{{"event":"x","payload":{{"created_at":{created}}}}}"#)),
            expect,
            "{created}"
        );
    }
    assert_eq!(
        of(r#"{"event":"x","created_at":1760000000,"payload":{"created_at":1770000000}}"#),
        1_760_000_000
    );
    assert_eq!(of(r#"{"event":"x","created_at":null,"payload":{"created_at":1770000000}}"#), 1_770_000_000);
    assert_eq!(of(r#"{"event":"x","created_at":"1","payload":{"created_at":1770000000}}"#), 0);
    assert_eq!(of(r#"{"event":"x","payload":{"created_at":1770000000,"created_at":1}}"#), 0);
    assert_eq!(of(r#"{"event":"x","payload":[1770000000]}"#), 0);
}

#[test]
fn a_hundred_thousand_levels_get_a_verdict() {
    const DEEP: usize = 100_000;
    let lists = "[".repeat(DEEP) + &"]".repeat(DEEP);
    let objects = r#"{"a":"#.repeat(DEEP) + "1" + &"}".repeat(DEEP);
    let told = "captured ours order_1 pay_1 INR 4200";
    for deep in [lists, objects] {
        check("payment.captured", &PAID.replace(r#"{"id":"#, &format!(r#"{{"a":{deep},"id":"#)), told);
        check("payment.captured", &PAID.replacen('{', &format!("{{\"unknown\":{deep},"), 1), told);
        check("payment.captured", &PAID.replacen('{', &format!("{{\"order\":{deep},"), 1), told);
        check("payment.captured", &PAID.replace("4200", &deep), "parked unusable_amount");
        check("payment.captured", &PAID.replace("\"pay_1\"", &deep), "parked unusable_id");
        check("payment.captured", &deep, "parked unusable_object");
        check("invoice.paid", &deep, "unhandled");
        let event = wrap("invoice.paid", "{}").replacen('{', &format!("{{\"unknown\":{deep},"), 1);
        assert_eq!(retold(&read(verified(event)).unwrap().fact), "unhandled");
        refused(&deep, "event_malformed");
        refused(&deep[..DEEP], "body_not_json");
    }
}

#[test]
fn what_is_written_as_a_sample_is_read_as_meant() {
    let money = Money::read(Some("4200"), Some("INR")).unwrap();
    let mut payment = SamplePayment::new(Provider::Razorpay, "1", money);
    (payment.mark, payment.part) = (Some(ours()), Some(700));
    let mut tell = |kind: &str, status: Option<&str>| {
        payment.status = status.map(str::to_owned);
        let event = read(verified(sample(kind, &payment, at(1_760_000_000)).unwrap())).unwrap();
        assert_eq!((event.kind.as_str(), unix(event.created)), (kind, 1_760_000_000));
        assert_eq!(event.account.as_deref(), Some("acc_Nilgiri1Leaf9A"));
        retold(&event.fact)
    };
    let told: Vec<String> = SAMPLES.iter().map(|kind| tell(kind, None)).collect();
    let expect = [
        "captured ours order_1 pay_1 INR 4200",
        "captured ours order_1 pay_1 INR 4200",
        "authorized ours order_1 pay_1",
        "failed ours order_1 pay_1",
        "refund rfnd_1 pending ours order_1 pay_1 INR 700",
        "refund rfnd_1 succeeded ours order_1 pay_1 INR 700",
        "refund rfnd_1 failed ours order_1 pay_1 INR 700",
        "refund rfnd_1 pending ours order_1 pay_1 INR 700",
        "dispute disp_1 open ours order_1 pay_1 INR 700 1760604800",
        "dispute disp_1 open ours order_1 pay_1 INR 700 1760604800",
        "dispute disp_1 open ours order_1 pay_1 INR 700 1760604800",
        "dispute disp_1 won ours order_1 pay_1 INR 700 1760604800",
        "dispute disp_1 lost ours order_1 pay_1 INR 700 1760604800",
        "dispute disp_1 closed ours order_1 pay_1 INR 700 1760604800",
        "unhandled",
    ];
    assert_eq!(told, expect);
    assert!(tell("refund.created", Some("processed")).starts_with("refund rfnd_1 succeeded"));
}

/// Cut, or with one byte bent: some verdict each time, and no panic.
#[test]
fn a_damaged_body_gets_a_verdict() {
    let mut payment =
        SamplePayment::new(Provider::Razorpay, "1", Money::read(Some("1"), Some("INR")).unwrap());
    payment.mark = Some(ours());
    for kind in SAMPLES {
        let body = sample(kind, &payment, at(1_760_000_000)).unwrap().into_bytes();
        for place in 0..body.len() {
            assert!(read(verified(&body[..place])).is_err());
            for bent in [b'"', b'9'] {
                let mut body = body.clone();
                body[place] = bent;
                let _ = read(verified(body));
            }
        }
    }
}

#[test]
fn keys_and_times_of_the_golden_bodies_are_frozen() {
    golden("razorpay", |body| read(verified(body)).unwrap());
}

#[test]
fn the_files_in_events_are_as_the_writer_writes_them() {
    written("razorpay", |kind| {
        let money = Money::read(Some("149900"), Some("INR")).unwrap();
        let mut payment = SamplePayment::new(Provider::Razorpay, "NilgiriLeaf001", money);
        payment.mark = Some(ours());
        sample(kind, &payment, at(1_760_000_000)).unwrap()
    });
}
