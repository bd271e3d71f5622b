-- Claims an event: the row is ours from here to the commit, or it says what became of it before.
-- Status and outcome are written in advance, as they will be when all goes well; `conclude` corrects them. A twin
-- waits for us on the unique key, then sees what we left; if we roll back, the twin inserts afresh.
create function payonce_release.claim(e payonce_release.event, hoped_status text, hoped_outcome text, paid uuid)
returns payonce_release.settled
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  seen record;
  result payonce_release.settled;
begin
  insert into payonce.webhook_events as w
    (id, provider, provider_created_at, event_key, event_type, livemode, account, header_id, body, secret_version,
     status, outcome, payment_id, deliveries, received_at, settled_at)
  values (e.id, e.provider, e.created, e.key, e.kind, e.livemode, e.account, e.header_id, e.body, e.secret_version,
     hoped_status, hoped_outcome, paid, e.delivered, e.now, e.now)
  on conflict (provider, provider_created_at, event_key) do update set deliveries = w.deliveries + e.delivered
  returning w.id, w.status, w.outcome, w.payment_id, w.attempts, w.xmax = 0 as fresh into strict seen;

  result := row(true, hoped_status, hoped_outcome, seen.id, paid)::payonce_release.settled;
  if seen.fresh then
    return result;
  end if;
  -- Somebody settled it, or leased a later attempt than ours: nothing to do but to say so.
  if not seen.status = any (e.takes_up) or seen.attempts <> e.attempt then
    return row(false, seen.status, seen.outcome, seen.id, seen.payment_id)::payonce_release.settled;
  end if;
  update payonce.webhook_events
  set status = hoped_status, outcome = hoped_outcome, payment_id = coalesce(paid, payment_id),
      next_attempt_at = null, lease_until = null, last_error = null, settled_at = e.now
  where provider = e.provider and provider_created_at = e.created and event_key = e.key;
  return result;
end $$;
