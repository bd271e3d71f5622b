//! The books: what a round must have moved is what it moved.
use payonce::operator;
use tokio_postgres::Client;

use crate::order::Order;

const FIGURES: [&str; 9] = [
    "events stored",
    "deliveries",
    "settled captures",
    "paid orders",
    "pieces sold",
    "pieces held",
    "paise spent",
    "mails owed",
    "promotions used",
];

/// Totals of a whole database of payonce's, or by how much they are to change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Books([i64; 9]);

impl Books {
    /// What paying `orders` moves, which were held before, and storing so many events of so many brought.
    pub(crate) fn of(orders: &[Order], stored: i64, brought: i64) -> Self {
        let paid = orders.len() as i64;
        let spent = orders.iter().map(Order::total).sum();
        let promotions = orders.iter().filter(|order| order.has_promotion()).count() as i64;
        Self([stored, brought, paid, paid, 3 * paid, -3 * paid, spent, paid, promotions])
    }

    /// How many events were brought.
    pub(crate) fn brought(&self) -> i64 {
        self.0[1]
    }

    /// As they stand.
    pub(crate) async fn read(client: &Client) -> Result<Self, String> {
        let rows = client.query_typed(include_str!("../sql/books.sql"), &[]).await;
        let rows = rows.map_err(|error| error.to_string())?;
        let row = rows.first().ok_or("no row")?;
        Ok(Self(std::array::from_fn(|at| row.get(at))))
    }

    /// Did `before` become this by `moves`? Else what did not.
    pub(crate) fn compare(&self, before: &Self, moves: &Self) -> Result<(), String> {
        let wrong: Vec<String> = (0..FIGURES.len())
            .filter(|&at| self.0[at] - before.0[at] != moves.0[at])
            .map(|at| format!("{}: {} instead of {}", FIGURES[at], self.0[at] - before.0[at], moves.0[at]))
            .collect();
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
    }
}

/// Every invariant returns no row.
pub(crate) async fn hold_to_the_invariants(client: &Client) -> Result<(), String> {
    for invariant in operator::invariants() {
        let broken = operator::broken(client, &invariant).await;
        let broken = broken.map_err(|error| format!("{}: {error}", invariant.name))?;
        if let Some(first) = broken.first() {
            return Err(format!(
                "{} {}: {} rows, first {first}",
                invariant.name,
                invariant.says,
                broken.len()
            ));
        }
    }
    Ok(())
}
