-- Why an event could not be applied, in a commit of its own, after the apply rolled back. Guarded: an event that somebody
-- settled meanwhile stays settled, and an attempt counts only when it is the leased one or the back-off had run out
-- (else eight copies of a poisoned event would be eight attempts within a second).
create function payonce_release.record_failure(
  e payonce_release.event, code text, error text, paid uuid, waits integer[], max_attempts integer)
returns payonce_release.settled
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  w record;
  tries integer := 1;
begin
  insert into payonce.webhook_events
    (id, provider, provider_created_at, event_key, event_type, livemode, account, header_id, body, secret_version,
     status, outcome, payment_id, attempts, deliveries, next_attempt_at, last_error, received_at)
  values (e.id, e.provider, e.created, e.key, e.kind, e.livemode, e.account, e.header_id, e.body, e.secret_version,
     'failed', code, paid, 1, e.delivered, e.now + make_interval(secs => waits[1]), error, e.now)
  on conflict (provider, provider_created_at, event_key) do nothing;
  if found then
    return row(true, 'failed', code, e.id, paid)::payonce_release.settled;
  end if;

  select q.id, q.status, q.outcome, q.payment_id, q.attempts, q.next_attempt_at into strict w
  from payonce.webhook_events q
  where q.provider = e.provider and q.provider_created_at = e.created and q.event_key = e.key for no key update;
  if w.status not in ('failed', 'dead') or w.attempts <> e.attempt then
    return row(false, w.status, w.outcome, w.id, w.payment_id)::payonce_release.settled;
  end if;
  tries := w.attempts + case when e.attempt is null and w.status = 'failed' and w.next_attempt_at <= e.now then 1 else 0 end;
  update payonce.webhook_events q
  set status = case when w.status = 'dead' or tries >= max_attempts then 'dead' else 'failed' end,
      outcome = code, last_error = error, attempts = tries, deliveries = q.deliveries + e.delivered, lease_until = null,
      payment_id = coalesce(paid, q.payment_id),
      next_attempt_at = case when w.status = 'dead' or tries >= max_attempts then null
        when tries > w.attempts or e.attempt is not null
          then e.now + make_interval(secs => waits[least(tries, cardinality(waits))])
        else w.next_attempt_at end
  where q.provider = e.provider and q.provider_created_at = e.created and q.event_key = e.key;
  return row(true, case when w.status = 'dead' or tries >= max_attempts then 'dead' else 'failed' end, code, w.id, w.payment_id)::payonce_release.settled;
end $$;
