-- An order and its lines at catalogue prices. No row unless every line is on sale, in one currency.
-- A percentage is rounded down to whole minor units: never more off than was promised.
with wanted as (
  select row_number() over (order by product, variant)::smallint as line, product, variant, qty
  from unnest($3::text[], $4::text[], $5::bigint[]) as w (product, variant, qty)
), priced as (
  select w.line, w.product, w.variant, w.qty, p.price_minor, w.qty * p.price_minor as line_total, p.currency
  from wanted w
  join payonce.products p on p.slug = w.product and p.status = 'active'
  join payonce.inventory v on v.product_slug = w.product and v.variant = w.variant
), summed as (
  select sum(line_total)::bigint as subtotal, min(currency) as currency from priced
  having count(*) = (select count(*) from wanted) and count(*) > 0 and count(distinct currency) = 1
), discounted as (
  select s.subtotal, s.currency, least(s.subtotal, coalesce((
    select case p.kind when 'percent' then s.subtotal * p.value / 100 when 'flat' then p.value else 0 end
    from payonce.promotions p where p.code = $6), 0)) as discount
  from summed s
), made as (
  insert into payonce.orders (id, customer_id, currency, subtotal_minor, discount_minor, total_minor, promo_code,
    livemode, created_at, expires_at)
  select $1, $2, currency, subtotal, discount, subtotal - discount, $6, $7, $8, $9 from discounted
  returning id, total_minor, currency
), lines as (
  insert into payonce.order_items (order_id, line, product_slug, variant, qty, unit_price_minor, line_total_minor)
  select m.id, p.line, p.product, p.variant, p.qty, p.price_minor, p.line_total from priced p cross join made m
  returning order_id
)
select total_minor, currency from made where exists (select from lines)
