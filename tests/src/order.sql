-- An order without a hold, as checkout makes none: for money that comes late, or for an order of before there were holds.
-- Lines at catalogue prices; a percentage off is rounded down. $1 id, $2 customer, $3 $4 products and quantities, $5 the
-- promotion, $6 when it expires.
with wanted as (
  select row_number() over (order by product)::smallint as line, product, qty from unnest($3::text[], $4::bigint[]) as w (product, qty)
), priced as (
  select w.line, w.product, w.qty, p.name, p.price_minor, w.qty * p.price_minor as line_total, p.currency
  from wanted w join payonce.products p on p.slug = w.product
), summed as (
  select sum(line_total)::bigint as subtotal, min(currency) as currency from priced
  having count(*) = (select count(*) from wanted) and count(distinct currency) = 1
), discounted as (
  select s.subtotal, s.currency, least(s.subtotal, coalesce((
    select case p.kind when 'percent' then s.subtotal * p.value / 100 when 'flat' then p.value else 0 end
    from payonce.promotions p where p.code = $5), 0)) as discount
  from summed s
), made as (
  insert into payonce.orders (id, customer_id, currency, subtotal_minor, discount_minor, total_minor, promo_code, livemode, expires_at)
  select $1, $2, currency, subtotal, discount, subtotal - discount, $5, false, $6 from discounted
  returning id, total_minor, currency
), lines as (
  insert into payonce.order_items (order_id, line, product_slug, title, qty, unit_price_minor, line_total_minor)
  select m.id, p.line, p.product, p.name, p.qty, p.price_minor, p.line_total from priced p cross join made m
  returning order_id
)
select total_minor, currency from made where exists (select from lines)
