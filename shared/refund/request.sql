-- An operator asks for a refund: of everything that is left, or of `wanted`. Refused while a dispute is open (it decides
-- over the same money) and while another request is on its way. Locks: facts, payment, order, capture.
create function payonce_release.request_refund(
  from_provider text, provider_payment text, wanted bigint, why text, said text, by_actor text, refund_id uuid, at_time timestamptz)
returns bigint
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  c record;
  rest bigint;
begin
  if length(btrim(said)) < 3 or length(btrim(by_actor)) < 2 then
    perform payonce_release.refuse('reason_required', 'the books want to know who asks, and why: two letters and three at least');
  end if;
  perform payonce_release.lock_facts(from_provider, provider_payment);
  perform 1 from payonce.payments p join payonce.captures k on k.payment_id = p.id
  where k.provider = from_provider and k.provider_payment_id = provider_payment for no key update of p;
  perform 1 from payonce.orders o join payonce.captures k on k.order_id = o.id
  where k.provider = from_provider and k.provider_payment_id = provider_payment for no key update of o;
  select q.payment_id, q.currency, q.verdict into c from payonce.captures q
  where q.provider = from_provider and q.provider_payment_id = provider_payment for no key update;
  if not found then
    perform payonce_release.refuse('refund_impossible', 'no money came under this id');
  elsif c.verdict = 'mismatch' and why <> 'mismatch' and not exists (select from payonce.mismatch_decisions m
      where m.provider = from_provider and m.provider_payment_id = request_refund.provider_payment) then
    perform payonce_release.refuse('refund_impossible', 'this capture is a mismatch: payonce mismatch refund');
  elsif exists (select from payonce.disputes d where d.provider = from_provider and d.provider_payment_id = request_refund.provider_payment
      and d.state = 'open') then
    perform payonce_release.refuse('refund_impossible', 'a dispute about this money is open: it decides');
  elsif exists (select from payonce.refunds r where r.provider = from_provider and r.provider_payment_id = request_refund.provider_payment
      and r.state = 'requested') then
    perform payonce_release.refuse('refund_impossible', 'a refund of this money is requested and not sent yet: the sweeper sends it');
  end if;
  rest := payonce_release.left_to_refund(from_provider, provider_payment);
  if rest <= 0 or coalesce(wanted, rest) not between 1 and rest then
    perform payonce_release.refuse('refund_impossible', 'of this money ' || rest || ' minor units are left to refund');
  end if;
  insert into payonce.refunds (id, provider, provider_payment_id, amount_minor, currency, reason, state, actor, note,
    created_at, updated_at, next_attempt_at)
  values (refund_id, from_provider, provider_payment, coalesce(wanted, rest), c.currency, why, 'requested', by_actor, said,
    at_time, at_time, at_time);
  insert into payonce.billing_audit_log (action, actor, resource_type, resource_id, detail, created_at)
  values ('refund.requested', by_actor, 'payment', c.payment_id::text, jsonb_build_object('refund', refund_id,
    'provider_payment', provider_payment, 'amount_minor', coalesce(wanted, rest), 'currency', c.currency, 'reason', said), at_time);
  return coalesce(wanted, rest);
end $$;
