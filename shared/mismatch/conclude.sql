-- The events that waited for the decision wait no more, once no other mismatch of their payment does.
create function payonce_release.conclude_mismatch(e payonce_release.event, our_payment uuid, new_outcome text) returns void
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
begin
  update payonce.webhook_events w set status = 'processed', outcome = new_outcome, settled_at = e.now
  where w.payment_id = our_payment and w.status = 'parked' and w.outcome = 'payment_amount_mismatch'
    and not exists (select from payonce.captures c where c.payment_id = our_payment and c.verdict = 'mismatch'
      and not exists (select from payonce.mismatch_decisions m
        where m.provider = c.provider and m.provider_payment_id = c.provider_payment_id));
end $$;
