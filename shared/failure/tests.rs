use super::is_the_house_s;

#[test]
fn an_error_of_the_house_is_never_charged_to_the_event() {
    for code in [
        "08006", "08P01", "25006", "25P02", "26000", "28P01", "3D000", "3F000", "40001", "40P01", "42501",
        "42703", "42883", "42P01", "53300", "53100", "54000", "55P03", "57014", "57P01", "57P03", "58030",
        "XX000",
    ] {
        assert!(is_the_house_s(code), "{code}");
    }
    for code in ["23505", "23514", "22003", "P0001", "PY404", "PY409", "PY001", ""] {
        assert!(!is_the_house_s(code), "{code}");
    }
}
