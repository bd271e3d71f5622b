-- The provider has opened it: $1 our payment, $2 the provider's order, $3 where the buyer pays, $4 now. A webhook may have
-- told of the same order before. No row: it is known under another order of the provider.
update payonce.payments
set provider_order_id = $2, provider_url = coalesce($3, provider_url), updated_at = $4
where id = $1 and coalesce(provider_order_id, $2) = $2
returning id
