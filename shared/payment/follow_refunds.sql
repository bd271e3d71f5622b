-- What the refunded part of a capture makes of its payment, its order and the customer's totals.
create function payonce_release.follow_refunds(
  e payonce_release.event, paid_id uuid, of_order text, of_verdict text, change_minor bigint)
returns void
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  lead record;
  so_far text;
begin
  -- The capture that settled speaks for the payment; else the one it could not fulfil; else the newest.
  select q.verdict, q.amount_minor, q.refunded_minor into strict lead from payonce.captures q where q.payment_id = paid_id
  order by (q.verdict = 'settled') desc, (q.verdict = 'unfulfillable') desc, q.captured_at desc, q.provider_payment_id limit 1;
  so_far := case when lead.refunded_minor = 0 then null
    when lead.refunded_minor < lead.amount_minor then 'partially_refunded' else 'refunded' end;
  update payonce.payments p
  set status = coalesce(so_far, case lead.verdict when 'settled' then 'paid' else lead.verdict end), updated_at = e.now
  where p.id = paid_id;

  if of_verdict = 'settled' then
    update payonce.orders o set payment_status = coalesce(so_far, 'paid') where o.id = of_order;
    update payonce.customer_totals t set refunded_minor = t.refunded_minor + change_minor
    from payonce.orders o where o.id = of_order and t.customer_id = o.customer_id and t.currency = o.currency;
  elsif of_verdict = 'unfulfillable' then
    update payonce.orders o set payment_status = case so_far when 'refunded' then 'refunded' else 'refund_pending' end
    where o.id = of_order and o.paid_at is null;
  end if;
end $$;
