-- A sale's promotion is used up. What a hold of its own had kept is in its limits; without one (late money) a limit may be over by
-- now: honoured, and told. Locks: promotion. The caller holds order and stock.
create function payonce_release.redeem_promotion(
  e payonce_release.event, sold text, promo text, buyer uuid, discount bigint, was_held integer) returns void
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  p record;
begin
  update payonce.promotions q set usage_count = q.usage_count + 1, held_count = q.held_count - was_held
  where q.code = promo returning q.usage_count + q.held_count as used, q.usage_limit, q.per_customer_limit into strict p;
  -- Counted in a statement after the lock: it sees what whoever held it before has redeemed.
  insert into payonce.promo_redemptions (order_id, code, customer_id, discount_minor, over_limit, created_at)
  select sold, promo, buyer, discount, was_held = 0 and (coalesce(p.used > p.usage_limit, false)
    or coalesce(p.per_customer_limit <= (select count(*) from payonce.promo_redemptions r
      where r.code = promo and r.customer_id = buyer), false)), e.now;
end $$;
