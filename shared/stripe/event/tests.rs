use super::*;
use crate::inbox::retold::{OURS, at, golden, ours, retold, seconds as unix, verified, written};
use crate::inbox::sample::SamplePayment;
use crate::money::Money;
use crate::stripe::{SAMPLES, sample};

fn wrap(kind: &str, object: &str) -> String {
    format!(
        r#"{{"id":"evt_1","object":"event","type":"{kind}","created":1760000000,"data":{{"object":{object}}}}}"#
    )
}

/// `OURS` in an object stands for our payment id.
fn check(kind: &str, object: &str, expect: &str) {
    let body = wrap(kind, &object.replace("OURS", OURS));
    let event = read(verified(&body)).unwrap_or_else(|why| panic!("{why}: {body}"));
    assert_eq!((retold(&event.fact).as_str(), event.key.as_str()), (expect, "evt_1"), "{body}");
    assert_eq!(unix(event.created), 1_760_000_000);
}

fn refused(body: impl AsRef<[u8]>, code: &str) {
    let verdict = read(verified(&body)).map(|event| retold(&event.fact)).map_err(Unreadable::code);
    let shown: String = String::from_utf8_lossy(body.as_ref()).chars().take(200).collect();
    assert_eq!(verdict, Err(code), "{shown}");
}

const PAID: &str = r#"{"id":"cs_1","object":"checkout.session","mode":"payment","payment_status":"paid","amount_total":4200,"currency":"gbp","payment_intent":"pi_1"}"#;
const INTENT: &str = r#"{"id":"pi_1","object":"payment_intent","status":"succeeded","amount":4200,"amount_received":4200,"currency":"gbp","metadata":{"payonce_payment_id":"OURS"}}"#;
const REFUND: &str = r#"{"id":"re_1","object":"refund","status":"pending","amount":700,"currency":"gbp","payment_intent":"pi_1","charge":"ch_1"}"#;
const DISPUTE: &str = r#"{"id":"dp_1","object":"dispute","status":"needs_response","amount":4200,"currency":"gbp","payment_intent":"pi_1","charge":"ch_1","evidence_details":{"due_by":1761000000}}"#;
const CHARGE: &str = r#"{"id":"ch_1","object":"charge","amount":4200,"amount_refunded":700,"currency":"gbp","payment_intent":"pi_1"}"#;

#[test]
fn a_completed_session_is_money_only_when_it_is_paid() {
    let completed = |from: &str, to: &str, expect| {
        check("checkout.session.completed", &PAID.replace(from, to), expect);
    };
    completed("", "", "captured - cs_1 pi_1 GBP 4200");
    completed(r#""paid""#, r#""unpaid""#, "requires_action - cs_1 pi_1");
    completed(r#""paid""#, r#""almost""#, "parked capture_unclear");
    completed(r#""paid""#, "null", "parked capture_unclear");
    completed(r#""paid""#, "true", "parked capture_unclear");
    completed(r#""payment""#, r#""subscription""#, "unhandled");
    completed(r#""payment""#, r#""setup""#, "unhandled");
    completed(r#""payment""#, r#""barter""#, "captured - cs_1 pi_1 GBP 4200");
    completed(r#""pi_1""#, r#"{"id":"pi_9","object":"payment_intent"}"#, "captured - cs_1 pi_9 GBP 4200");
    completed(r#"4200"#, "0", "captured - cs_1 pi_1 GBP 0");
}

#[test]
fn a_free_session_is_paid_under_its_own_id() {
    let free = PAID.replace(r#""paid""#, r#""no_payment_required""#).replace(r#""pi_1""#, "null");
    check("checkout.session.completed", &free.replace("4200", "0"), "captured - cs_1 cs_1 GBP 0");
}

#[test]
fn money_without_its_payment_intent_is_parked_or_the_intent_s_own_event_would_be_money_twice() {
    for status in [r#""paid""#, r#""no_payment_required""#] {
        let session = PAID.replace(r#""paid""#, status).replace(r#""pi_1""#, "null");
        check("checkout.session.completed", &session, "parked capture_unclear");
    }
}

#[test]
fn a_delayed_payment_of_a_session_arrives_fails_or_expires_by_its_type() {
    check("checkout.session.async_payment_succeeded", PAID, "captured - cs_1 pi_1 GBP 4200");
    let unpaid = PAID.replace(r#""paid""#, r#""unpaid""#);
    check("checkout.session.async_payment_succeeded", &unpaid, "parked capture_unclear");
    check("checkout.session.async_payment_failed", &unpaid, "failed - cs_1 pi_1");
    check("checkout.session.expired", &unpaid, "expired - cs_1 pi_1");
    check("checkout.session.expired", r#"{"id":"cs_1","payment_intent":null}"#, "expired - cs_1 -");
    check("checkout.session.expired", r#"{"id":"cs_1","mode":"subscription"}"#, "unhandled");
}

#[test]
fn our_mark_stands_in_metadata_else_in_the_client_reference() {
    let marked = |fields: &str, mark: &str| {
        let session = PAID.replacen('{', &format!("{{{fields},"), 1);
        check("checkout.session.completed", &session, &format!("captured {mark} cs_1 pi_1 GBP 4200"));
    };
    let other = "11111111-2222-4333-8444-555555555555";
    marked(r#""metadata":{"payonce_payment_id":"OURS","shelf":"3"}"#, "ours");
    marked(r#""client_reference_id":"OURS""#, "ours");
    marked(&format!(r#""client_reference_id":"{other}","metadata":{{"payonce_payment_id":"OURS"}}"#), "ours");
    marked(r#""client_reference_id":"OURS","metadata":{"payonce_payment_id":"basket 7"}"#, "ours");
    marked(r#""client_reference_id":"OURS","metadata":[]"#, "ours");
    marked(r#""client_reference_id":"basket 7","metadata":{}"#, "-");
    marked(r#""client_reference_id":"11111111222243338444555555555555""#, "-");
    marked(r#""client_reference_id":"\u0000","metadata":null"#, "-");
    marked(r#""client_reference_id":7,"metadata":{"payonce_payment_id":7}"#, "-");
}

#[test]
fn a_payment_intent_is_money_when_it_succeeded_and_moves_by_its_type_otherwise() {
    check("payment_intent.succeeded", INTENT, "captured ours - pi_1 GBP 4200");
    let part = INTENT.replace(r#""amount_received":4200"#, r#""amount_received":4100"#);
    check("payment_intent.succeeded", &part, "captured ours - pi_1 GBP 4100");
    let open = INTENT.replace("succeeded", "requires_payment_method");
    check("payment_intent.succeeded", &open, "parked capture_unclear");
    for (kind, stage) in [
        ("payment_failed", "failed"),
        ("canceled", "cancelled"),
        ("requires_action", "requires_action"),
        ("processing", "requires_action"),
        ("amount_capturable_updated", "authorized"),
    ] {
        check(&format!("payment_intent.{kind}"), &open, &format!("{stage} ours - pi_1"));
    }
    check("payment_intent.created", INTENT, "unhandled");
    check("payment_intent.partially_funded", INTENT, "unhandled");
}

#[test]
fn a_refunded_charge_says_its_running_total() {
    check("charge.refunded", CHARGE, "totalled - - pi_1 GBP 700");
    check("charge.refunded", &CHARGE.replace(r#""pi_1""#, "null"), "totalled - - ch_1 GBP 700");
    check("charge.refunded", &CHARGE.replace("700", "null"), "parked unusable_amount");
}

#[test]
fn a_refund_stands_where_its_status_says() {
    for (kind, status, state) in [
        ("refund.created", "pending", "pending"),
        ("refund.created", "requires_action", "pending"),
        ("refund.created", "succeeded", "succeeded"),
        ("refund.updated", "succeeded", "succeeded"),
        ("refund.updated", "failed", "failed"),
        ("charge.refund.updated", "canceled", "failed"),
        ("refund.failed", "failed", "failed"),
        ("refund.failed", "pending", "failed"),
    ] {
        let refund = REFUND.replace("pending", status);
        check(kind, &refund, &format!("refund re_1 {state} - - pi_1 GBP 700"));
    }
    check("refund.created", &REFUND.replace("pending", "teleported"), "parked unusable_status");
    check("refund.created", &REFUND.replace("700", "0"), "parked unusable_amount");
    check("refund.created", &REFUND.replace(r#""pi_1""#, "null"), "refund re_1 pending - - ch_1 GBP 700");
    let expanded = REFUND.replace(r#""pi_1""#, "null").replace(r#""ch_1""#, r#"{"id":"ch_2"}"#);
    check("refund.created", &expanded, "refund re_1 pending - - ch_2 GBP 700");
    let nameless = REFUND.replace(r#""pi_1""#, "null").replace(r#""ch_1""#, "null");
    check("refund.created", &nameless, "parked unusable_object");
    check("refund.created", CHARGE, "parked unusable_object");
}

#[test]
fn a_dispute_stands_where_its_status_says() {
    for (status, state) in [
        ("warning_needs_response", "inquiry"),
        ("warning_under_review", "inquiry"),
        ("warning_closed", "closed"),
        ("needs_response", "open"),
        ("under_review", "open"),
        ("won", "won"),
        ("lost", "lost"),
        ("prevented", "closed"),
    ] {
        for kind in ["created", "updated", "closed", "funds_withdrawn", "funds_reinstated"] {
            let dispute = DISPUTE.replace("needs_response", status);
            let expect = format!("dispute dp_1 {state} - - pi_1 GBP 4200 1761000000");
            check(&format!("charge.dispute.{kind}"), &dispute, &expect);
        }
    }
    let dispute = |from: &str, to: &str, expect| {
        check("charge.dispute.created", &DISPUTE.replace(from, to), expect);
    };
    dispute("needs_response", "mediated", "parked unusable_status");
    dispute("1761000000", "null", "dispute dp_1 open - - pi_1 GBP 4200 -");
    dispute("1761000000", "99999999999999999999", "dispute dp_1 open - - pi_1 GBP 4200 -");
    dispute(r#"{"due_by":1761000000}"#, "[]", "dispute dp_1 open - - pi_1 GBP 4200 -");
    check("charge.dispute.imagined", DISPUTE, "unhandled");
}

#[test]
fn old_and_new_shapes_of_one_payment_tell_the_same() {
    let told = "captured ours - pi_1 GBP 4200";
    let shaped = |fields: &str| INTENT.replacen('{', &format!("{{{fields},"), 1);
    check("payment_intent.succeeded", &shaped(r#""charges":{"data":[{"id":"ch_1","amount":9}]}"#), told);
    check("payment_intent.succeeded", &shaped(r#""latest_charge":"ch_1","invoice":null"#), told);
    check(
        "payment_intent.succeeded",
        &shaped(r#""latest_charge":{"id":"ch_1"},"managed_payments":{}"#),
        told,
    );
    let api_2017 = r#"{"id":"ch_1","object":"charge","amount":900,"amount_refunded":900,"currency":"usd","refunds":{"data":[{"id":"re_1"}]},"source":{"id":"card_1"}}"#;
    check("charge.refunded", api_2017, "totalled - - ch_1 USD 900");
}

#[test]
fn types_nobody_handles_are_ignored_whatever_they_carry() {
    for kind in ["customer.created", "invoice.paid", "customer.subscription.updated", "charge.succeeded", "x"]
    {
        check(kind, r#"{"id":7,"id":8}"#, "unhandled");
        check(kind, "null", "unhandled");
    }
}

#[test]
fn an_amount_is_parked_unless_it_is_a_plain_integer() {
    for amount in
        ["1e400", "1000.0", "\"1000\"", "-1", "-0", "9223372036854775808", "null", "{}", "1E3", "true"]
    {
        for (kind, object) in [
            ("checkout.session.completed", PAID),
            ("payment_intent.succeeded", &INTENT.replace("4200,\"amount_received", "1,\"amount_received")),
            ("charge.refunded", &CHARGE.replace("700", "4200")),
            ("refund.created", &REFUND.replace("700", "4200")),
            ("charge.dispute.created", DISPUTE),
        ] {
            check(kind, &object.replace("4200", amount), "parked unusable_amount");
        }
    }
    check(
        "refund.created",
        &REFUND.replace("700", "9223372036854775807"),
        "refund re_1 pending - - pi_1 GBP 9223372036854775807",
    );
}

#[test]
fn a_currency_is_three_letters_or_its_event_is_parked() {
    for currency in ["null", "\"\"", "\"pounds\"", "826", "\"g\\u0000p\""] {
        check("checkout.session.completed", &PAID.replace("\"gbp\"", currency), "parked unusable_currency");
    }
    let missing = PAID.replace(r#""currency":"gbp","#, "");
    check("checkout.session.completed", &missing, "parked unusable_currency");
    check("checkout.session.completed", &PAID.replace("gbp", "\\u0067bp"), "captured - cs_1 pi_1 GBP 4200");
}

#[test]
fn an_odd_id_inside_is_parked() {
    for id in ["\"cs_\\u0000\"", "\"\"", "\"cs 1\"", "7", "null", "[]", "\"\\ud800\"", "\"cs_é\""] {
        check("checkout.session.completed", &PAID.replace("\"cs_1\"", id), "parked unusable_id");
    }
    for id in ["\"pi_\\u0000\"", "\"\"", "7", "[\"pi_1\"]", "{}", "{\"id\":null}", "false"] {
        check("checkout.session.completed", &PAID.replace("\"pi_1\"", id), "parked unusable_id");
    }
}

#[test]
fn a_field_said_twice_is_parked_where_it_matters_and_skipped_where_not() {
    let twice = |field: &str, expect| {
        check("checkout.session.completed", &PAID.replacen('{', &format!("{{{field},"), 1), expect);
    };
    twice(r#""amount_total":1"#, "parked unusable_object");
    twice(r#""\u0069d":"cs_2""#, "parked unusable_object");
    twice(r#""payment_status":"unpaid""#, "parked unusable_object");
    twice(r#""metadata":{"payonce_payment_id":"a","payonce_payment_id":"b"}"#, "parked unusable_object");
    twice(r#""locale":"en","locale":"fr""#, "captured - cs_1 pi_1 GBP 4200");
    twice(r#""notes":"\u0000\ud800""#, "captured - cs_1 pi_1 GBP 4200");
    let intent = PAID.replace(r#""pi_1""#, r#"{"id":"pi_1","id":"pi_2"}"#);
    check("checkout.session.completed", &intent, "parked unusable_object");
}

#[test]
fn data_of_another_shape_is_parked() {
    for object in ["null", "[]", "\"cs_1\"", "7", r#"["cs_1","checkout.session"]"#, r#"{"object":"charge"}"#]
    {
        check("checkout.session.completed", object, "parked unusable_object");
    }
    for data in ["null", "[]", "{}", r#"[{"id":"cs_1"}]"#, r#"{"object":{},"object":{}}"#] {
        let body = format!(r#"{{"id":"evt_1","type":"charge.refunded","data":{data}}}"#);
        assert_eq!(retold(&read(verified(body)).unwrap().fact), "parked unusable_object", "{data}");
    }
}

#[test]
fn the_envelope_says_whose_it_is_or_the_event_is_parked() {
    let of = |fields: &str| {
        let event = read(verified(wrap("charge.refunded", CHARGE).replacen('{', &format!("{{{fields},"), 1)));
        let event = event.unwrap();
        (event.livemode, event.account, retold(&event.fact))
    };
    let told = || "totalled - - pi_1 GBP 700".to_owned();
    assert_eq!(of(r#""livemode":true"#), (Some(true), None, told()));
    assert_eq!(of(r#""livemode":false,"account":"acct_1""#), (Some(false), Some("acct_1".into()), told()));
    assert_eq!(of(r#""account":null"#), (None, None, told()));
    assert_eq!(of(r#""livemode":"true""#), (None, None, "parked unusable_livemode".into()));
    assert_eq!(of(r#""account":"acct_\u0000""#), (None, None, "parked unusable_account".into()));
}

#[test]
fn a_body_without_an_identity_is_refused() {
    let event = wrap("charge.refunded", CHARGE);
    refused(b"\xff\xfe{}", "body_not_utf8");
    refused(event.replace("gbp", "g\u{0}p"), "body_not_json");
    refused([event.as_bytes(), b"\xc3"].concat(), "body_not_utf8");
    for body in ["", " ", "{", "nope", "{'id':1}", "{}{}"] {
        refused(body, "body_not_json");
    }
    refused(format!("\u{feff}{event}"), "body_not_json");
    refused(format!("{event}x"), "body_not_json");
    refused(event.replace("700", "0700"), "body_not_json");
    for body in ["null", "7", "\"evt\"", "[]", "{}", r#"["evt_1","event","charge.refunded"]"#] {
        refused(body, "event_malformed");
    }
    for id in ["null", "7", "\"\"", "\"evt_\\u0000\"", "\"evt 1\"", "{}"] {
        refused(event.replace("\"evt_1\"", id), "event_malformed");
        refused(event.replace("\"charge.refunded\"", id), "event_malformed");
    }
    refused(event.replace("evt_1", &"e".repeat(256)), "event_malformed");
    for field in
        [r#""id":"evt_2""#, r#""\u0069d":"evt_2""#, r#""type":"x""#, r#""data":{}"#, r#""created":1"#]
    {
        refused(event.replacen('{', &format!("{{{field},"), 1), "event_malformed");
    }
    refused(event.replace("\"object\":\"event\"", "\"object\":\"charge\""), "event_malformed");
    refused(
        r#"{"id":"evt_65","object":"v2.core.event","type":"v2.core.account[identity].updated","created":"2026-01-01T00:00:00.000Z"}"#,
        "thin_event_unsupported",
    );
}

#[test]
fn created_is_believed_when_it_is_plain_seconds_of_this_century() {
    for (created, expect) in [
        ("1760000000", 1_760_000_000),
        (" 1760000000 ", 1_760_000_000),
        ("\"1760000000\"", 0),
        ("1760000000.0", 0),
        ("1.76e9", 0),
        ("-1760000000", 0),
        ("1760000000000", 0),
        ("99999999999999999999999", 0),
        ("7", 0),
        ("null", 0),
        ("{}", 0),
    ] {
        let body = wrap("customer.created", "{}").replace("1760000000", created);
        assert_eq!(unix(read(verified(body)).unwrap().created), expect, "{created}");
    }
    assert_eq!(unix(read(verified(r#"{"id":"evt_1","type":"x"}"#)).unwrap().created), 0);
}

#[test]
fn a_hundred_thousand_levels_get_a_verdict() {
    const DEEP: usize = 100_000;
    let lists = "[".repeat(DEEP) + &"]".repeat(DEEP);
    let objects = r#"{"a":"#.repeat(DEEP) + "1" + &"}".repeat(DEEP);
    let told = "captured - cs_1 pi_1 GBP 4200";
    let completed = |object: &str, expect| check("checkout.session.completed", object, expect);
    for (deep, as_object) in [(lists, "parked unusable_object"), (objects, "parked unusable_id")] {
        completed(&PAID.replacen('{', &format!("{{\"unknown\":{deep},"), 1), told);
        completed(&PAID.replacen('{', &format!("{{\"metadata\":{deep},"), 1), told);
        completed(&PAID.replace("\"pi_1\"", &deep), "parked unusable_id");
        completed(&PAID.replace("4200", &deep), "parked unusable_amount");
        completed(&deep, as_object);
        check("customer.created", &deep, "unhandled");

        let event = wrap("checkout.session.completed", PAID);
        let outside = event.replacen('{', &format!("{{\"unknown\":{deep},"), 1);
        assert_eq!(retold(&read(verified(outside)).unwrap().fact), told);
        refused(event.replace("\"evt_1\"", &deep), "event_malformed");
        refused(&deep, "event_malformed");
        refused(&deep[..DEEP], "body_not_json");
    }
}

#[test]
fn what_is_written_as_a_sample_is_read_as_meant() {
    let money = Money::read(Some("4200"), Some("GBP")).unwrap();
    let mut payment = SamplePayment::new(Provider::Stripe, "1", money);
    (payment.mark, payment.part, payment.livemode) = (Some(ours()), Some(700), true);
    let mut tell = |kind: &str, status: Option<&str>| {
        payment.status = status.map(str::to_owned);
        let event = read(verified(sample(kind, &payment, at(1_760_000_000)).unwrap())).unwrap();
        assert_eq!((event.key.as_str(), event.kind.as_str(), event.livemode), ("evt_1", kind, Some(true)));
        assert_eq!((unix(event.created), event.account), (1_760_000_000, None));
        retold(&event.fact)
    };
    let told: Vec<String> = SAMPLES.iter().map(|kind| tell(kind, None)).collect();
    let expect = [
        "captured ours cs_test_1 pi_1 GBP 4200",
        "captured ours cs_test_1 pi_1 GBP 4200",
        "failed ours cs_test_1 pi_1",
        "expired ours cs_test_1 -",
        "captured ours - pi_1 GBP 4200",
        "failed ours - pi_1",
        "requires_action ours - pi_1",
        "cancelled ours - pi_1",
        "totalled ours - pi_1 GBP 700",
        "refund re_1 pending ours - pi_1 GBP 700",
        "refund re_1 succeeded ours - pi_1 GBP 700",
        "refund re_1 failed ours - pi_1 GBP 700",
        "dispute dp_1 open - - pi_1 GBP 700 1760777600",
        "dispute dp_1 open - - pi_1 GBP 700 1760777600",
        "dispute dp_1 won - - pi_1 GBP 700 1760777600",
        "dispute dp_1 won - - pi_1 GBP 700 1760777600",
        "unhandled",
    ];
    assert_eq!(told, expect);
    assert_eq!(tell("checkout.session.completed", Some("unpaid")), "requires_action ours cs_test_1 pi_1");
    assert_eq!(tell("checkout.session.completed", Some("no_payment_required")), "parked capture_unclear");
    assert!(tell("charge.dispute.closed", Some("lost")).starts_with("dispute dp_1 lost"));
}

/// Cut, or with one byte bent: some verdict each time, and no panic.
#[test]
fn a_damaged_body_gets_a_verdict() {
    let mut payment = SamplePayment::new(Provider::Stripe, "1", Money::read(Some("1"), Some("INR")).unwrap());
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
    golden("stripe", |body| read(verified(body)).unwrap());
}

#[test]
fn the_files_in_events_are_as_the_writer_writes_them() {
    written("stripe", |kind| {
        let money = Money::read(Some("4250"), Some("GBP")).unwrap();
        let mut payment = SamplePayment::new(Provider::Stripe, "3QFoxgloveTea01", money);
        payment.mark = Some(ours());
        payment.event_id = format!("evt_3QFoxglove_{}", kind.replace('.', "_"));
        sample(kind, &payment, at(1_760_000_000)).unwrap()
    });
}

#[test]
fn amounts_arrive_in_iso_minor_units_and_what_is_no_whole_number_of_them_is_parked() {
    let in_currency = |object: &str, amount: &str, currency: &str| {
        object.replace("4200", amount).replace("700", amount).replace("gbp", currency)
    };
    for (wire, currency, told) in [
        ("4200", "isk", "ISK 42"),
        ("4200", "ugx", "UGX 42"),
        ("4200", "mga", "MGA 420000"),
        ("4200", "kwd", "KWD 4200"),
        ("4200", "jpy", "JPY 4200"),
    ] {
        let written = |object| in_currency(object, wire, currency);
        let session = written(PAID);
        check("checkout.session.completed", &session, &format!("captured - cs_1 pi_1 {told}"));
        check("payment_intent.succeeded", &written(INTENT), &format!("captured ours - pi_1 {told}"));
        check("refund.created", &written(REFUND), &format!("refund re_1 pending - - pi_1 {told}"));
        check("charge.refunded", &written(CHARGE), &format!("totalled - - pi_1 {told}"));
        let dispute = format!("dispute dp_1 open - - pi_1 {told} 1761000000");
        check("charge.dispute.created", &written(DISPUTE), &dispute);
    }
    for (wire, currency) in [("4250", "isk"), ("4201", "ugx"), ("9223372036854775807", "mga")] {
        for (kind, object) in [
            ("checkout.session.completed", PAID),
            ("payment_intent.succeeded", INTENT),
            ("refund.created", REFUND),
            ("charge.refunded", CHARGE),
            ("charge.dispute.created", DISPUTE),
        ] {
            check(kind, &in_currency(object, wire, currency), "parked unusable_amount");
        }
    }
}

#[test]
fn a_sample_is_written_as_stripe_writes_its_currency_and_read_back_as_it_was() {
    for (minor, currency, written) in [(42, "ISK", "4200"), (500_000, "MGA", "5000"), (5_120, "KWD", "5120")]
    {
        let money = Money { minor, currency: currency.parse().unwrap() };
        let payment = SamplePayment::new(Provider::Stripe, "1", money);
        let body = sample("payment_intent.succeeded", &payment, at(1_760_000_000)).unwrap();
        assert!(body.contains(&format!(r#""amount_received":{written},"#)), "{body}");
        let fact = read(verified(&body)).unwrap().fact;
        assert_eq!(retold(&fact), format!("captured - - pi_1 {currency} {minor}"));
    }
    let money = Money { minor: 5_124, currency: "KWD".parse().unwrap() };
    let payment = SamplePayment::new(Provider::Stripe, "1", money);
    assert_eq!(sample("payment_intent.succeeded", &payment, at(1_760_000_000)), None);
}
