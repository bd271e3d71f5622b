-- The money that came for the order $1 or the payment $2, oldest first, and what of it is on its way back or gone.
select c.provider, c.provider_payment_id, c.payment_id, c.order_id, c.verdict, c.amount_minor, c.currency, c.captured_at,
  exists (select from payonce.mismatch_decisions m
    where m.provider = c.provider and m.provider_payment_id = c.provider_payment_id) as decided,
  (select coalesce(sum(r.amount_minor), 0) from payonce.refunds r where r.provider = c.provider
    and r.provider_payment_id = c.provider_payment_id and r.currency = c.currency and r.state in ('requested', 'pending', 'succeeded'))::bigint
  + (select coalesce(sum(d.amount_minor), 0) from payonce.disputes d where d.provider = c.provider
    and d.provider_payment_id = c.provider_payment_id and d.currency = c.currency and d.state = 'lost')::bigint as gone
from payonce.captures c
where c.order_id = $1 or c.payment_id = $2
order by c.captured_at, c.provider_payment_id
