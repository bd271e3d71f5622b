//! A line of a basket or an order.

/// So many pieces of a thing.
#[derive(Clone, Debug)]
pub struct Line {
    /// Slug in the catalogue.
    pub product: String,
    /// Variant in the inventory, `""` where there is one only.
    pub variant: String,
    /// Pieces.
    pub qty: i64,
}
