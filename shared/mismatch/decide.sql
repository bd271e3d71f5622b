-- What was decided about a mismatch, once and for good, with both figures in the audit log.
create function payonce_release.decide_mismatch(
  e payonce_release.event, provider_payment text, what text, by_actor text, second text, why text)
returns void
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  c record;
begin
  select k.payment_id, k.order_id, k.amount_minor, k.currency, k.expected_minor, k.expected_currency, k.verdict into c
  from payonce.captures k where k.provider = e.provider and k.provider_payment_id = decide_mismatch.provider_payment;
  if length(btrim(why)) < 3 or length(btrim(by_actor)) < 2 then
    perform payonce_release.refuse('reason_required', 'the books want to know who decides, and why: two letters and three at least');
  elsif what = 'accepted' and (length(btrim(coalesce(second, ''))) < 2 or lower(btrim(second)) = lower(btrim(by_actor))) then
    perform payonce_release.refuse('second_person_required', 'two persons accept money that is not what was asked: name another one');
  elsif c.verdict is null then
    perform payonce_release.refuse('refund_impossible', 'no money came under this id');
  elsif c.verdict <> 'mismatch' or exists (select from payonce.mismatch_decisions m
      where m.provider = e.provider and m.provider_payment_id = decide_mismatch.provider_payment) then
    perform payonce_release.refuse('mismatch_decided', 'this is no mismatch that waits for a decision');
  end if;
  insert into payonce.mismatch_decisions (provider, provider_payment_id, decision, difference_minor, actor, second_person, reason, created_at)
  values (e.provider, provider_payment, what, c.expected_minor - c.amount_minor, by_actor, second, why, e.now);
  insert into payonce.billing_audit_log (action, actor, resource_type, resource_id, detail, created_at)
  values ('mismatch.' || what, by_actor, case when c.order_id is null then 'payment' else 'order' end,
    coalesce(c.order_id, c.payment_id::text), jsonb_build_object('payment', c.payment_id, 'provider_payment', provider_payment,
      'second_person', second, 'reason', why, 'captured_minor', c.amount_minor, 'captured_currency', c.currency,
      'expected_minor', c.expected_minor, 'expected_currency', c.expected_currency), e.now);
end $$;
