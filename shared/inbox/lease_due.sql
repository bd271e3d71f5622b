-- The oldest event whose retry is due, its attempt counted and leased in this commit, before anything is applied: an event
-- that kills the process has counted. One that used up its attempts so is dead. $1 now, $2 lease in seconds,
-- $3 the waits in seconds, $4 the most attempts.
with due as (
  select provider, provider_created_at, event_key from payonce.webhook_events
  where status = 'failed' and body is not null and next_attempt_at <= $1 and (lease_until is null or lease_until <= $1)
  order by next_attempt_at limit 1 for no key update skip locked
)
update payonce.webhook_events w
set status = case when w.attempts >= $4 then 'dead' else 'failed' end,
    attempts = case when w.attempts >= $4 then w.attempts else w.attempts + 1 end,
    lease_until = case when w.attempts < $4 then $1 + make_interval(secs => $2) end,
    next_attempt_at = case when w.attempts < $4
      then $1 + make_interval(secs => greatest($2, ($3::integer[])[least(w.attempts + 1, cardinality($3::integer[]))])) end
from due
where w.provider = due.provider and w.provider_created_at = due.provider_created_at and w.event_key = due.event_key
returning w.id, w.provider, w.body, w.header_id, w.secret_version, w.attempts, w.status, w.outcome
