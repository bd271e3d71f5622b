-- What $1 names, however it is quoted: our order or payment, or the provider's payment, order, refund or dispute.
-- $2 is $1 as an order id, $3 as a payment id, each null where it is none. One row an order or a payment for credits.
with found as (
  select 'our order id' as matched, 1 as rank, o.id as order_id, null::uuid as payment_id
  from payonce.orders o where o.id = $2
  union all
  select 'our payment id', 2, p.order_id, p.id from payonce.payments p where p.id = $3
  union all
  select 'the provider''s payment id', 3, p.order_id, p.id from payonce.captures c
  join payonce.payments p on p.id = c.payment_id
  where c.provider in ('stripe', 'razorpay') and c.provider_payment_id = $1
  union all
  select 'the provider''s order id', 4, p.order_id, p.id from payonce.payments p
  where p.provider in ('stripe', 'razorpay') and p.provider_order_id = $1
  union all
  select 'the provider''s refund id', 5, p.order_id, p.id from payonce.refunds r
  join payonce.captures c using (provider, provider_payment_id)
  join payonce.payments p on p.id = c.payment_id
  where r.provider in ('stripe', 'razorpay') and r.provider_refund_id = $1
  union all
  select 'the provider''s dispute id', 6, p.order_id, p.id from payonce.disputes d
  join payonce.captures c using (provider, provider_payment_id)
  join payonce.payments p on p.id = c.payment_id
  where d.provider in ('stripe', 'razorpay') and d.provider_dispute_id = $1
), each as (
  select distinct on (coalesce(f.order_id, f.payment_id::text) collate "C") f.matched, f.rank, f.order_id, f.payment_id
  from found f order by coalesce(f.order_id, f.payment_id::text) collate "C", f.rank
)
select e.matched, e.order_id, e.payment_id from each e order by e.rank, e.order_id, e.payment_id
