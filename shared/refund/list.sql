-- Refunds that are not done, at most $1: those given up first, then the oldest. `about` is our order's id, or the payment's
-- where it bought credits. $2 now.
select jsonb_build_object('id', r.id, 'provider', r.provider, 'provider_payment_id', r.provider_payment_id,
  'provider_refund_id', r.provider_refund_id, 'about', coalesce(c.order_id, c.payment_id::text), 'amount_minor', r.amount_minor,
  'currency', r.currency, 'reason', r.reason, 'actor', r.actor, 'note', r.note, 'attempts', r.attempts, 'last_error', r.last_error,
  'next_attempt_at', r.next_attempt_at, 'created_at', r.created_at,
  'state', case when g.given_up then 'given up' else r.state end)::text as refund
from payonce.refunds r left join payonce.captures c using (provider, provider_payment_id)
cross join lateral (select r.state = 'requested' and r.next_attempt_at is null and coalesce(r.lease_until <= $2, true) as given_up) g
where r.state in ('requested', 'pending')
order by g.given_up desc, r.created_at limit $1
