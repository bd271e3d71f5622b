//! What is typed, read strictly: a refusal says in a sentence what was expected, before any database is asked.
use payonce::money;

/// An address that a customer can have.
pub(crate) fn email(text: &str) -> Result<String, String> {
    let (name, domain) = text.split_once('@').unwrap_or_default();
    let is_one = !name.is_empty() && !domain.is_empty() && !text.contains(char::is_whitespace);
    if is_one { Ok(text.to_owned()) } else { Err("an address looks like ammu.varier@example.com".into()) }
}

/// The key of a billing account, in one of the shapes that migration 0005 allows.
pub(crate) fn account(text: &str) -> Result<String, String> {
    let mut parts = text.splitn(3, ':');
    let (version, kind, name) = (parts.next(), parts.next(), parts.next().unwrap_or_default());
    let kinds: &[&str] = match version {
        Some("v1") => &["partner", "client", "assignment", "invoice"],
        Some("v2") => &["tenant", "external", "user"],
        _ => &[],
    };
    let is_name = (1..=80).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if is_name && kind.is_some_and(|kind| kinds.contains(&kind)) {
        return Ok(text.to_owned());
    }
    Err("an account's key is v2:tenant:NAME, v2:external:NAME, v2:user:NAME, or v1: with partner, client, \
         assignment or invoice; a NAME is up to 80 letters, digits, _ and -"
        .into())
}

/// An amount in minor units.
pub(crate) fn minor(text: &str) -> Result<i64, String> {
    money::minor_units(text)
        .map_err(|_| "an amount is a whole number of minor units, not negative: 49900 is INR 499.00".into())
}

/// An amount that is something.
pub(crate) fn some(text: &str) -> Result<i64, String> {
    match minor(text)? {
        0 => Err("nothing is not an amount: at least 1 minor unit".into()),
        some => Ok(some),
    }
}

/// Who does it, as the books name them.
pub(crate) fn person(text: &str) -> Result<String, String> {
    said(text, 2, "a name has two letters at least")
}

/// Why, as the books keep it.
pub(crate) fn reason(text: &str) -> Result<String, String> {
    said(text, 3, "a reason says something: three letters at least")
}

/// Where something is, so that another finds it.
pub(crate) fn place(text: &str) -> Result<String, String> {
    said(text, 3, "a place says where: three letters at least")
}

fn said(text: &str, shortest: usize, wanted: &str) -> Result<String, String> {
    let text = text.trim();
    let fine = (shortest..=500).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fine { Ok(text.to_owned()) } else { Err(format!("{wanted}, 500 and one line at most")) }
}

/// A number of credits.
pub(crate) fn credits(text: &str) -> Result<i64, String> {
    match money::minor_units(text) {
        Ok(some) if some > 0 => Ok(some),
        _ => Err("credits are a whole number, at least 1".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_something_on_both_sides() {
        assert!(email("ammu@example.com").is_ok());
        for text in ["", "bad", "@example.com", "ammu@", "am mu@example.com"] {
            assert!(email(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_account_s_key_has_one_of_the_shapes_the_database_allows() {
        let longest = format!("v2:user:{}", "n".repeat(80));
        for text in ["v2:tenant:malgudi-reading-club", "v1:invoice:7", longest.as_str()] {
            assert!(account(text).is_ok(), "{text}");
        }
        let too_long = format!("{longest}n");
        for text in
            ["", "a:b", "v2:tenant", "v2:tenant:", "v2:invoice:7", "v2:tenant:a:b", "v2:tenant:ä", &too_long]
        {
            assert!(account(text).is_err(), "{text}");
        }
    }

    #[test]
    fn amounts_and_credits_are_whole_and_not_negative() {
        assert_eq!(minor("0"), Ok(0));
        assert_eq!(some("49900"), Ok(49_900));
        for text in ["-5", "1.5", "", "9223372036854775808"] {
            assert!(minor(text).is_err() && some(text).is_err() && credits(text).is_err(), "{text}");
        }
        assert!(some("0").is_err() && credits("0").is_err());
    }

    #[test]
    fn who_and_why_are_said_in_one_line_of_some_letters() {
        assert_eq!(person(" Meena "), Ok("Meena".into()));
        assert!(reason("tin arrived dented").is_ok());
        for text in ["", " ", "x", "a\nb", &"x".repeat(501)] {
            assert!(person(text).is_err() && reason(text).is_err(), "{text}");
        }
    }
}
