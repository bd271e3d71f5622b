-- After a fact was written: apply all facts of its capture, and say how the event ends.
create function payonce_release.conclude_fact(
  e payonce_release.event, claimed payonce_release.settled, provider_payment text, recorded text)
returns payonce_release.settled
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  c record;
begin
  perform payonce_release.apply_facts(e, provider_payment);
  select q.amount_minor, q.currency into c from payonce.captures q
  where q.provider = e.provider and q.provider_payment_id = provider_payment;
  if not found then
    return payonce_release.conclude(e, claimed, 'processed', 'fact_kept_for_unknown_payment');
  elsif exists (select from payonce.refunds r where r.provider = e.provider and r.provider_payment_id = provider_payment
      and r.state in ('pending', 'succeeded') and r.currency <> c.currency) then
    return payonce_release.conclude(e, claimed, 'parked', 'refund_currency_mismatch');
  elsif exists (select from payonce.disputes d where d.provider = e.provider and d.provider_payment_id = provider_payment
      and d.state in ('open', 'lost') and d.currency <> c.currency) then
    return payonce_release.conclude(e, claimed, 'parked', 'dispute_currency_mismatch');
  elsif c.amount_minor < (select coalesce(sum(r.amount_minor), 0) from payonce.refunds r
      where r.provider = e.provider and r.provider_payment_id = provider_payment and r.state in ('pending', 'succeeded')) then
    return payonce_release.conclude(e, claimed, 'parked', 'refund_exceeds_capture');
  end if;
  return payonce_release.conclude(e, claimed, 'processed', recorded);
end $$;
