//! What receipts need: the key of their tokens, and who sells.
use super::{Database, Source, Stack};
use crate::secret::{Ring, Stage};

/// The name of the ring that signs tokens.
const TOKEN_SECRET: &str = "CHECKOUT_TOKEN_SECRET";
/// A shorter secret could be tried out.
const SHORTEST_SECRET: usize = 16;

/// Configuration of the receipt function.
#[derive(Clone)]
pub struct Receipt {
    /// Who this is.
    pub stack: Stack,
    /// `DATABASE_URL`, pooled.
    pub database: Database,
    /// `CHECKOUT_TOKEN_SECRET`, a ring; never empty.
    pub tokens: Ring,
    /// Whose receipts.
    pub seller: Seller,
}

/// Who sells: printed on every receipt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seller {
    /// `SELLER_NAME`, default `APP_ID`.
    pub name: String,
    /// `SELLER_ADDRESS`, its lines separated by `;`.
    pub address: Vec<String>,
    /// `SELLER_TAX_ID`: GSTIN, VAT number, as the law wants it printed.
    pub tax_id: Option<String>,
    /// `SELLER_EMAIL`: whom a buyer may ask.
    pub email: Option<String>,
}

impl Receipt {
    /// Reads it.
    pub fn read(source: &mut Source<'_>) -> Option<Self> {
        let database = source.database(&["DATABASE_URL"]);
        let tokens = source.required_tokens();
        Some(Self { stack: source.stack(), database: database?, tokens, seller: source.seller() })
    }
}

impl Source<'_> {
    /// `CHECKOUT_TOKEN_SECRET` and the one before it. Missing: empty; too short to be one: a complaint.
    pub fn tokens(&mut self) -> Ring {
        let ring = self.ring(TOKEN_SECRET);
        for short in ring.iter().filter(|secret| secret.expose().trim_ascii().len() < SHORTEST_SECRET) {
            let name = match short.stage() {
                Stage::Previous => format!("{TOKEN_SECRET}_PREVIOUS"),
                Stage::Current | Stage::Pending => TOKEN_SECRET.into(),
            };
            self.complaints.push(format!("{name} must be {SHORTEST_SECRET} characters or more"));
        }
        ring
    }

    /// The same, and a complaint when it is missing.
    pub fn required_tokens(&mut self) -> Ring {
        self.required_secret(TOKEN_SECRET);
        self.tokens()
    }

    /// See [`Seller`].
    pub fn seller(&self) -> Seller {
        let trimmed = |name| self.optional(name).map(|value| value.trim().to_owned());
        let address = self.optional("SELLER_ADDRESS").unwrap_or_default();
        let lines = address.split(';').map(str::trim).filter(|line| !line.is_empty());
        Seller {
            name: trimmed("SELLER_NAME").unwrap_or_else(|| self.stack().app_id),
            address: lines.map(str::to_owned).collect(),
            tax_id: trimmed("SELLER_TAX_ID"),
            email: trimmed("SELLER_EMAIL"),
        }
    }
}
