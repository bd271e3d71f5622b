-- Why an event could not be applied, in a commit of its own, after the apply rolled back. Guarded: an event that somebody
-- settled meanwhile stays settled, and an attempt counts only when it is the leased one or the back-off had run out
-- (else eight copies of a poisoned event would be eight attempts within a second).
create function payonce_release.record_failure(
  e payonce_release.event, code text, error text, paid uuid, waits integer[], max_attempts integer)
returns payonce_release.settled
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  w record;
  counted boolean;
  tries integer;
  over boolean;
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
  counted := e.attempt is not null or (w.status = 'failed' and w.next_attempt_at <= e.now);
  tries := w.attempts + case when counted and e.attempt is null then 1 else 0 end;  -- a lease counted its own
  over := w.status = 'dead' or (counted and tries >= max_attempts);
  update payonce.webhook_events q
  set status = case when over then 'dead' else 'failed' end, outcome = code, last_error = error, attempts = tries,
      deliveries = q.deliveries + e.delivered, payment_id = coalesce(paid, q.payment_id),
      lease_until = case when over or counted then null else q.lease_until end,
      next_attempt_at = case when over then null
        when counted then e.now + make_interval(secs => waits[least(tries, cardinality(waits))])
        else q.next_attempt_at end
  where q.provider = e.provider and q.provider_created_at = e.created and q.event_key = e.key;
  return row(true, case when over then 'dead' else 'failed' end, code, w.id, w.payment_id)::payonce_release.settled;
end $$;
