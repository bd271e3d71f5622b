-- Money that came and cannot be used. A second capture and an order that cannot be fulfilled are refunded by a row in
-- this same commit; a mismatch waits for an operator, with both figures in the audit log.
create function payonce_release.set_aside(
  e payonce_release.event, paid_by uuid, provider_payment text, verdict text, refund_id uuid)
returns void
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  c record;
begin
  select q.order_id, q.amount_minor, q.currency, q.expected_minor, q.expected_currency into strict c
  from payonce.captures q where q.provider = e.provider and q.provider_payment_id = provider_payment;
  perform payonce_release.ask_refund(e, provider_payment, refund_id);
  insert into payonce.billing_audit_log (action, actor, resource_type, resource_id, event_id, detail, created_at)
  values (case verdict when 'mismatch' then 'payment.amount_mismatch' else 'payment.' || verdict end, e.provider,
    case when c.order_id is null then 'payment' else 'order' end, coalesce(c.order_id, paid_by::text), e.id,
    jsonb_build_object('payment', paid_by, 'provider_payment', provider_payment,
      'captured_minor', c.amount_minor, 'captured_currency', c.currency,
      'expected_minor', c.expected_minor, 'expected_currency', c.expected_currency), e.now);
end $$;
