-- Opens a checkout for a new order: key, price, order, holds and payment in this one commit, before any provider is asked.
-- Locks: the key, stock, promotion.
create function payonce_release.open_order(
  k payonce_release.caller_key, new_payment uuid, from_provider text, is_live boolean, at_time timestamptz, until timestamptz,
  hold_until timestamptz, new_order text, buyer uuid, products text[], variants text[], quantities bigint[], promo text, contact jsonb)
returns payonce_release.checkout
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  known uuid := payonce_release.claim_key(k, new_payment, at_time);
  cost payonce_release.priced;
begin
  if known is not null then
    return payonce_release.revisit(known);
  end if;
  cost := payonce_release.hold_order(new_order, buyer, products, variants, quantities, promo, contact, is_live, at_time, hold_until);
  insert into payonce.payments (id, purpose, order_id, provider, amount_minor, currency, livemode, created_at, updated_at, expires_at)
  values (new_payment, 'order', new_order, from_provider, cost.total, cost.currency, is_live, at_time, at_time, until);
  return payonce_release.show_checkout(new_payment, 'new');
end $$;
