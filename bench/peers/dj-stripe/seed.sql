-- bench.seed(first, orders) on this peer's tables: the same shop and the same orders as the other seeds.
create schema bench;
create function bench.seed(first bigint, orders bigint)
returns table (mark uuid, provider_order text, provider_payment text, amount_minor bigint, currency text)
language plpgsql as $$
begin
  with shelved as (
    insert into shop_inventory (product, variant, stock, held) select 'tea-' || n, '', 1000000000, 0 from generate_series(0, 99) n
    on conflict do nothing returning id, stock
  )
  insert into shop_stockmovement (inventory_id, delta, reason, actor, created_at) select id, stock, 'opening', 'bench', now() from shelved;
  insert into shop_customer (email, name) select 'buyer' || n || '@bench.example', '' from generate_series(0, 999) n on conflict do nothing;
  insert into shop_promotion (code, usage_count, held_count) select 'BENCH' || n, 0, 0 from generate_series(0, 19) n on conflict do nothing;

  create temporary table basket on commit drop as
  select k, 'ORD-' || lpad(k::text, 26, '0') as id, k * 7 % 100 as one, (k * 7 + 1 + k % 98) % 100 as two,
    'buyer' || k * 13 % 1000 || '@bench.example' as email, case k % 4 when 0 then 'BENCH' || k / 4 % 20 end as promo,
    ('00000000-0000-7000-8000-' || lpad(to_hex(k), 12, '0'))::uuid as mark
  from generate_series(first, first + orders - 1) k;
  insert into shop_order (id, customer_id, status, payment_status, currency, subtotal_minor, discount_minor, total_minor, promotion_id,
    hold, livemode)
  select b.id, c.id, 'new', 'pending', 'INR', s.subtotal, s.discount, s.subtotal - s.discount, b.promo, 'held', false
  from basket b join shop_customer c using (email) cross join lateral (
    select t.subtotal, case when b.promo is null then 0 else t.subtotal / 10 end as discount
    from (select 30000 + b.one * 100 + b.two * 200 as subtotal) t) s order by b.k;
  insert into shop_orderitem (order_id, inventory_id, qty, unit_price_minor, line_total_minor)
  select b.id, v.id, l.qty, 10000 + l.product * 100, l.qty * (10000 + l.product * 100)
  from basket b cross join lateral (values (b.one, 1), (b.two, 2)) as l (product, qty)
  join shop_inventory v on v.product = 'tea-' || l.product order by b.k;
  update shop_inventory v set held = v.held + w.qty from (
    select i.inventory_id, sum(i.qty) as qty from shop_orderitem i join basket b on b.id = i.order_id group by 1) w
  where v.id = w.inventory_id;
  update shop_promotion p set held_count = p.held_count + w.n
  from (select promo, count(*)::integer as n from basket where promo is not null group by 1) w where p.code = w.promo;
  return query insert into shop_payment as p (id, order_id, provider_order, amount_minor, currency, livemode, status)
  select b.mark, b.id, 'cs_bench_' || b.k, o.total_minor, o.currency, false, 'created'
  from basket b join shop_order o on o.id = b.id order by b.k
  returning p.id, p.provider_order, 'pi_bench_' || substr(p.provider_order, 10), p.amount_minor, p.currency::text;
  drop table basket;
end $$;
