-- An operator gives money back that is not what was asked: all that is left of it, said in minor units. None when it went back
-- by hand: then there is only the decision. Locks: its parked events, then as request_refund.
create function payonce_release.refund_mismatch(
  e payonce_release.event, provider_payment text, by_actor text, why text, refund_id uuid)
returns bigint
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  our_payment uuid;
  asked bigint := 0;
begin
  perform payonce_release.lock_parked(e.provider, provider_payment);
  perform payonce_release.lock_facts(e.provider, provider_payment);
  if payonce_release.left_to_refund(e.provider, provider_payment) > 0 then
    asked := payonce_release.request_refund(e.provider, provider_payment, null, 'mismatch', why, by_actor, refund_id, e.now);
  end if;
  perform payonce_release.decide_mismatch(e, provider_payment, 'refunded', by_actor, null, why);
  select k.payment_id into our_payment from payonce.captures k
  where k.provider = e.provider and k.provider_payment_id = refund_mismatch.provider_payment;
  perform payonce_release.conclude_mismatch(e, our_payment, 'mismatch_refunded');
  return asked;
end $$;
