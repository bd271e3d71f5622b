-- bench.seed(first, orders): unpaid orders first, first + 1, ... and the payment of each. Run it for each round anew.
-- A shop of 100 products, 1000 customers and 20 promotions; two lines an order, every fourth order with a promotion.
create schema if not exists bench;
create function bench.seed(first bigint, orders bigint)
returns table (mark uuid, provider_order text, provider_payment text, amount_minor bigint, currency text)
language plpgsql as $$
begin
  insert into reference.products (slug, name, price_minor) select 'tea-' || n, 'Tea ' || n, 10000 + n * 100 from generate_series(0, 99) n
  on conflict do nothing;
  with shelved as (
    insert into reference.inventory (product_slug, stock) select 'tea-' || n, 1000000000 from generate_series(0, 99) n
    on conflict do nothing returning product_slug, variant, stock
  )
  insert into reference.stock_movements (product_slug, variant, delta, reason, actor)
  select product_slug, variant, stock, 'opening', 'bench' from shelved;
  insert into reference.customers (email) select 'buyer' || n || '@bench.example' from generate_series(0, 999) n on conflict do nothing;
  insert into reference.promotions (code, type, value) select 'BENCH' || n, 'percent', 10 from generate_series(0, 19) n on conflict do nothing;

  create temporary table basket on commit drop as
  select k, 'ORD-' || lpad(k::text, 26, '0') as id, k * 7 % 100 as one, (k * 7 + 1 + k % 98) % 100 as two,
    'buyer' || k * 13 % 1000 || '@bench.example' as email, case k % 4 when 0 then 'BENCH' || k / 4 % 20 end as promo,
    ('00000000-0000-7000-8000-' || lpad(to_hex(k), 12, '0'))::uuid as mark
  from generate_series(first, first + orders - 1) k;
  insert into reference.orders (id, customer_id, subtotal_minor, discount_minor, total_minor, promo_code, contact, livemode, expires_at)
  select b.id, c.id, s.subtotal, s.discount, s.subtotal - s.discount, b.promo, '{}', false, now() + interval '1 hour'
  from basket b join reference.customers c using (email) cross join lateral (
    select t.subtotal, case when b.promo is null then 0 else t.subtotal / 10 end as discount
    from (select 30000 + b.one * 100 + b.two * 200 as subtotal) t) s order by b.k;
  insert into reference.order_items (order_id, product_slug, qty, unit_price_minor, line_total_minor)
  select b.id, 'tea-' || l.product, l.qty, 10000 + l.product * 100, l.qty * (10000 + l.product * 100)
  from basket b cross join lateral (values (b.one, 1), (b.two, 2)) as l (product, qty) order by b.k;
  return query insert into reference.payments as p (id, purpose, order_id, provider, provider_order_id, amount_minor, currency,
    livemode, idempotency_key)
  select b.mark, 'order', b.id, 'stripe', 'cs_bench_' || b.k, o.total_minor, o.currency, false, b.id
  from basket b join reference.orders o on o.id = b.id order by b.k
  returning p.id, p.provider_order_id, 'pi_bench_' || substr(p.provider_order_id, 10), p.amount_minor, p.currency::text;
  drop table basket;
end $$;
