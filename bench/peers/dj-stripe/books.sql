-- Rows that break the books after every order of the seed was paid, :orders in all, by :events events told twice: none.
select 'order', o.id from shop_order o left join shop_capture c on c.order_id = o.id
where (o.paid_at is not null) is distinct from (c.provider_payment is not null) or c.amount_minor <> o.total_minor
union all
select 'item', i.id::text from shop_orderitem i join shop_order o on o.id = i.order_id
left join shop_stockmovement m on m.order_item_id = i.id and m.reason = 'sale'
where (o.paid_at is not null) <> (m.id is not null) or m.delta <> -i.qty
union all
select 'stock', v.product from shop_inventory v
where v.held <> 0 or v.stock <> (select sum(m.delta) from shop_stockmovement m where m.inventory_id = v.id)
union all
select 'customer', c.email from shop_customer c left join shop_customertotals t on t.customer_id = c.id left join (
  select customer_id, count(*) as n, sum(total_minor) as spent from shop_order where paid_at is not null group by 1) o on o.customer_id = c.id
where coalesce(t.orders, 0) <> coalesce(o.n, 0) or coalesce(t.spent_minor, 0) <> coalesce(o.spent, 0)
union all
select 'promotion', p.code from shop_promotion p
where p.held_count <> 0 or p.usage_count <> (select count(*) from shop_redemption r where r.promotion_id = p.code)
union all
select 'count', x.what || ' ' || x.n from (
  select 'paid', count(*) from shop_order where payment_status = 'paid' and hold = 'used' union all select 'mails', count(*) from shop_mail
  union all select 'audit', count(*) from shop_auditentry) as x (what, n) where x.n <> :orders
union all
select 'count', x.what || ' ' || x.n from (
  select 'events', count(*) from djstripe_event union all select 'triggers', count(*) / 2 from djstripe_webhookeventtrigger where valid
  ) as x (what, n) where x.n <> :events;
