-- Money that cannot be used goes back: of a duplicate or unfulfillable capture, whatever no refund gives back yet is
-- requested, in the commit that made it so; what a lost dispute took is gone already. A request that no longer fits (part of
-- it went back another way) is cancelled for one that does, an operator's without another: a person asked, a person decides.
-- A refund that failed gets a new request under a new id, up to three times, then invariant I15 speaks.
create function payonce_release.ask_refund(e payonce_release.event, provider_payment text, refund_id uuid) returns void
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  c record;
  rest bigint := payonce_release.left_to_refund(e.provider, provider_payment);
begin
  select q.verdict, q.currency, q.verdict in ('duplicate', 'unfulfillable') as useless into c from payonce.captures q
  where q.provider = e.provider and q.provider_payment_id = provider_payment;
  update payonce.refunds r set state = 'cancelled', updated_at = e.now
  where r.provider = e.provider and r.provider_payment_id = provider_payment and r.state = 'requested'
    and (r.amount_minor > rest or c.useless and r.amount_minor < rest);
  if not coalesce(c.useless, false) or rest <= 0
    or exists (select from payonce.refunds r where r.provider = e.provider and r.provider_payment_id = provider_payment
      and r.state = 'requested')
    or 3 <= (select count(*) from payonce.refunds r where r.provider = e.provider and r.provider_payment_id = provider_payment
      and r.state = 'failed' and r.reason <> 'provider') then
    return;
  end if;
  insert into payonce.refunds (id, provider, provider_payment_id, amount_minor, currency, reason, state, created_at, updated_at, next_attempt_at)
  values (refund_id, e.provider, provider_payment, rest, c.currency, c.verdict, 'requested', e.now, e.now, e.now);
end $$;
