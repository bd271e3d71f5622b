-- Goods that came back, of the order that this money paid, go on the shelf again: the lines given (one named twice is both
-- together), or (no lines) all that was sold and did not come back yet. Never more of a line than was sold.
-- Locks: order, stock by (product, variant) in byte order.
create function payonce_release.return_stock(
  from_provider text, provider_payment text, of_order text, products text[], variants text[], quantities bigint[], by_actor text,
  at_time timestamptz)
returns bigint
language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  pieces bigint;
begin
  if not exists (select from payonce.captures c where c.provider = from_provider
      and c.provider_payment_id = return_stock.provider_payment and c.order_id = of_order) then
    perform payonce_release.refuse('refund_impossible', 'this money did not pay that order: its goods are another''s');
  end if;
  perform 1 from payonce.orders o where o.id = of_order for no key update;
  perform 1 from payonce.inventory v
  join payonce.order_items i on i.product_slug = v.product_slug and i.variant = v.variant
  where i.order_id = of_order order by v.product_slug, v.variant for no key update of v;
  if exists (select from unnest(products, variants, quantities) as w (product, variant, qty) left join payonce.order_items i
      on i.order_id = of_order and i.product_slug = w.product and i.variant = w.variant where i.order_id is null or w.qty < 1) then
    perform payonce_release.refuse('refund_impossible', 'something that is to go back on the shelf is not in this order, or none of it');
  end if;
  with back as (
    select i.line, i.product_slug, i.variant, case when cardinality(products) = 0 then s.out else coalesce(w.qty, 0) end as qty, s.out
    from payonce.order_items i
    cross join lateral (select coalesce(-sum(m.delta), 0)::bigint as out from payonce.stock_movements m
      where m.order_id = i.order_id and m.line = i.line and m.reason in ('sale', 'return')) s
    left join (select n.product, n.variant, sum(n.qty) as qty from unnest(products, variants, quantities) as n (product, variant, qty)
      group by n.product, n.variant) w on w.product = i.product_slug and w.variant = i.variant
    where i.order_id = of_order
  ), moved as (
    insert into payonce.stock_movements (product_slug, variant, delta, reason, order_id, line, actor, created_at)
    select b.product_slug, b.variant, b.qty, 'return', of_order, b.line, by_actor, at_time from back b
    where b.qty > 0 and not exists (select from back o where o.qty > o.out)
    returning product_slug, variant, delta
  ), shelved as (
    update payonce.inventory v set stock = v.stock + m.delta from moved m
    where v.product_slug = m.product_slug and v.variant = m.variant returning m.delta
  )
  select sum(s.delta) into pieces from shelved s;
  if coalesce(pieces, 0) = 0 then
    perform payonce_release.refuse('refund_impossible', 'no more can go back on the shelf than was sold and is not back yet');
  end if;
  return pieces;
end $$;
