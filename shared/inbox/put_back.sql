-- Gives a lease back as if it had not been taken. $1 now, $2 the event's id, $3 the leased attempt.
update payonce.webhook_events
set attempts = attempts - 1, lease_until = null, next_attempt_at = $1::timestamptz + interval '1 minute'
where id = $2 and attempts = $3 and status = 'failed'
