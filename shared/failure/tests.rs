use super::is_the_event_s;

#[test]
fn only_what_the_event_says_is_ever_charged_to_the_event() {
    for code in ["22003", "22P02", "23505", "23514", "23503", "P0001", "PY404", "PY409", "PY001"] {
        assert!(is_the_event_s(code, Some("captures_settled_once")), "{code}");
    }
    let house = [
        "08006", "08P01", "0A000", "0P000", "25006", "25P02", "26000", "28P01", "3D000", "3F000", "40001",
        "40P01", "42501", "42703", "42883", "42P01", "53300", "53100", "54000", "55P03", "57014", "57P01",
        "57P03", "58030", "72000", "F0000", "XX000", "23502", "",
    ];
    for code in house {
        assert!(!is_the_event_s(code, None), "{code}");
    }
    assert!(!is_the_event_s("23505", Some("billing_audit_log_key")), "a sequence behind its table");
}
