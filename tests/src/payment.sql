-- What was asked of a provider, without asking it: $1 id, $2 order or null, $3 account and $4 credits or null, $5 provider,
-- $6 its order, $7 $8 how much.
insert into payonce.payments (id, purpose, order_id, account_id, credits, provider, provider_order_id, amount_minor, currency, livemode)
values ($1, case when $2::text is null then 'topup' else 'order' end, $2, $3, $4, $5, $6, $7, $8, false)
