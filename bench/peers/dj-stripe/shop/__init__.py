"""A shop: orders, stock, promotions, payments."""
