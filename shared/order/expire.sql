-- Ends an unpaid order whose time is over: what it holds goes back, its open payments expire. Conditional on the order's
-- state, so twice is once; a payment that is still being made (a bank debit, a late authorisation) keeps it, up to 14 days.
-- Late money may still claim the order. Locks: payments, order, stock, promotion.
create function payonce_release.expire_order(wanted text, at_time timestamptz) returns boolean
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  o record;
begin
  perform 1 from payonce.payments p where p.order_id = wanted order by p.id for no key update;
  select q.hold, q.status, q.payment_status, q.expires_at into o from payonce.orders q where q.id = wanted for no key update;
  if not found or o.hold <> 'held' or o.expires_at > at_time or exists (
      select from payonce.payments p where p.order_id = wanted and p.status in ('requires_action', 'authorized'))
    and o.expires_at > at_time - interval '14 days' then
    return false;
  end if;
  perform payonce_release.release_hold(wanted);
  update payonce.payments set status = 'expired', updated_at = at_time
  where order_id = wanted and status in ('created', 'requires_action', 'authorized', 'failed');
  update payonce.orders set status = 'expired'
  where id = wanted and status = 'new' and payment_status in ('pending', 'failed');
  return true;
end $$;
