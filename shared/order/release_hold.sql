-- Gives back what an order holds; nothing when it holds nothing. The caller has locked the order.
-- Locks: stock by (product, variant) in byte order, promotion.
create function payonce_release.release_hold(held_by text) returns boolean
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  promo text;
begin
  update payonce.orders o set hold = 'released' where o.id = held_by and o.hold = 'held' returning o.promo_code into promo;
  if not found then
    return false;
  end if;
  perform 1 from payonce.inventory v
  join payonce.order_items i on i.product_slug = v.product_slug and i.variant = v.variant
  where i.order_id = held_by order by v.product_slug, v.variant for no key update of v;
  update payonce.inventory v set held = v.held - i.qty from payonce.order_items i
  where i.order_id = held_by and v.product_slug = i.product_slug and v.variant = i.variant;
  update payonce.promotions p set held_count = p.held_count - 1 where p.code = promo;
  return true;
end $$;
