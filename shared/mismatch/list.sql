-- Captures that are not what was asked and wait for a decision, oldest first, at most $1.
select jsonb_build_object('provider', c.provider, 'provider_payment_id', c.provider_payment_id, 'payment', c.payment_id,
  'order', c.order_id, 'amount_minor', c.amount_minor, 'currency', c.currency, 'expected_minor', c.expected_minor,
  'expected_currency', c.expected_currency, 'refunded_minor', c.refunded_minor, 'disputed_minor', c.disputed_minor,
  'captured_at', c.captured_at)::text as mismatch
from payonce.captures c
where c.verdict = 'mismatch' and not exists (select from payonce.mismatch_decisions m
  where m.provider = c.provider and m.provider_payment_id = c.provider_payment_id)
order by c.captured_at limit $1
