-- Opens a further checkout for an unpaid order: the buyer came back, or changed the provider. One that is still open at
-- that provider is the answer (a session of Stripe's in which a payment failed may be complete; an order of Razorpay's is
-- not). The order's hold is prolonged with it, at most a day in all. Locks: the key, the order.
create function payonce_release.open_again(
  k payonce_release.caller_key, new_payment uuid, from_provider text, at_time timestamptz, until timestamptz,
  hold_until timestamptz, wanted text)
returns payonce_release.checkout
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  o record;
  open_one uuid;
  known uuid;
begin
  select p.id into open_one from payonce.payments p
  where p.order_id = wanted and p.provider = from_provider and p.provider_order_id is not null
    and (p.status = 'created' or p.provider = 'razorpay' and p.status in ('requires_action', 'failed')) and p.expires_at > at_time + interval '5 minutes'
  order by p.created_at desc limit 1;
  known := payonce_release.claim_key(k, coalesce(open_one, new_payment), at_time);
  select q.id, q.status, q.payment_status, q.hold, q.total_minor, q.currency, q.livemode, q.created_at, q.expires_at, q.paid_at
  into o from payonce.orders q where q.id = wanted for no key update;
  if known is not null then
    return payonce_release.revisit(known);
  elsif o.paid_at is not null or o.payment_status not in ('pending', 'failed') then
    perform payonce_release.refuse('already_paid', 'this order is paid, or its money is on its way back');
  elsif o.id is null or o.status <> 'new' or o.hold <> 'held' or o.expires_at <= at_time then
    perform payonce_release.refuse('checkout_over', 'this order is over: begin a new one');
  elsif open_one is not null then
    return payonce_release.show_checkout(open_one, 'done');
  elsif o.created_at < at_time - interval '1 day'
      or 5 <= (select count(*) from payonce.payments p where p.order_id = wanted) then
    perform payonce_release.refuse('checkout_over', 'this order was tried often enough: begin a new one');
  end if;
  update payonce.orders set expires_at = greatest(expires_at, hold_until) where id = wanted;
  insert into payonce.payments (id, purpose, order_id, provider, amount_minor, currency, livemode, created_at, updated_at, expires_at)
  values (new_payment, 'order', wanted, from_provider, o.total_minor, o.currency, o.livemode, at_time, at_time, until);
  return payonce_release.show_checkout(new_payment, 'new');
end $$;
