-- The oldest request that is due, its attempt counted and leased in this commit, before the provider is asked. Not while a
-- dispute about the money is open; of the refunds that nobody asked for, at most $4 an hour begin. $1 now, $2 lease in
-- seconds, $3 the waits in seconds: after the last one it waits for a person. $5 the providers to ask; $6 in the sandbox, where
-- no real money is said to be back.
with due as (
  select r.id from payonce.refunds r
  where r.state = 'requested' and r.provider = any($5) and r.next_attempt_at <= $1 and coalesce(r.lease_until <= $1, true)
    and not exists (select from payonce.disputes d where d.provider = r.provider and d.provider_payment_id = r.provider_payment_id
      and d.state = 'open')
    and (r.reason not in ('duplicate', 'unfulfillable') or r.first_sent_at is not null or $4 > (
      select count(*) from payonce.refunds k where k.reason in ('duplicate', 'unfulfillable')
        and k.first_sent_at > $1::timestamptz - interval '1 hour'))
    and not ($6 and exists (select from payonce.captures c join payonce.payments p on p.id = c.payment_id
      where c.provider = r.provider and c.provider_payment_id = r.provider_payment_id and p.livemode))
  order by r.next_attempt_at limit 1 for no key update of r skip locked
)
update payonce.refunds r
set attempts = r.attempts + 1, first_sent_at = coalesce(r.first_sent_at, $1), lease_until = $1 + make_interval(secs => $2),
    next_attempt_at = $1 + make_interval(secs => ($3::integer[])[r.attempts + 1])
from due, payonce.captures c join payonce.payments p on p.id = c.payment_id
where r.id = due.id and c.provider = r.provider and c.provider_payment_id = r.provider_payment_id
returning r.id, r.provider, r.provider_payment_id, r.amount_minor, r.currency, r.reason, r.attempts, r.faulted, r.created_at,
  p.id as payment_id, p.provider_order_id, p.livemode
