-- The outcome of an event about a capture that is here already. What waits for a person goes on waiting, whoever tells of it
-- again.
create function payonce_release.told_again(e payonce_release.event, provider_payment text, amount bigint, currency text)
returns text
language plpgsql stable security invoker set search_path = pg_catalog, pg_temp as $$
declare
  c record;
begin
  select q.verdict, q.amount_minor, q.currency into strict c from payonce.captures q
  where q.provider = e.provider and q.provider_payment_id = told_again.provider_payment;
  return case
    when (amount, currency) is distinct from (c.amount_minor, c.currency) then 'capture_disagrees'
    when c.verdict = 'mismatch' and not exists (select from payonce.mismatch_decisions m
      where m.provider = e.provider and m.provider_payment_id = told_again.provider_payment) then 'payment_amount_mismatch'
    else 'already_captured' end;
end $$;
