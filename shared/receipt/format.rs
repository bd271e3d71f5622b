//! In which form a receipt is wanted: the `Accept` header by its rules (RFC 9110, 12.5.1), and `?format=` for links.

/// The forms there are, in the order in which we would rather give them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A page.
    Html,
    /// A document for machines.
    Json,
    /// A document for drawers.
    Pdf,
}

impl Format {
    const ALL: [Self; 3] = [Self::Html, Self::Json, Self::Pdf];

    /// The wanted form; `None` where none of ours is acceptable. `name` (`html`, `json`, `pdf`) outranks the header; a
    /// caller with neither gets a page.
    pub fn wanted(accept: Option<&str>, name: Option<&str>) -> Option<Self> {
        if let Some(name) = name {
            return Self::ALL.into_iter().find(|format| format.name() == name);
        }
        let Some(accept) = accept.filter(|accept| !accept.trim().is_empty()) else { return Some(Self::Html) };
        let asked = |format: &Self| quality(accept, format.media_type());
        // Of equals the last is the greatest: ours in reverse.
        let best = Self::ALL.into_iter().rev().max_by_key(asked)?;
        (asked(&best) > 0).then_some(best)
    }

    /// Is somebody there who reads pages? `*/*` alone is a program, which takes an error as any other of ours.
    pub fn is_for_a_browser(accept: Option<&str>, name: Option<&str>) -> bool {
        let named =
            name.is_some() || accept.is_some_and(|accept| accept.to_ascii_lowercase().contains("text/html"));
        named && Self::wanted(accept, name) == Some(Self::Html)
    }

    /// The value of `content-type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Json => "application/json",
            Self::Pdf => "application/pdf",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Html => "text/html",
            Self::Json => "application/json",
            Self::Pdf => "application/pdf",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Json => "json",
            Self::Pdf => "pdf",
        }
    }
}

/// How much `accept` wants `media_type`, in thousandths: what its most specific range about it says, 0 where none is.
fn quality(accept: &str, media_type: &str) -> u16 {
    let family = media_type.split('/').next().unwrap_or_default();
    let about = accept.split(',').filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let named = parts.next()?.to_ascii_lowercase();
        let specific = match named.as_str() {
            "*/*" => 1,
            name if name == media_type => 3,
            name if name.strip_suffix("/*") == Some(family) => 2,
            _ => return None,
        };
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        Some((specific, thousandths(weight.unwrap_or("1"))?))
    });
    about.max().map_or(0, |(_, quality)| quality)
}

/// `0.8` is 800. `None` where it is not a weight; its range then says nothing.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = fraction.len() <= 3 && fraction.bytes().all(|b| b.is_ascii_digit());
    let fraction = format!("{fraction:0<3}").parse::<u16>().ok().filter(|_| is_number)?;
    match (whole, fraction) {
        ("0", fraction) => Some(fraction),
        ("1", 0) => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Format::{self, Html, Json, Pdf};

    fn wanted(accept: &str) -> Option<Format> {
        Format::wanted(Some(accept), None)
    }

    #[test]
    fn the_form_is_the_one_that_is_wanted_most() {
        for (accept, format) in [
            ("text/html", Some(Html)),
            ("application/json", Some(Json)),
            ("Application/PDF", Some(Pdf)),
            ("*/*", Some(Html)),
            ("", Some(Html)),
            ("application/*", Some(Json)),
            ("application/pdf, application/json", Some(Json)),
            ("application/pdf, application/json;q=0.9", Some(Pdf)),
            ("application/json; q=0.001 , application/pdf; q=0.002", Some(Pdf)),
            ("text/html;q=0.5, */*;q=0.6", Some(Json)),
            ("text/*;q=0.3, application/pdf;q=0.31", Some(Pdf)),
            ("*/*, text/html;q=0", Some(Json)),
            ("application/json;charset=utf-8;q=1.000", Some(Json)),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", Some(Html)),
            ("text/plain", None),
            ("image/*", None),
            ("text/html;q=0", None),
            ("text/html;q=2, application/json;q=0.1", Some(Json)),
            ("text/html;q=0.0001", None),
            ("text/html;q=", None),
            ("text/html;q=-1", None),
            ("*", None),
            (",,;;q=1,", None),
        ] {
            assert_eq!(wanted(accept), format, "{accept}");
        }
        assert_eq!(Format::wanted(None, None), Some(Html));
    }

    #[test]
    fn a_link_that_names_its_form_gets_it_whatever_the_header_says() {
        for (name, format) in
            [("html", Some(Html)), ("json", Some(Json)), ("pdf", Some(Pdf)), ("PDF", None), ("", None)]
        {
            assert_eq!(Format::wanted(Some("text/html"), Some(name)), format, "{name}");
        }
    }

    #[test]
    fn a_browser_says_that_it_reads_pages() {
        let browser = |accept, name| Format::is_for_a_browser(accept, name);
        assert!(browser(Some("text/html,application/xml;q=0.9,*/*;q=0.8"), None));
        assert!(browser(Some("*/*"), Some("html")));
        for (accept, name) in [
            (None, None),
            (Some("*/*"), None),
            (Some("application/json"), None),
            (Some("text/html"), Some("pdf")),
        ] {
            assert!(!browser(accept, name), "{accept:?} {name:?}");
        }
    }
}
