-- Which payment of ours is meant? A capture we know names it; else our mark, when the provider's order agrees; else the
-- provider's order, which only we can have made (a mark in a Razorpay payment's notes may be the buyer's own writing);
-- else the mark alone, even before its row is there: checkout may still be committing. Takes no lock.
create function payonce_release.find_payment(from_provider text, mark uuid, provider_order text, provider_payment text)
returns uuid
language plpgsql stable security invoker set search_path = pg_catalog, pg_temp as $$
begin
  return coalesce(
    (select c.payment_id from payonce.captures c
      where c.provider = from_provider and c.provider_payment_id = find_payment.provider_payment),
    (select p.id from payonce.payments p
      where p.id = mark and (find_payment.provider_order is null or p.provider_order_id = find_payment.provider_order)),
    (select p.id from payonce.payments p where p.provider = from_provider and p.provider_order_id = find_payment.provider_order
      order by p.created_at, p.id limit 1),
    mark);
end $$;
