-- A refund is a fact, kept under the provider's id even before its payment is known; its state only moves forward
-- (pending, succeeded, failed: a refund that succeeded can still fail, one that failed stays failed).
create function payonce_release.record_refund(
  e payonce_release.event, mark uuid, provider_order text, provider_payment text,
  provider_refund text, amount bigint, currency text, new_state text, fact_id uuid, refund_id uuid)
returns payonce_release.settled
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  our_payment uuid := payonce_release.find_payment(e.provider, mark, provider_order, provider_payment);
  claimed payonce_release.settled := payonce_release.claim(e, 'processed', 'refund_recorded', our_payment);
  moved boolean;
begin
  if not claimed.mine then
    return claimed;
  end if;
  e.id := claimed.event_id;  -- an event taken up again keeps the id it was stored under
  perform payonce_release.lock_facts(e.provider, provider_payment);

  if exists (select from payonce.refunds r where r.provider = e.provider and r.provider_refund_id = provider_refund
      and r.provider_payment_id <> provider_payment) then
    return payonce_release.conclude(e, claimed, 'parked', 'ids_disagree');
  end if;
  -- An operator at the provider's desk may have sent the refund we only asked for: it is that one, not a second. One that
  -- failed is ours only when ours was sent.
  update payonce.refunds r set provider_refund_id = provider_refund where r.id = (
    select q.id from payonce.refunds q
    where q.provider = e.provider and q.provider_payment_id = provider_payment and q.provider_refund_id is null
      and q.state = 'requested' and q.amount_minor = amount and q.currency = record_refund.currency
      and (new_state <> 'failed' or q.attempts > 0)
      and not exists (select from payonce.refunds k where k.provider = e.provider and k.provider_refund_id = provider_refund)
    order by q.created_at limit 1);
  insert into payonce.refunds as r (id, provider, provider_payment_id, provider_refund_id, amount_minor, currency,
    reason, state, created_at, updated_at)
  values (fact_id, e.provider, provider_payment, provider_refund, amount, currency, 'provider', new_state, e.now, e.now)
  on conflict (provider, provider_refund_id) where provider_refund_id is not null do update
    set state = excluded.state, updated_at = e.now
    where array_position(array['requested', 'pending', 'succeeded', 'failed'], excluded.state)
        > array_position(array['requested', 'pending', 'succeeded', 'failed'], r.state);
  moved := found;
  if moved then
    insert into payonce.billing_audit_log (action, actor, resource_type, resource_id, event_id, detail, created_at)
    values ('refund.' || new_state, e.provider, 'payment', coalesce(our_payment::text, provider_payment), e.id,
      jsonb_build_object('refund', provider_refund, 'provider_payment', provider_payment,
        'amount_minor', amount, 'currency', currency), e.now);
  end if;
  perform payonce_release.ask_refund(e, provider_payment, refund_id);
  return payonce_release.conclude_fact(e, claimed, provider_payment, case when moved then 'refund_recorded' else 'no_change' end);
end $$;
