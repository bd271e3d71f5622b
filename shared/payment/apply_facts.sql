-- From all facts about a capture: how much of it is gone, and what follows for the payment, the order, the customer's
-- totals and the credits. Nothing is added up event by event, so order, repetition and reversal cannot matter.
-- Locks: payment, order, customer, credit account. Does nothing while the capture is unknown or has no facts.
create function payonce_release.apply_facts(e payonce_release.event, provider_payment text) returns void
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  our_payment uuid;
  c record;
  refunded bigint;
  disputed bigint;
begin
  if not exists (select from payonce.refunds r where r.provider = e.provider and r.provider_payment_id = provider_payment)
    and not exists (select from payonce.disputes d where d.provider = e.provider and d.provider_payment_id = provider_payment) then
    return;
  end if;
  select q.payment_id into our_payment from payonce.captures q
  where q.provider = e.provider and q.provider_payment_id = provider_payment;
  if not found then
    return;
  end if;
  perform 1 from payonce.payments p where p.id = our_payment for no key update;
  perform 1 from payonce.orders o join payonce.payments p on p.order_id = o.id where p.id = our_payment for no key update of o;
  select q.amount_minor, q.currency, q.refunded_minor, q.disputed_minor into strict c
  from payonce.captures q where q.provider = e.provider and q.provider_payment_id = provider_payment for no key update;

  select least(c.amount_minor, coalesce(sum(r.amount_minor), 0))::bigint into refunded from payonce.refunds r
  where r.provider = e.provider and r.provider_payment_id = provider_payment and r.state = 'succeeded' and r.currency = c.currency;
  select least(c.amount_minor, coalesce(sum(d.amount_minor), 0))::bigint into disputed from payonce.disputes d
  where d.provider = e.provider and d.provider_payment_id = provider_payment and d.state in ('open', 'lost') and d.currency = c.currency;
  if (refunded, disputed) is distinct from (c.refunded_minor, c.disputed_minor) then
    update payonce.captures q set refunded_minor = refunded, disputed_minor = disputed
    where q.provider = e.provider and q.provider_payment_id = provider_payment;
    perform payonce_release.follow_refunds(e, our_payment, provider_payment, refunded - c.refunded_minor);
    perform payonce_release.claw_back(e, our_payment);
  end if;
end $$;
