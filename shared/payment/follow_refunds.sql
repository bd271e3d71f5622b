-- What the refunded part of a capture makes of its payment, its order and the customer's totals.
create function payonce_release.follow_refunds(
  e payonce_release.event, our_payment uuid, provider_payment text, change_minor bigint)
returns void
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  c record;
  so_far text;
begin
  update payonce.payments p set status = payonce_release.derive_status(p.id), updated_at = e.now where p.id = our_payment;
  select q.order_id, q.amount_minor, q.refunded_minor, q.verdict into strict c from payonce.captures q
  where q.provider = e.provider and q.provider_payment_id = provider_payment;
  so_far := case when c.refunded_minor = 0 then null
    when c.refunded_minor < c.amount_minor then 'partially_refunded' else 'refunded' end;

  if c.verdict = 'settled' then
    update payonce.orders o set payment_status = coalesce(so_far, 'paid') where o.id = c.order_id;
    update payonce.customer_totals t set refunded_minor = t.refunded_minor + change_minor
    from payonce.orders o where o.id = c.order_id and t.customer_id = o.customer_id and t.currency = o.currency;
  elsif c.verdict = 'unfulfillable' then
    update payonce.orders o set payment_status = case so_far when 'refunded' then 'refunded' else 'refund_pending' end
    where o.id = c.order_id and o.paid_at is null;
  end if;
end $$;
