-- Counts a promotion as used by a paid order. A limit that ran out meanwhile is not the buyer's fault: honoured, and told.
create function payonce_release.redeem_promotion(
  e payonce_release.event, promo text, for_order text, customer uuid, discount bigint, was_held boolean)
returns void
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  p record;
  used_by_customer integer;
begin
  update payonce.promotions set usage_count = usage_count + 1, held_count = held_count - was_held::integer where code = promo
  returning usage_count, held_count, usage_limit, per_customer_limit into strict p;
  select count(*) into used_by_customer from payonce.promo_redemptions r where r.code = promo and r.customer_id = customer;
  insert into payonce.promo_redemptions (order_id, code, customer_id, discount_minor, over_limit, created_at)
  values (for_order, promo, customer, discount,
    not was_held and (coalesce(p.usage_count + p.held_count > p.usage_limit, false)
      or coalesce(used_by_customer >= p.per_customer_limit, false)), e.now);
end $$;
