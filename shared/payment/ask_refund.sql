-- What still has to go back, after any fact about a capture. A request that no longer fits is cancelled: an operator's when
-- less is left than it asks for, one that nobody asked for when it is not exactly what is left (part of it went back another
-- way; what a lost dispute took is gone already). Of a duplicate or unfulfillable capture whatever no refund gives back yet is
-- requested, in the commit that made it so; one that failed gets a new request under a new id, up to three times, then
-- invariant I15 speaks. The caller has taken lock_facts.
create function payonce_release.ask_refund(e payonce_release.event, provider_payment text, refund_id uuid) returns void
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  c record;
  rest bigint;
begin
  select q.payment_id, q.verdict, q.amount_minor, q.currency into c from payonce.captures q
  where q.provider = e.provider and q.provider_payment_id = provider_payment;
  if not found then
    return;
  end if;
  rest := payonce_release.left_to_refund(e.provider, provider_payment);
  with cancelled as (
    update payonce.refunds r set state = 'cancelled', updated_at = e.now
    where r.provider = e.provider and r.provider_payment_id = provider_payment and r.state = 'requested'
      and (r.amount_minor > rest or r.amount_minor <> rest and r.reason in ('duplicate', 'unfulfillable'))
    returning r.id, r.amount_minor, r.currency
  )
  insert into payonce.billing_audit_log (action, actor, resource_type, resource_id, event_id, detail, created_at)
  select 'refund.cancelled', e.provider, 'payment', c.payment_id::text, e.id, jsonb_build_object('refund', k.id,
    'provider_payment', provider_payment, 'amount_minor', k.amount_minor, 'currency', k.currency, 'left_minor', rest), e.now
  from cancelled k;
  if c.verdict not in ('duplicate', 'unfulfillable') or rest <= 0
    or exists (select from payonce.refunds r where r.provider = e.provider and r.provider_payment_id = provider_payment
      and r.state = 'requested')
    or 3 <= (select count(*) from payonce.refunds r where r.provider = e.provider and r.provider_payment_id = provider_payment
      and r.state = 'failed' and r.reason <> 'provider') then
    return;
  end if;
  insert into payonce.refunds (id, provider, provider_payment_id, amount_minor, currency, reason, state, created_at, updated_at, next_attempt_at)
  values (refund_id, e.provider, provider_payment, rest, c.currency, c.verdict, 'requested', e.now, e.now, e.now);
end $$;
