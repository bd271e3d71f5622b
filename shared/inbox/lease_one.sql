-- An event an operator asks to have taken up again, whatever its state but `processed`; its attempt is counted and leased
-- in this commit. Not while another holds its lease. $1 now, $2 lease in seconds, $3 the event's id.
update payonce.webhook_events w
set status = 'failed', attempts = w.attempts + 1, settled_at = null,
    lease_until = $1 + make_interval(secs => $2), next_attempt_at = $1 + make_interval(secs => $2)
where w.id = $3 and w.status <> 'processed' and (w.lease_until is null or w.lease_until <= $1) and w.body is not null
returning w.id, w.provider, w.body, w.header_id, w.secret_version, w.attempts, w.status, w.outcome
