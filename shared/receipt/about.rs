//! What a receipt is about.
use std::fmt;

use tokio_postgres::types::Type;
use uuid::Uuid;

use crate::db::Param;
use crate::order::OrderId;

/// An order, or the payment of a top-up. Printed as tokens and mails name it: `ORD-...`, or the payment's uuid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// An order.
    Order(OrderId),
    /// A top-up, by its payment.
    TopUp(Uuid),
}

impl About {
    /// What a person or a link wrote, in any writing of it. `None`: nothing has such an id.
    pub fn quoted(text: &str) -> Option<Self> {
        let text = text.trim();
        OrderId::quoted(text).map(Self::Order).or_else(|| Uuid::try_parse(text).ok().map(Self::TopUp))
    }

    /// The two parameters by which SQL knows it, one of them null.
    pub(super) fn columns(&self) -> (Option<&str>, Option<Uuid>) {
        match self {
            Self::Order(id) => (Some(id.as_str()), None),
            Self::TopUp(payment) => (None, Some(*payment)),
        }
    }
}

/// Types of [`About::columns`].
pub(super) fn typed<'a>(columns: &'a (Option<&str>, Option<Uuid>)) -> [Param<'a>; 2] {
    [(&columns.0, Type::TEXT), (&columns.1, Type::UUID)]
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Order(id) => id.fmt(f),
            Self::TopUp(payment) => payment.fmt(f),
        }
    }
}

#[test]
fn an_order_or_a_payment_is_known_however_it_was_copied() {
    let order = "ORD-01M7Y31RRDE6F8B45AJTA4ADZG";
    let payment = "01a1fc30-e316-7351-a1e7-f8644c2b79e7";
    for text in [order, "ord-01m7y31rrde6f8b45ajta4adzg ", "ORD-OLM7Y3IRRDE6F8B45AJTA4ADZG"] {
        assert_eq!(About::quoted(text).unwrap().to_string(), order, "{text}");
    }
    for text in [payment, "01A1FC30E3167351A1E7F8644C2B79E7"] {
        assert_eq!(About::quoted(text).unwrap().to_string(), payment, "{text}");
    }
    for text in ["", "ORD-", "pay_1", "01a1fc30", "../etc/passwd", &format!("{order}{order}")] {
        assert_eq!(About::quoted(text), None, "{text}");
    }
}
