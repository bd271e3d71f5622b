-- The events that wait for the decision are locked before the payment, as every event is before its payment: one that is
-- delivered again meanwhile waits, or goes first.
create function payonce_release.lock_parked(from_provider text, provider_payment text) returns void
language sql volatile security invoker set search_path = pg_catalog, pg_temp as $$
  select 1 from payonce.webhook_events w join payonce.captures c on c.payment_id = w.payment_id
  where c.provider = from_provider and c.provider_payment_id = provider_payment
    and w.status = 'parked' and w.outcome = 'payment_amount_mismatch'
  order by w.provider_created_at, w.event_key for no key update of w;
$$;
