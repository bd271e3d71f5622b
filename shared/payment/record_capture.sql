-- The money that came, with its verdict, and what that makes of the payment. True: facts about it came before it, and are to
-- be applied. The caller has locked the payment.
create function payonce_release.record_capture(
  e payonce_release.event, our_payment uuid, provider_order text, provider_payment text, amount bigint, currency text, verdict text)
returns boolean
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  has_facts boolean;
begin
  with came as (
    insert into payonce.captures (provider, provider_payment_id, payment_id, order_id, amount_minor, currency,
      expected_minor, expected_currency, verdict, captured_at)
    select e.provider, record_capture.provider_payment, p.id, p.order_id, amount, record_capture.currency,
      p.amount_minor, p.currency, record_capture.verdict, e.now
    from payonce.payments p where p.id = our_payment
  ), settled as (
    update payonce.payments p set status = case record_capture.verdict when 'settled' then 'paid' else p.status end,
      provider_order_id = coalesce(p.provider_order_id, record_capture.provider_order), updated_at = e.now
    where p.id = our_payment
  )
  select exists (select from payonce.refunds r
      where r.provider = e.provider and r.provider_payment_id = record_capture.provider_payment)
    or exists (select from payonce.disputes d
      where d.provider = e.provider and d.provider_payment_id = record_capture.provider_payment)
  into has_facts;
  return has_facts;
end $$;
