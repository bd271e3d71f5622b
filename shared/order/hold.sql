-- A new order with its lines at catalogue prices, and what it needs held for it until it is paid or expires. Of many
-- buyers of the last piece one gets it; the others are refused before they pay.
-- Locks: stock by (product, variant) in byte order, promotion.
create function payonce_release.hold_order(
  new_id text, buyer uuid, products text[], variants text[], quantities bigint[], promo text, contact_given jsonb,
  is_live boolean, at_time timestamptz, until timestamptz)
returns payonce_release.priced
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  cost payonce_release.priced;
begin
  perform 1 from payonce.inventory v
  join unnest(products, variants) as w (product, variant) on w.product = v.product_slug and w.variant = v.variant
  order by v.product_slug, v.variant for no key update of v;
  if promo is not null then
    perform 1 from payonce.promotions p where p.code = promo for no key update;
  end if;
  cost := payonce_release.price_basket(products, variants, quantities, promo, buyer, at_time);

  insert into payonce.orders (id, customer_id, currency, subtotal_minor, discount_minor, shipping_minor, tax_minor,
    tax_included_minor, total_minor, promo_code, contact, livemode, hold, created_at, expires_at)
  values (new_id, buyer, cost.currency, cost.subtotal, cost.discount, cost.shipping, cost.tax,
    cost.tax_included, cost.total, promo, contact_given, is_live, 'held', at_time, until);
  insert into payonce.order_items (order_id, line, product_slug, variant, title, qty, unit_price_minor, line_total_minor)
  select new_id, row_number() over (order by w.product collate "C", w.variant collate "C"), w.product, w.variant, w.title, w.qty,
    w.price, w.qty * w.price  -- as they were priced, whatever the catalogue says by now
  from unnest(products, variants, quantities, cost.unit_prices, cost.titles) as w (product, variant, qty, price, title);
  update payonce.inventory v set held = v.held + w.qty
  from unnest(products, variants, quantities) as w (product, variant, qty)
  where v.product_slug = w.product and v.variant = w.variant;
  if promo is not null then
    update payonce.promotions set held_count = held_count + 1 where code = promo;
  end if;
  return cost;
end $$;
