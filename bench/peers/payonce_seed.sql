-- bench.seed(first, orders) on payonce's own tables: the same shop and the same orders as the seeds of the peers with tables
-- of their own. What checkout would have written: every order holds what it sells.
create schema if not exists bench;
create function bench.seed(first bigint, orders bigint)
returns table (mark uuid, provider_order text, provider_payment text, amount_minor bigint, currency text)
language plpgsql as $$
begin
  insert into payonce.products (slug, name, currency, price_minor)
  select 'tea-' || n, 'Tea ' || n, 'INR', 10000 + n * 100 from generate_series(0, 99) n on conflict do nothing;
  with shelved as (
    insert into payonce.inventory (product_slug, stock) select 'tea-' || n, 1000000000 from generate_series(0, 99) n
    on conflict do nothing returning product_slug, variant, stock
  )
  insert into payonce.stock_movements (product_slug, variant, delta, reason, actor)
  select product_slug, variant, stock, 'opening', 'bench' from shelved;
  insert into payonce.customers (id, email) select gen_random_uuid(), 'buyer' || n || '@bench.example' from generate_series(0, 999) n
  on conflict do nothing;
  insert into payonce.promotions (code, kind, value) select 'BENCH' || n, 'percent', 10 from generate_series(0, 19) n on conflict do nothing;

  create temporary table basket on commit drop as
  select k, 'ORD-' || lpad(k::text, 26, '0') as id, k * 7 % 100 as one, (k * 7 + 1 + k % 98) % 100 as two,
    'buyer' || k * 13 % 1000 || '@bench.example' as email, case k % 4 when 0 then 'BENCH' || k / 4 % 20 end as promo,
    ('00000000-0000-7000-8000-' || lpad(to_hex(k), 12, '0'))::uuid as mark
  from generate_series(first, first + orders - 1) k;
  insert into payonce.orders (id, customer_id, currency, subtotal_minor, discount_minor, total_minor, promo_code, livemode, hold, expires_at)
  select b.id, c.id, 'INR', s.subtotal, s.discount, s.subtotal - s.discount, b.promo, false, 'held', now() + interval '1 hour'
  from basket b join payonce.customers c using (email) cross join lateral (
    select t.subtotal, case when b.promo is null then 0 else t.subtotal / 10 end as discount
    from (select 30000 + b.one * 100 + b.two * 200 as subtotal) t) s order by b.k;
  insert into payonce.order_items (order_id, line, product_slug, qty, unit_price_minor, line_total_minor, title)
  select b.id, row_number() over (partition by b.id order by ('tea-' || l.product) collate "C"), 'tea-' || l.product, l.qty,
    10000 + l.product * 100, l.qty * (10000 + l.product * 100), 'Tea ' || l.product
  from basket b cross join lateral (values (b.one, 1), (b.two, 2)) as l (product, qty) order by b.k, 2;
  update payonce.inventory v set held = v.held + w.qty from (
    select i.product_slug, sum(i.qty) as qty from payonce.order_items i join basket b on b.id = i.order_id group by 1) w
  where v.product_slug = w.product_slug and v.variant = '';
  update payonce.promotions p set held_count = p.held_count + w.n
  from (select promo, count(*)::integer as n from basket where promo is not null group by 1) w where p.code = w.promo;
  return query insert into payonce.payments as p (id, purpose, order_id, provider, provider_order_id, amount_minor, currency, livemode)
  select b.mark, 'order', b.id, 'stripe', 'cs_bench_' || b.k, o.total_minor, o.currency, false
  from basket b join payonce.orders o on o.id = b.id order by b.k
  returning p.id, p.provider_order_id, 'pi_bench_' || substr(p.provider_order_id, 10), p.amount_minor, p.currency::text;
  drop table basket;
end $$;
