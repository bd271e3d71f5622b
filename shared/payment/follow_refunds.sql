-- What the refunded part of a capture makes of its payment, its order and the customer's totals.
create function payonce_release.follow_refunds(
  e payonce_release.event, paid_id uuid, of_order text, of_verdict text, change_minor bigint)
returns void
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  so_far text := payonce_release.follow_captures(e, paid_id);
begin
  if of_verdict = 'settled' then
    update payonce.orders o set payment_status = coalesce(so_far, 'paid') where o.id = of_order;
    update payonce.customer_totals t set refunded_minor = t.refunded_minor + change_minor
    from payonce.orders o where o.id = of_order and t.customer_id = o.customer_id and t.currency = o.currency;
  elsif of_verdict = 'unfulfillable' then
    update payonce.orders o set payment_status = case so_far when 'refunded' then 'refunded' else 'refund_pending' end
    where o.id = of_order and o.paid_at is null;
  end if;
end $$;
