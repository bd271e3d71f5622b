-- Ends checkouts for credits that nobody paid, five minutes after their page closed; one that is still being paid is waited
-- for, up to 14 days. Late money still counts. $1 now, $2 how many.
update payonce.payments p set status = 'expired', updated_at = $1
where p.id in (
  select q.id from payonce.payments q
  where q.purpose = 'topup' and q.status in ('created', 'requires_action', 'authorized', 'failed')
    and q.expires_at < $1::timestamptz - interval '5 minutes'  -- said twice: the index knows it by this
    and q.expires_at < $1::timestamptz - case when q.status in ('created', 'failed') then interval '5 minutes' else interval '14 days' end
  order by q.expires_at limit $2 for no key update skip locked)
returning p.id
