-- Unpaid orders as checkout leaves them: priced, held, asked of Stripe. $1 ids, $2 payments, $3 Stripe's sessions,
-- $4 customers 1..1000, $5 $6 two different products 1..500, of which one and two pieces, $7 promotions or null, $8 totals.
with wanted as (
  select w.id, w.payment, w.session, ('00000000-0000-4000-8000-' || lpad(to_hex(w.customer), 12, '0'))::uuid as customer,
    'bench-' || lpad(w.first::text, 3, '0') as first, 'bench-' || lpad(w.second::text, 3, '0') as second, w.promo, w.total
  from unnest($1::text[], $2::uuid[], $3::text[], $4::integer[], $5::integer[], $6::integer[], $7::text[], $8::bigint[])
    as w (id, payment, session, customer, first, second, promo, total)
), opened as (
  insert into payonce.orders (id, customer_id, currency, subtotal_minor, discount_minor, total_minor, promo_code, contact,
    livemode, hold, expires_at)
  select id, customer, 'INR', 135000, 135000 - total, total, promo, '{"name": "Asha Rao", "city": "Coonoor"}',
    false, 'held', now() + interval '2 hours' from wanted
), lines as (
  select w.id, l.line, l.product, l.line::bigint as qty
  from wanted w cross join lateral (values (1, w.first), (2, w.second)) as l (line, product)
), listed as (
  insert into payonce.order_items (order_id, line, product_slug, title, qty, unit_price_minor, line_total_minor)
  select id, line, product, product, qty, 45000, qty * 45000 from lines
), shelved as (
  update payonce.inventory v set held = v.held + h.qty
  from (select product, sum(qty) as qty from lines group by product) h where v.product_slug = h.product and v.variant = ''
), promoted as (
  update payonce.promotions p set held_count = p.held_count + h.times
  from (select promo, count(*) as times from wanted where promo is not null group by promo) h where p.code = h.promo
)
insert into payonce.payments (id, purpose, order_id, provider, provider_order_id, amount_minor, currency, livemode,
  status, provider_url, expires_at)
select payment, 'order', id, 'stripe', session, total, 'INR', false, 'requires_action',
  'https://checkout.stripe.com/c/pay/' || session, now() + interval '31 minutes' from wanted
